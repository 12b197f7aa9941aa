import Columnar
import Foundation
import Synchronization
import Testing

@testable import FeatureStore

/// The promise of no skew, through the public doors and with all kinds of views at once: whatever happens to a store, what is
/// online is what a training set of that moment has, bit for bit.
///
/// Each trial has random definitions and a random life: rows pushed, streamed and ingested, late, twice and out of order;
/// processes killed at every step of a push, of a compaction and of a materialization; keys deleted; the clock going on.
/// Trials are begun until their time is up; `FSTORE_SEED` runs one again.
@Suite struct EverySideProperties {
    private static let time = Duration.seconds(20)

    @Test func onlineIsWhatATrainingSetHasWhateverHappens() async throws {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["FSTORE_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...999_999)
        let isAlone = environment["FSTORE_SEED"] != nil
        let end =
            ContinuousClock.now
            + (environment["FSTORE_TRIAL_SECONDS"].flatMap(Int.init).map { .seconds($0) } ?? Self.time)
        var trials: UInt64 = 0
        repeat {
            var trial = try SkewLife(seed: first + trials)
            try await trial.run()
            trials += 1
        } while !isAlone && ContinuousClock.now < end
        #expect(trials > 0)
    }
}

private struct SkewLife {
    private let seed: UInt64
    private var random: SeededGenerator
    private let fixture: StoreFixture
    private let views: [View]
    private var files = 0
    /// The next offset of each view's stream.
    private var sent: [String: [Table]] = [:]
    private var steps: [String] = []

    private struct View {
        let name: String
        let hasCreated: Bool
    }

    private static let start: Int64 = 1_000_000
    private static let keys: Int64 = 6
    /// Whether aggregates are served.
    private static let hasAggregates = false

    init(seed: UInt64) throws {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        var views: [View] = []
        var sources = ""
        var definitions = ""
        for number in 0..<random.number(2...4) {
            let view = View(name: "v\(number)", hasCreated: random.chance(0.5))
            views.append(view)
            sources +=
                "  s\(number): {path: \"data/v\(number)-*.csv\", timestamp: t\(view.hasCreated ? ", created: c" : "")}\n"
            var available = ["event", "\(random.number(1...60))s"]
            if view.hasCreated { available.append("created") }
            definitions += "  \(view.name):\n    entities: [e]\n    source: s\(number)\n"
            definitions += "    available: \(available[random.number(0...available.count - 1)])\n"
            if Self.hasAggregates, number > 0, random.chance(0.65) {
                definitions += Self.aggregate(&random)
            } else {
                if random.chance(0.5) { definitions += "    ttl: \(random.number(1...200))s\n" }
                definitions += "    features: {x: int64, f: float64, s: string}\n"
            }
        }
        self.views = views
        fixture = try StoreFixture(
            "entities: {e: {join_keys: {id: int64}}}\nsources:\n\(sources)feature_views:\n\(definitions)"
                + "feature_services: {all: {features: [\(views.map { "\"\($0.name):*\"" }.joined(separator: ", "))]}}\n"
        )
        fixture.clock.time = seconds(Self.start)
        self.random = random
        try FileManager.default.createDirectory(
            atPath: fixture.folder.path + "/data", withIntermediateDirectories: true)
    }

    /// Functions over windows, at random.
    private static func aggregate(_ random: inout SeededGenerator) -> String {
        func some(_ all: [String]) -> [String] {
            let chosen = all.filter { _ in random.chance(0.45) }
            return chosen.isEmpty ? [all[random.number(0...all.count - 1)]] : chosen
        }
        let hop = [1, 7, 10, 60][random.number(0...3)]
        let numeric = [
            "count", "sum", "mean", "min", "max", "variance", "stddev", "first", "last", "distinct_count", "median",
            "last_n(3)", "quantile(0.9)",
        ]
        let windows = some([
            "\(max(hop, 5))s", "\(hop * 6)s", "\(hop * 90)s", "lifetime", "{window: \(hop * 5)s, offset: \(hop * 5)s}",
        ])
        func quoted(_ names: [String]) -> String {
            names.map { $0.contains("(") ? "\"\($0)\"" : $0 }.joined(separator: ", ")
        }
        var text = "    aggregate:\n      \(random.chance(0.5) ? "exact: true" : "hop: \(hop)s")\n"
        text += "      windows: [\(windows.joined(separator: ", "))]\n      columns: {s: string}\n      features:\n"
        text += "        x: {type: int64, functions: [\(quoted(some(numeric)))]}\n"
        text += "        f: {type: float64, functions: [\(quoted(some(numeric)))]"
        text += random.chance(0.4) ? ", where: \"x > 3 and s != 'b'\"}\n" : "}\n"
        text += "        events: {functions: [\(some(["count", "rate", "time_since_last"]).joined(separator: ", "))]}\n"
        return text
    }

    private var now: Int64 { fixture.clock.time.microseconds / 1_000_000 }

    private var place: Comment {
        "FSTORE_SEED=\(seed), at \(now - Self.start) s, after \(steps.suffix(12).joined(separator: ", "))"
    }

    mutating func run() async throws {
        for _ in 0..<random.number(12...30) {
            let action = random.number(0...99)
            let view = views[random.number(0...views.count - 1)]
            if random.chance(0.6) { fixture.clock.time = seconds(now + Int64(random.number(0...40))) }
            switch action {
            case 0..<30: try push(view)
            case 30..<50: try await stream(view)
            case 50..<62: try ingest(view)
            case 62..<72: try materialize([view], isFull: random.chance(0.2))
            case 72..<80: try compact(view)
            case 80..<84: try delete()
            case 84..<90: try await crash(view)
            case 90..<95: try fixture.reopen(limit: .init(batches: random.number(1...6), bytes: 1 << 20))
            default: try fixture.reopen()
            }
            if random.chance(0.35) { try check() }
        }
        try check()
    }

    // MARK: - What happens

    private mutating func rows(of view: View, count: Int? = nil) -> Table {
        let count = count ?? random.number(1...10)
        var cells: [(Field, Column)] = [
            (
                Field("id", .int64),
                Column(.int64, (0..<count).map { _ in .int(Int64(random.number(0...Int(Self.keys) - 1))) })
            ),
            (
                Field("t", .instant),
                Column(.instant, (0..<count).map { _ in .timestamp(moment(late: 150, early: 30)) })
            ),
            (
                Field("x", .int64),
                Column(.int64, (0..<count).map { _ in random.chance(0.1) ? .null : .int(Int64(random.number(-9...9))) })
            ),
            (
                Field("f", .float64),
                Column(.float64, (0..<count).map { _ in random.chance(0.1) ? .null : .float64(number()) })
            ),
            (
                Field("s", .string),
                Column(.string, (0..<count).map { _ in .string(["a", "b", "c"][random.number(0...2)]) })
            ),
        ]
        if view.hasCreated {
            // Known before it happened, or long after, or from now on.
            let created = (0..<count).map { _ in
                random.chance(0.4) ? Value.null : .timestamp(moment(late: 80, early: 60))
            }
            cells.append((Field("c", .instant), Column(.instant, created)))
        }
        return Table(fields: cells.map(\.0), columns: cells.map(\.1), rowCount: count)
    }

    private mutating func moment(late: Int, early: Int) -> Timestamp {
        Timestamp(
            microseconds: (now + Int64(random.number(-late...early))) * 1_000_000 + Int64(random.number(0...2))
                * 333_333)
    }

    /// Numbers of which the sum depends on the order, if it is not exact.
    private mutating func number() -> Double {
        let number = Double(random.number(-1_000_000...1_000_000)) / 7
        return random.chance(0.05) ? number * 1e18 : random.chance(0.05) ? number * 1e-18 : number
    }

    private mutating func push(_ view: View) throws {
        let table = rows(of: view)
        let id = random.chance(0.3) ? "batch \(steps.count)" : nil
        steps.append("push \(table.rowCount) to \(view.name)")
        try fixture.store.push(view.name, table: table, batchID: id)
        if id != nil, random.chance(0.5) {
            let again = try fixture.store.push(view.name, table: table, batchID: id)
            #expect(again.isRepeated, place)
        }
    }

    /// Sends a stream from some earlier place on, cut into other batches, and now and then a process that is killed in it.
    private mutating func stream(_ view: View) async throws {
        var batches = sent[view.name] ?? []
        for _ in 0..<random.number(0...3) { batches.append(rows(of: view, count: 2)) }
        sent[view.name] = batches
        guard !batches.isEmpty else { return }
        let start = random.number(0...batches.count - 1)
        let step = random.number(1...3)
        steps.append("stream \(view.name) from \(start) of \(batches.count)")
        if random.chance(0.15) {
            let point = [CrashPoint.pushAppended, .pushWritten, .pushLogged, .pushOnline][random.number(0...3)]
            steps.append("killed at \(point)")
            try await kill(
                at: point, after: random.number(0...3), pushing: Array(batches[start...]), of: view, from: start)
        }
        for first in stride(from: start, to: batches.count, by: step) {
            let last = min(first + step, batches.count)
            let table = Table.concatenating(Array(batches[first..<last]), fields: batches[0].fields)
            try fixture.store.push(
                view.name, table: SkewStream.numbered(table, from: first), stream: SkewStream.columns)
        }
        let position = try fixture.store.streams(of: view.name).map(\.position)
        #expect(position == [Int64(batches.count * 2 - 1)], place)
    }

    private mutating func kill(
        at point: CrashPoint, after passes: Int, pushing batches: [Table], of view: View, from start: Int
    ) async throws {
        // The rows go to the child as a file, as it has no other way to get them.
        let path = fixture.folder.path + "/crash.parquet"
        let all = Table.concatenating(batches, fields: batches[0].fields)
        try SkewStream.write(SkewStream.numbered(all, from: start), to: path)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                project = fixture.folder.path as String, path = path as String, view = view.name as String,
                point = point.rawValue as String, passes = passes as Int,
                time = fixture.clock.time.microseconds as Int64
            ] in
            let store = try FeatureStore(opening: project)
            store.clock = { Timestamp(microseconds: time) }
            SkewStream.dies(at: point, after: passes)
            let table = try TableFile.read(path)
            for row in 0..<table.rowCount {
                try store.push(view, table: table.slice(row..<row + 1), stream: SkewStream.columns)
            }
            Foundation.kill(getpid(), SIGKILL)
        }
        try fixture.reopen()
    }

    /// A process that is killed while it compacts.
    private mutating func crash(_ view: View) async throws {
        guard random.chance(0.4) else { return }
        let point = [CrashPoint.segmentWritten, .segmentListed, .mergeWritten, .mergeListed][random.number(0...3)]
        steps.append("killed at \(point) of \(view.name)")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                project = fixture.folder.path as String, view = view.name as String, point = point.rawValue as String,
                time = fixture.clock.time.microseconds as Int64
            ] in
            let store = try FeatureStore(opening: project)
            store.clock = { Timestamp(microseconds: time) }
            SkewStream.dies(at: point, after: 0)
            _ = try store.compact(view, keeping: .seconds(3600), isFull: true)
            Foundation.kill(getpid(), SIGKILL)
        }
        try fixture.reopen()
    }

    /// New files of the view's source, some of them read again.
    private mutating func ingest(_ view: View) throws {
        let table = rows(of: view)
        files += 1
        steps.append("ingest \(table.rowCount) to \(view.name)")
        if view.hasCreated {
            // Files say when each row became known.
            guard let created = table.columns.last else { return }
            let filled = created.fillingNulls(with: fixture.clock.time)
            let whole = Table(
                fields: table.fields, columns: table.columns.dropLast() + [filled], rowCount: table.rowCount)
            try SkewStream.write(whole, to: "\(fixture.folder.path)/data/\(view.name)-\(files).csv")
        } else {
            try SkewStream.write(table, to: "\(fixture.folder.path)/data/\(view.name)-\(files).csv")
        }
        _ = try fixture.store.ingest(view.name)
        if random.chance(0.2) { #expect(try fixture.store.ingest(view.name).files == 0, place) }
    }

    private mutating func materialize(_ views: [View], isFull: Bool) throws {
        for view in views {
            steps.append("materialize \(view.name)\(isFull ? " in full" : "")")
            _ = try fixture.store.materialize(view.name, to: fixture.clock.time, isFull: isFull)
        }
    }

    private mutating func compact(_ view: View) throws {
        steps.append("compact \(view.name)")
        _ = try fixture.store.compact(view.name, keeping: .seconds(3600), isFull: random.chance(0.4))
    }

    private mutating func delete() throws {
        let key = random.number(0...Int(Self.keys) - 1)
        steps.append("delete \(key)")
        _ = try fixture.store.delete(try KeySelector(["id": "\(key)"]), from: nil, mayReturn: true)
    }

    // MARK: - What must hold

    /// Brings all online as of now, and compares: by the verb, and each value of each key by hand.
    private mutating func check() throws {
        try materialize(views, isFull: random.chance(0.1))
        let selection = FeatureSelection.service("all")
        let reader = try fixture.store.onlineReader(for: selection, fullNames: true)
        let time = fixture.clock.time
        let keys = Column(.int64, (0...Self.keys).map(Value.int))
        let online = try reader.read([keys], at: time)
        let entities = Table(
            fields: [Field("id", .int64), Field("event_timestamp", .instant)],
            columns: [keys, Column(.instant, (0...Self.keys).map { _ in .timestamp(time) })])
        let set = try fixture.store.trainingSet(
            for: selection, entities: try EntityRows(entities, origin: "entities"), fullNames: true, isRecorded: false)
        for (feature, resolved) in reader.service.features.enumerated() {
            let column = try #require(set.table.column(resolved.outputName))
            for key in 0..<keys.count {
                let (here, there) = (online[key][feature].value, column.value(at: key))
                if !here.isIdentical(to: there) {
                    Issue.record(
                        "\(resolved.outputName) of \(key): online \(here.exactText), training \(there.exactText); \(place)"
                    )
                    throw Skewed()
                }
            }
        }
        // Of keys that were never heard of there is nothing to compare.
        var options = FeatureStore.VerifyOptions()
        options.time = time
        guard let report = try? fixture.store.verify(selection, options: options) else { return }
        #expect(report.isSound && report.later == 0 && report.unsettled == 0, "\(report.differences); \(place)")
    }

    /// One difference is enough for a trial.
    private struct Skewed: Error {}
}

/// Rows of a stream, and what a process does that is to be killed.
private enum SkewStream {
    static let columns = StreamColumns("stream", position: "offset")

    /// Two rows a batch, with their offsets.
    static func numbered(_ table: Table, from batch: Int) -> Table {
        let offsets = (0..<table.rowCount).map { Value.int(Int64(batch * 2 + $0)) }
        return Table(
            fields: table.fields + [Field("offset", .int64)], columns: table.columns + [Column(.int64, offsets)],
            rowCount: table.rowCount)
    }

    static func write(_ table: Table, to path: String) throws {
        let output = try TableOutput(path: path, fields: table.fields)
        try output.write(table)
        _ = try output.keep()
    }

    static func dies(at point: String, after passes: Int) {
        let left = Mutex(passes)
        CrashPoint.action.withLock {
            $0 = { reached in
                guard reached.rawValue == point else { return }
                let isLast = left.withLock { left in
                    left -= 1
                    return left < 0
                }
                if isLast { Foundation.kill(getpid(), SIGKILL) }
            }
        }
    }
}
