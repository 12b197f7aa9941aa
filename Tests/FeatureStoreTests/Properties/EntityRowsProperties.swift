import Columnar
import Testing

@testable import FeatureStore

/// Rows that are made by rule, against the same rules spelt out row by row.
@Suite struct EntityRowsProperties {
    @Test(arguments: 0..<120)
    func knownKeysAreThoseOfTheRows(seed: UInt64) throws {
        let history = try RuleHistory(seed: seed)
        let keys = try KnownKeys.keys(of: history.parts, layout: history.layout)
        let expected = history.sortedKeys(Set(history.rows.map(\.key)))
        #expect(KeyEncoder(history.layout.keys.map(\.type)).columns(of: keys).rowValues == expected, "seed \(seed)")
    }

    @Test(arguments: 0..<120)
    func keysOfSeveralHistoriesAreTakenTogetherUnderTheColumnsThatAreWanted(seed: UInt64) throws {
        let (one, other) = (try RuleHistory(seed: seed), try RuleHistory(seed: seed, rowsOf: seed + 1000))
        let wanted = Array(one.layout.keys.reversed().prefix(Int(seed % 3) + 1))
        let table = try KnownKeys.table(of: [(one.layout, one.parts), (other.layout, other.parts)], wanted: wanted)
        let places = wanted.map { key in one.layout.keys.firstIndex(of: key)! }
        let expected = Set((one.rows + other.rows).map { row in places.map { row.key[$0] } })
        #expect(table.columns.rowValues == one.sortedKeys(expected, types: wanted.map(\.type)), "seed \(seed)")
        #expect(table.fields.map(\.name) == wanted.map(\.name))
    }

    @Test(arguments: 0..<120)
    func aViewsRowsAreTheLastVersionsWithinTheBounds(seed: UInt64) throws {
        let history = try RuleHistory(seed: seed)
        var random = SeededGenerator(seed: seed + 77)
        let from = random.chance(0.5) ? Int64(random.number(-1...10)) : nil
        let to = random.chance(0.5) ? Int64(random.number(0...22)) : nil
        let table = try ViewRows(
            layout: history.layout, from: from.map(Timestamp.init(microseconds:)),
            to: to.map(Timestamp.init(microseconds:))
        ).table(of: history.parts)
        struct Moment: Hashable {
            var key: [Value]
            var event: Int64
        }
        var last: [Moment: BruteForceJoin.HistoryRow] = [:]
        for row in history.rows where from.map({ row.event >= $0 }) ?? true && to.map({ row.event < $0 }) ?? true {
            let moment = Moment(key: row.key, event: row.event)
            if let known = last[moment], (known.created, known.order) > (row.created, row.order) { continue }
            last[moment] = row
        }
        let rank = Dictionary(
            uniqueKeysWithValues: history.sortedKeys(Set(last.keys.map(\.key))).enumerated().map { ($1, $0) })
        let expected = last.values.sorted { (rank[$0.key]!, $0.event) < (rank[$1.key]!, $1.event) }.map { row in
            row.key + [.timestamp(Timestamp(microseconds: row.event)), row.value]
        }
        #expect(table.columns.rowValues == expected, "seed \(seed)")
        #expect(table.fields.map(\.name) == history.layout.keys.map(\.name) + ["event_timestamp", "x"])
    }

    @Test func aSpineIsEachKeyAtEachStep() throws {
        for seed in UInt64(0)..<100 {
            var random = SeededGenerator(seed: seed)
            let (every, from) = (random.number(1...7), random.number(-20...20))
            let to = from + random.number(1...30)
            let ids = (0..<random.number(0...5)).map { Int64($0) }
            let keys = Table(
                fields: [Field("id", .int64), Field("note", .string)],
                columns: [
                    Column(.int64, ids.map { .int($0) }),
                    Column(.string, ids.map { $0 == 1 ? .null : .string("n\($0)") }),
                ])
            let rows = try Spine(
                every: TimeSpan(microseconds: Int64(every)), from: Timestamp(microseconds: Int64(from)),
                to: Timestamp(microseconds: Int64(to))
            ).rows(of: keys)
            let expected = ids.flatMap { id in
                stride(from: from, to: to, by: every).map { time -> [Value] in
                    [
                        .int(id), id == 1 ? .null : .string("n\(id)"), .timestamp(Timestamp(microseconds: Int64(time))),
                    ]
                }
            }
            #expect(rows.columns.rowValues == expected, "seed \(seed)")
        }
    }

    @Test func aSpineOfTooManyRowsIsRefused() {
        let keys = Table(fields: [Field("id", .int64)], columns: [Column(.int64, [.int(1), .int(2)])])
        let spine = Spine(every: TimeSpan(microseconds: 1), from: .distantPast, to: .distantFuture)
        #expect(spine.stepCount == Int.max)
        #expect(throws: StoreError.self) { try spine.rows(of: keys) }
    }
}

/// A random history in segments and in memory, with its rows in order of arrival.
private struct RuleHistory {
    let layout: ViewLayout
    private(set) var parts: [HistoryPart] = []
    private(set) var rows: [BruteForceJoin.HistoryRow] = []
    private let folder: TemporaryFolder

    /// - Parameter rowsOf: the seed of the rows, if it is another than that of the layout.
    init(seed: UInt64, rowsOf: UInt64? = nil) throws {
        var random = SeededGenerator(seed: seed)
        let types: [FeatureType] = [[.int64], [.string], [.int32, .string], [.bool, .bytes, .int64]][
            random.number(0...3)]
        let hasCreated = random.chance(0.5)
        let definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: types.enumerated().map { JoinKey("k\($0)", $1) })],
            sources: [Source(name: "s", path: "-", timestamp: "t", created: hasCreated ? "c" : nil)],
            featureViews: [FeatureView(name: "v", entities: ["e"], source: "s", features: [Feature("x", .int64)])])
        layout = ViewLayout(of: definitions.featureViews[0], in: definitions)
        folder = try TemporaryFolder()
        if let rowsOf { random = SeededGenerator(seed: rowsOf) }
        for number in 1...random.number(1...4) { try addPart(Int64(number), &random) }
    }

    private mutating func addPart(_ number: Int64, _ random: inout SeededGenerator) throws {
        var values = layout.fields.map { _ in [Value]() }
        for _ in 0..<random.number((number == 1 ? 0 : 1)...20) {
            let key = layout.keys.map { key -> Value in
                let digit = random.number(0...4)
                switch key.type {
                case .string: return .string(["", "a", "aa", "\u{0}", "é"][digit])
                case .bytes: return .bytes([[], [0], [0, 0], [0, 1], [255]][digit])
                case .bool: return .bool(digit > 2)
                default: return .int([-7, -1, 0, 1, 300][digit])
                }
            }
            let row = BruteForceJoin.HistoryRow(
                key: key, event: Int64(random.number(0...20)),
                created: layout.hasCreated ? Int64(random.number(0...3)) : .min, order: rows.count,
                value: .int(Int64(rows.count)))
            rows.append(row)
            let times = [row.event] + (layout.hasCreated ? [row.created] : [])
            let cells = key + times.map { .timestamp(Timestamp(microseconds: $0)) } + [row.value]
            for (i, cell) in cells.enumerated() { values[i].append(cell) }
        }
        let table = Table(
            fields: layout.fields, columns: zip(layout.fields, values).map { Column($0.type, $1) },
            rowCount: values[0].count)
        if random.chance(0.3) {
            parts.append(.rows(SortedRows(sorting: table, sequences: number...number, layout: layout)))
        } else {
            let record = try SegmentWriter(layout: layout, folder: folder.path).write(table, sequences: number...number)
            parts.append(.segment(try SegmentFile(record, layout: layout, folder: folder.path)))
        }
    }

    /// In the order of their encoded bytes.
    func sortedKeys(_ keys: Set<[Value]>, types: [FeatureType]? = nil) -> [[Value]] {
        let encoder = KeyEncoder(types ?? layout.keys.map(\.type))
        return keys.sorted { a, b in
            (encoder.encode(a) ?? []).lexicographicallyPrecedes(encoder.encode(b) ?? [])
        }
    }
}

extension [Column] {
    /// The values of each row.
    fileprivate var rowValues: [[Value]] { (0..<(first?.count ?? 0)).map { row in map { $0.value(at: row) } } }
}
