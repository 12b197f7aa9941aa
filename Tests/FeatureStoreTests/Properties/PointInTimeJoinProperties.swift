import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// The merge join against the brute-force oracle, on random histories full of ties, edges and gaps.
@Suite struct PointInTimeJoinProperties {
    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7])
    func joinChoosesWhatTheRuleSays(part: Int) throws {
        for i in 0..<300 {
            let seed = UInt64(part * 1000 + i)
            var trial = try JoinTrial(seed: seed)
            try trial.check()
        }
    }

    /// Blocks and pages of few rows, many keys, and parts that follow each other in time: most of them are not read.
    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7])
    func partsBlocksAndPagesAreSkippedWithoutChangingTheChoice(part: Int) throws {
        for i in 0..<100 {
            let seed = UInt64(50_000 + part * 1000 + i)
            var trial = try JoinTrial(seed: seed, rows: 150, keys: 40, isCutFinely: true)
            try trial.check()
        }
    }

    @Test func longBackfillsAreSkippedWithoutChangingTheChoice() throws {
        for seed in 0..<6 {
            var trial = try JoinTrial(seed: UInt64(90_000 + seed), rows: 9000, keys: 1, availability: .created)
            try trial.check()
        }
    }
}

/// One random case: definitions, history in several parts (files and rows in memory), entity rows.
private struct JoinTrial {
    private var random: SeededGenerator
    private let seed: UInt64
    private let folder: TemporaryFolder
    private let layout: ViewLayout
    private let definitions: Definitions
    private var oracle: BruteForceJoin
    private var parts: [HistoryPart] = []
    private let keyTypes: [FeatureType]
    private let keyCount: Int
    private let span: Int
    /// Whether blocks, pages and what is joined at once are of few rows.
    private let isCutFinely: Bool

    init(
        seed: UInt64, rows: Int? = nil, keys: Int? = nil, availability: Availability? = nil, isCutFinely: Bool = false
    ) throws {
        var random = SeededGenerator(seed: seed)
        let keyChoices: [[FeatureType]] = [
            [.int64], [.string], [.int32], [.bytes], [.bool], [.string, .string], [.int64, .string], [.int32, .int32],
            [.string, .int64, .bool],
        ]
        keyTypes = keyChoices.randomElement(using: &random)!
        self.isCutFinely = isCutFinely
        keyCount = keys ?? random.number(1...6)
        span = rows.map { $0 * 2 } ?? random.number(1...30)
        let isTimeless = availability == nil && random.chance(0.1)
        let hasCreated = !isTimeless && (availability == .created || random.chance(0.6))
        let hasEnd = !isTimeless && random.chance(0.3)
        let choices: [Availability] =
            isTimeless ? [.event] : [.event, .delayed(TimeSpan(microseconds: Int64(random.number(1...8))))]
        let chosen =
            availability ?? (hasCreated && random.chance(0.6) ? .created : choices.randomElement(using: &random)!)
        let ttl = isTimeless || random.chance(0.4) ? nil : TimeSpan(microseconds: Int64(random.number(0...12)))
        let valueTypes: [FeatureType] = [.float32, .string, .bool, .int64, .float64, .timestamp, .vector(count: 3)]
        let valueType = valueTypes.randomElement(using: &random)!
        let keyNames = keyTypes.indices.map { "k\($0)" }
        definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: zip(keyNames, keyTypes).map { JoinKey($0, $1) })],
            sources: [
                Source(
                    name: "s", path: "-", timestamp: isTimeless ? nil : "t", validTo: hasEnd ? "e" : nil,
                    created: hasCreated ? "c" : nil)
            ],
            featureViews: [
                FeatureView(
                    name: "v", entities: ["e"], source: "s", ttl: ttl, availability: chosen,
                    features: [Feature("x", valueType)])
            ])
        layout = ViewLayout(of: definitions.featureViews[0], in: definitions)
        oracle = BruteForceJoin(
            history: [], ttl: ttl?.microseconds, availability: chosen, isTimeless: isTimeless)
        folder = try TemporaryFolder()
        self.seed = seed
        self.random = random
        try makeHistory(rows: rows ?? self.random.number(0...60), valueType)
    }

    private mutating func makeHistory(rows: Int, _ valueType: FeatureType) throws {
        let partCount = rows == 0 ? 1 : random.number(1...4)
        // Parts that follow each other in time, or go back in it, or each have all times.
        let isInSlices = random.chance(0.6)
        let goesBack = random.chance(0.5)
        for number in 0..<partCount {
            var builders = layout.fields.map { ColumnBuilder($0.type) }
            let share = number == partCount - 1 ? rows - rows / partCount * number : rows / partCount
            var count = 0
            for _ in 0..<share {
                var event = random.number(0...span)
                if isInSlices {
                    event = event / partCount + (goesBack ? partCount - 1 - number : number) * span / partCount
                }
                let row = BruteForceJoin.HistoryRow(
                    key: key(random.number(0...keyCount - 1)), event: Int64(event),
                    created: layout.hasCreated ? Int64(random.number(0...span * 2)) : .min,
                    end: layout.hasEnd && random.chance(0.6) ? Int64(event + random.number(0...span / 2)) : nil,
                    order: oracle.history.count, value: value(valueType))
                oracle.history.append(row)
                var cells = row.key
                if !layout.isTimeless { cells.append(.timestamp(Timestamp(microseconds: row.event))) }
                if layout.hasCreated { cells.append(.timestamp(Timestamp(microseconds: row.created))) }
                if layout.hasEnd {
                    cells.append(row.end.map { .timestamp(Timestamp(microseconds: $0)) } ?? .null)
                }
                cells.append(row.value)
                for (i, cell) in cells.enumerated() {
                    let fits = builders[i].append(cell)
                    #expect(fits)
                }
                count += 1
            }
            var columns: [Column] = []
            for i in builders.indices { columns.append(builders[i].finish()) }
            let table = Table(fields: layout.fields, columns: columns, rowCount: count)
            let sequence = Int64(number + 1)
            if random.chance(0.5) {
                parts.append(.rows(SortedRows(sorting: table, sequences: sequence...sequence, layout: layout)))
                continue
            }
            var writer = SegmentWriter(layout: layout, folder: folder.path)
            if isCutFinely {
                writer.blockRows = random.number(1...40)
                writer.pageRows = random.number(1...15)
            }
            let record = try writer.write(table, sequences: sequence...sequence)
            parts.append(.segment(try SegmentFile(record, layout: layout, folder: folder.path)))
        }
    }

    private mutating func key(_ number: Int) -> [Value] {
        keyTypes.enumerated().map { place, type in
            // Different components of one key repeat, and glued texts collide: "a"+"aa" and "aa"+"a".
            let digit = place == 0 ? number : number / 2
            switch type {
            case .int64 where digit > 6: return .int(Int64(digit - 20) * 100)
            case .int64: return .int([Int64.min, -1, 0, 1, 255, 256, .max][digit])
            case .int32 where digit > 6: return .int(Int64(digit - 20) * 100)
            case .int32: return .int([Int64(Int32.min), -1, 0, 1, 255, 65536, Int64(Int32.max)][digit % 7])
            case .bool: return .bool(digit % 2 == 1)
            case .bytes: return .bytes([[], [0], [0, 0], [0, 1], [255], [0, 255], [1]][digit % 7])
            case .string where digit > 6: return .string(String(repeating: "b", count: digit % 11) + "\(digit)")
            default: return .string(["", "a", "aa", "aaaaaaaaa", "aaaaaaaab", "\u{0}", "é"][digit % 7])
            }
        }
    }

    private mutating func value(_ type: FeatureType) -> Value {
        if random.chance(0.2) { return .null }
        let number = random.number(-1000...1000)
        switch type {
        case .float32: return .float32(Float(number) / 3)
        case .float64: return .float64(Double(number) / 3)
        case .string: return .string("v\(number)")
        case .bool: return .bool(number & 1 == 0)
        case .timestamp: return .timestamp(Timestamp(microseconds: Int64(number)))
        case .vector(let count): return .list((0..<count).map { .float32(Float(number + $0)) })
        default: return .int(Int64(number))
        }
    }

    mutating func check() throws {
        let rows = random.number(0...80)
        var keys: [[Value]] = []
        var times: [Int64] = []
        for _ in 0..<rows {
            var entityKey = key(random.number(0...keyCount + 1))
            if random.chance(0.05) { entityKey[random.number(0...entityKey.count - 1)] = .null }
            keys.append(entityKey)
            times.append(Int64(random.number(-3...span * 2)))
        }
        let fields = keyTypes.enumerated().map { Field("k\($0)", $1.dataType) } + [Field("event_timestamp", .instant)]
        let columns =
            keyTypes.enumerated().map { place, type in Column(type.dataType, keys.map { $0[place] }) }
            + [Column(.instant, times.map { .timestamp(Timestamp(microseconds: $0)) })]
        let entities = try EntityRows(Table(fields: fields, columns: columns, rowCount: rows), origin: "entities")
        let service = try ResolvedService(
            references: [FeatureReference(view: "v", feature: nil)], in: definitions, fullNames: false)
        let history = parts
        let result = try TrainingSetBuilder(
            service: service, definitions: definitions, withTimes: !layout.isTimeless,
            tuning: PointInTimeJoin.Tuning(
                rangeRows: isCutFinely ? random.number(1...30) : nil, looksUpKeys: random.chance(0.5)),
            history: { _ in history }
        ).build(for: entities)
        let output = try #require(result.table.column("x"))
        let outputTimes = result.table.column("v__event_timestamp")
        var outcomes: [String: Int] = [:]
        for row in 0..<rows {
            let (expected, outcome) = oracle.choose(key: keys[row], time: times[row])
            outcomes[outcome, default: 0] += 1
            #expect(output.value(at: row) == expected?.value ?? .null, "seed \(seed), row \(row): \(outcome)")
            if let outputTimes {
                let time = expected.map { Value.timestamp(Timestamp(microseconds: $0.event)) } ?? .null
                #expect(outputTimes.value(at: row) == time, "seed \(seed), row \(row)")
            }
        }
        let coverage = result.coverage[0]
        #expect(result.table.rowCount == rows)
        #expect(coverage.found == outcomes["found", default: 0], "seed \(seed)")
        #expect(coverage.keyNull == outcomes["keyNull", default: 0], "seed \(seed)")
        #expect(coverage.keyUnknown == outcomes["keyUnknown", default: 0], "seed \(seed)")
        #expect(coverage.beforeHistory == outcomes["beforeHistory", default: 0], "seed \(seed)")
        #expect(coverage.tooOld == outcomes["tooOld", default: 0], "seed \(seed)")
        #expect(coverage.ended == outcomes["ended", default: 0], "seed \(seed)")
        #expect(coverage.notYetKnown == outcomes["notYetKnown", default: 0], "seed \(seed)")
    }
}
