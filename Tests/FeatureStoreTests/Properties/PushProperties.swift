import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Pushes, ingestions, compactions, materializations and restarts in random order: training sets are what the rule says
/// word for word, online values are what a training row of that moment has, and each row is kept once.
@Suite struct PushProperties {
    @Test(arguments: 0..<60)
    func historyAndOnlineAgreeWithTheRuleWhateverHappens(seed: UInt64) throws {
        var trial = try PushTrial(seed: seed)
        try trial.run()
    }
}

/// One random case of a view, whose clock ticks in steps of ten seconds.
private struct PushTrial {
    private let seed: UInt64
    private var random: SeededGenerator
    private let fixture: StoreFixture
    private let hasCreated: Bool
    private var oracle: BruteForceJoin
    /// Places in the oracle's history of the rows that should be online.
    private var applied: Set<Int> = []
    /// Pushes that had rows which were not available, and when the last of them is.
    private var waiting: [(sequence: Int64, rows: Range<Int>, until: Int64)] = []
    private var batches: [(id: String, rows: [StoreFixture.Row])] = []
    private var past: [(mark: HistoryMark, time: Int64, values: [Int64?])] = []
    private static let keys = (0..<6).map { Int64($0) }
    private static let steps = 25

    init(seed: UInt64) throws {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        let isTimeless = random.chance(0.1)
        hasCreated = !isTimeless && random.chance(0.5)
        var choices: [(String, Availability)] = [("event", .event)]
        if !isTimeless { choices.append(("40s", .delayed(.seconds(40)))) }
        if hasCreated { choices.append(("created", .created)) }
        let (text, availability) = choices[random.number(0...choices.count - 1)]
        let ttl = isTimeless || random.chance(0.5) ? nil : random.number(1...10) * 10
        let definitions = """
            entities: {e: {join_keys: {id: int64}}}
            sources:
              s: {path: "data/*.csv"\(isTimeless ? "" : ", timestamp: t")\(hasCreated ? ", created: c" : "")}
            feature_views:
              v:
                entities: [e]
                source: s
                available: \(text)
                \(ttl.map { "ttl: \($0)s" } ?? "tags: {}")
                features: {x: int64, s: string}
            """
        fixture = try StoreFixture(definitions)
        fixture.clock.time = seconds(100)
        oracle = BruteForceJoin(
            history: [], ttl: ttl.map { Int64($0) * 1_000_000 }, availability: availability, isTimeless: isTimeless)
        self.random = random
        if self.random.chance(0.5) { try fixture.reopen(limit: .init(batches: 3, bytes: 1 << 20)) }
    }

    private var now: Int64 { fixture.clock.time.microseconds / 1_000_000 }
    private func place(_ what: String) -> Comment { "seed \(seed), \(what) at \(now), \(oracle.history.count) rows" }

    mutating func run() throws {
        for step in 0..<Self.steps {
            if random.chance(0.5) { fixture.clock.time = seconds(now + 10 * Int64(random.number(1...4))) }
            switch random.number(0...9) {
            case 0...4: try push()
            case 5: try repeatPush()
            case 6: try ingest()
            case 7:
                try takeWaiting()
                _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: random.chance(0.5))
            case 8:
                try takeWaiting()
                try fixture.reopen(limit: .init(batches: random.number(1...5), bytes: 1 << 20))
            default: try materialize()
            }
            try checkHistory()
            try checkOnline()
            // Of all pages and rows, which takes longer than a step.
            guard step % 6 == 5 else { continue }
            let check = try fixture.store.checkOnline()
            #expect(check.isSound, place("the check says \(check.problems + check.views.flatMap(\.problems))"))
        }
        // Nothing waits any more, so that the log can be emptied.
        fixture.clock.time = seconds(now + 1000)
        try materialize()
        _ = try fixture.store.compact("v", keeping: .seconds(3600))
        try checkHistory()
        #expect(try fixture.store.catalog.segments(of: "v").reduce(0) { $0 + $1.rows } == oracle.history.count)
    }

    // MARK: - What happens

    private mutating func rows() -> [StoreFixture.Row] {
        (0..<random.number(1...8)).map { _ in
            (
                id: Self.keys.randomElement(using: &random) ?? 0,
                t: max(0, now + 10 * Int64(random.number(-12...4))),
                c: hasCreated && random.chance(0.6) ? max(0, now + 10 * Int64(random.number(-8...4))) : nil,
                x: random.chance(0.1) ? nil : Int64(random.number(0...999))
            )
        }
    }

    private func table(_ rows: [StoreFixture.Row]) -> Table {
        let all = fixture.table(rows, withCreated: hasCreated && rows.contains { $0.c != nil })
        guard oracle.isTimeless else { return all }
        return Table(fields: [0, 2, 3].map { all.fields[$0] }, columns: [0, 2, 3].map { all.columns[$0] })
    }

    private mutating func note(_ rows: [StoreFixture.Row]) -> Range<Int> {
        let start = oracle.history.count
        for row in rows {
            oracle.history.append(
                .init(
                    key: [.int(row.id)], event: oracle.isTimeless ? .min : row.t * 1_000_000,
                    created: hasCreated ? (row.c ?? now) * 1_000_000 : .min, order: oracle.history.count,
                    value: row.x.map(Value.int) ?? .null))
        }
        return start..<oracle.history.count
    }

    /// From when on a row is available, in microseconds.
    private func availability(of place: Int) -> Int64 {
        let row = oracle.history[place]
        switch oracle.availability {
        case _ where oracle.isTimeless: return .min
        case .event: return row.event
        case .created: return max(row.event, row.created)
        case .delayed(let delay): return row.event + delay.microseconds
        }
    }

    /// What whoever looks at the hot log brings online: the rows that have become available since they were pushed.
    private mutating func takeWaiting() throws {
        let hot = Set(try fixture.store.catalog.hotBatches(of: "v").map(\.sequence))
        let time = now * 1_000_000
        for batch in waiting where hot.contains(batch.sequence) {
            applied.formUnion(batch.rows.filter { availability(of: $0) <= time })
        }
        waiting.removeAll { $0.until <= time && hot.contains($0.sequence) }
    }

    private mutating func push() throws {
        let rows = rows()
        let id = random.chance(0.7) ? "batch \(batches.count)" : nil
        try takeWaiting()
        let summary = try fixture.store.push("v", table: table(rows), batchID: id)
        #expect(!summary.isRepeated && summary.rows == rows.count, place("push"))
        let places = note(rows)
        let late = places.filter { availability(of: $0) > now * 1_000_000 }
        applied.formUnion(Set(places).subtracting(late))
        #expect(summary.rowsWaiting == late.count, place("push"))
        if let until = late.map({ availability(of: $0) }).max() {
            waiting.append((try #require(summary.sequence), places, until))
        }
        if let id { batches.append((id, rows)) }
    }

    private mutating func repeatPush() throws {
        guard let (id, rows) = batches.randomElement(using: &random) else { return }
        try takeWaiting()
        #expect(try fixture.store.push("v", table: table(rows), batchID: id).isRepeated, place("repeated push"))
    }

    private mutating func ingest() throws {
        // A file's rows must say when they became known.
        let rows = rows().map { (id: $0.id, t: $0.t, c: hasCreated ? $0.c ?? now : nil, x: $0.x) }
        _ = try fixture.store.ingest("v", table: table(rows), origin: "file")
        _ = note(rows)
    }

    private mutating func materialize() throws {
        _ = try fixture.store.materialize("v", to: fixture.clock.time, isFull: random.chance(0.2))
        applied.formUnion(oracle.history.indices.filter { availability(of: $0) <= now * 1_000_000 })
        // All that is available is online: what a training row of now has.
        let online = try fixture.online(Self.keys)
        #expect(online == Self.keys.map { expected($0, at: now) }, place("online after materialize"))
    }

    // MARK: - What must hold

    private func expected(_ key: Int64, at time: Int64) -> Int64? {
        guard case .int(let x) = oracle.choose(key: [.int(key)], time: time * 1_000_000).row?.value else { return nil }
        return x
    }

    private mutating func checkHistory() throws {
        let times = [now, now - 10 * Int64(random.number(1...15)), now + 50]
        for time in times {
            let values = try fixture.training(Self.keys, at: time)
            #expect(values == Self.keys.map { expected($0, at: time) }, place("training set of \(time)"))
        }
        if random.chance(0.3) {
            let time = times[1]
            past.append((try fixture.store.catalog.mark(), time, Self.keys.map { expected($0, at: time) }))
        }
        if let state = past.randomElement(using: &random) {
            let values = try fixture.training(Self.keys, at: state.time, mark: state.mark)
            #expect(values == state.values, place("state \(state.mark) again"))
        }
        let layout = try PushTarget("v", in: try fixture.store.definitions()).layout
        let count = try fixture.store.history(of: layout).reduce(0) { $0 + $1.rowCount }
        #expect(count == oracle.history.count, place("rows kept"))
    }

    private func checkOnline() throws {
        var known = oracle
        known.history = applied.sorted().map { oracle.history[$0] }
        let expected = Self.keys.map { key -> Int64? in
            let row = known.choose(key: [.int(key)], time: now * 1_000_000).row
            if case .int(let x) = row?.value { return x }
            return nil
        }
        #expect(try fixture.online(Self.keys) == expected, place("online"))
    }
}
