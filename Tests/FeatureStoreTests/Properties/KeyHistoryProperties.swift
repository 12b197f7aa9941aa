import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// What `KeyHistory` tells of random histories against the point-in-time rule, asked time by time.
@Suite struct KeyHistoryProperties {
    @Test(arguments: [0, 1, 2, 3])
    func aRowIsInForceExactlyWhenTheRuleChoosesIt(part: Int) throws {
        for i in 0..<150 {
            let trial = try HistoryTrial(seed: UInt64(part * 1000 + i))
            try trial.check()
        }
    }
}

/// A random history of few keys in several parts, each row with its place in the order of arrival as its value.
private struct HistoryTrial {
    private let seed: UInt64
    private let folder: TemporaryFolder
    private let layout: ViewLayout
    private var oracle: BruteForceJoin
    private var parts: [HistoryPart] = []
    private let span: Int

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        folder = try TemporaryFolder()
        span = random.number(1...25)
        let isTimeless = random.chance(0.1)
        let hasCreated = !isTimeless && random.chance(0.7)
        let hasEnd = !isTimeless && random.chance(0.4)
        let delay = Availability.delayed(TimeSpan(microseconds: Int64(random.number(1...8))))
        let availability: Availability =
            isTimeless ? .event : hasCreated && random.chance(0.7) ? .created : random.chance(0.5) ? .event : delay
        let ttl = isTimeless || random.chance(0.4) ? nil : TimeSpan(microseconds: Int64(random.number(0...12)))
        let definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: [JoinKey("a", .string), JoinKey("b", .int64)])],
            sources: [
                Source(
                    name: "s", path: "-", timestamp: isTimeless ? nil : "t", validTo: hasEnd ? "e" : nil,
                    created: hasCreated ? "c" : nil)
            ],
            featureViews: [
                FeatureView(
                    name: "v", entities: ["e"], source: "s", ttl: ttl, availability: availability,
                    features: [Feature("x", .int64)])
            ])
        layout = ViewLayout(of: definitions.featureViews[0], in: definitions)
        oracle = BruteForceJoin(
            history: [], ttl: ttl?.microseconds, availability: availability, isTimeless: isTimeless)
        for number in 1...random.number(1...4) {
            try addPart(Int64(number), rows: random.number(0...25), random: &random)
        }
    }

    private mutating func addPart(_ sequence: Int64, rows: Int, random: inout SeededGenerator) throws {
        var builders = layout.fields.map { ColumnBuilder($0.type) }
        for _ in 0..<rows {
            let event = Int64(random.number(0...span))
            let row = BruteForceJoin.HistoryRow(
                key: Self.key(random.number(0...2)), event: event,
                created: layout.hasCreated ? Int64(random.number(0...span * 2)) : .min,
                end: layout.hasEnd && random.chance(0.6) ? event + Int64(random.number(0...span / 2)) : nil,
                order: oracle.history.count, value: .int(Int64(oracle.history.count)))
            oracle.history.append(row)
            var cells = row.key
            if !layout.isTimeless { cells.append(.timestamp(Timestamp(microseconds: row.event))) }
            if layout.hasCreated { cells.append(.timestamp(Timestamp(microseconds: row.created))) }
            if layout.hasEnd { cells.append(row.end.map { .timestamp(Timestamp(microseconds: $0)) } ?? .null) }
            cells.append(row.value)
            for (place, cell) in cells.enumerated() {
                let fits = builders[place].append(cell)
                #expect(fits)
            }
        }
        var columns: [Column] = []
        for place in builders.indices { columns.append(builders[place].finish()) }
        let table = Table(fields: layout.fields, columns: columns, rowCount: rows)
        if random.chance(0.5) {
            parts.append(.rows(SortedRows(sorting: table, sequences: sequence...sequence, layout: layout)))
        } else {
            let record = try SegmentWriter(layout: layout, folder: folder.path).write(
                table, sequences: sequence...sequence)
            parts.append(.segment(try SegmentFile(record, layout: layout, folder: folder.path)))
        }
    }

    private static func key(_ number: Int) -> [Value] { [.string(["", "a", "aa"][number]), .int(Int64(number / 2))] }

    func check() throws {
        for number in 0...3 {
            let key = number < 3 ? Self.key(number) : [.string("unknown"), .int(0)]
            let rows = try KeyRow.all(of: key, in: parts, layout: layout, features: layout.view.features)
            for time in -1...Int64(span * 3 + 14) {
                let moment = Timestamp(microseconds: time)
                let history = KeyHistory(
                    of: key, in: layout, features: layout.view.features, rows: rows, at: moment)
                #expect(history.rows.count == oracle.history.count { $0.key == key })
                let (chosen, outcome) = oracle.choose(key: key, time: time)
                #expect(history.rowInForce?.values == chosen.map { [$0.value] }, "seed \(seed), time \(time)")
                #expect(history.rows.count { $0.state == .inForce } == (chosen == nil ? 0 : 1))
                checkSpans(history, moment, chosen)
                checkStates(history, outcome, "seed \(seed), time \(time)")
            }
        }
    }

    private func checkSpans(_ history: KeyHistory, _ time: Timestamp, _ chosen: BruteForceJoin.HistoryRow?) {
        guard !layout.isTimeless else { return }
        let spanning = history.rows.filter { row in
            row.inForce.map { span in span.from <= time && span.until.map { time < $0 } ?? true } ?? false
        }
        #expect(spanning.map(\.values) == (chosen.map { [[$0.value]] } ?? []), "seed \(seed), time \(time)")
    }

    /// Where nothing is in force, the states say why as the join does.
    private func checkStates(_ history: KeyHistory, _ outcome: String, _ where: String) {
        let states = Set(history.rows.map(\.state))
        switch outcome {
        // The join looks at age before it asks whether a row had ended, or was known.
        case "tooOld": #expect(!states.isDisjoint(with: [.tooOld, .ended, .notYetKnown]), "\(`where`)")
        case "ended": #expect(states.contains(.ended), "\(`where`)")
        case "beforeHistory": #expect(states == [.notYetKnown], "\(`where`)")
        case "keyUnknown": #expect(history.rows.isEmpty, "\(`where`)")
        default: break
        }
        // A row gives way to one of its own event, or to a later one.
        for (place, row) in history.rows.enumerated() {
            let better = history.rows[(place + 1)...].filter { $0.state != .notYetKnown }
            switch row.state {
            case .corrected: #expect(better.contains { $0.event == row.event }, "\(`where`)")
            case .replaced: #expect(better.contains { $0.event != row.event || layout.isTimeless }, "\(`where`)")
            case .late: #expect(!better.isEmpty && row.inForce == nil, "\(`where`)")
            case .inForce, .tooOld, .ended: #expect(better.isEmpty, "\(`where`)")
            case .notYetKnown: break
            }
        }
    }
}
