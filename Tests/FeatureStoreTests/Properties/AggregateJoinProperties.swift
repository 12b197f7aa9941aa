import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Sliding windows against the brute-force oracle, on random views and streams of late, equal and odd events.
@Suite struct AggregateJoinProperties {
    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7])
    func aggregatesAreWhatTheRuleSays(part: Int) throws {
        for i in 0..<30 {
            var trial = try AggregateTrial(seed: UInt64(part * 1000 + i))
            try trial.check()
        }
    }

    /// Several keys a batch, several batches a range, blocks and pages of few rows.
    @Test(arguments: [0, 1, 2, 3])
    func cuttingFinelyChangesNothing(part: Int) throws {
        for i in 0..<25 {
            var trial = try AggregateTrial(
                seed: UInt64(50_000 + part * 1000 + i), events: 150, keys: 12, isCutFinely: true)
            try trial.check()
        }
    }

    /// So many events of one key that values are too many to be counted exactly, and stacks grow.
    @Test(arguments: [0, 1, 2, 3])
    func manyEventsOfAKeyAreAsFew(part: Int) throws {
        for i in 0..<2 {
            var trial = try AggregateTrial(seed: UInt64(90_000 + part * 10 + i), events: 1500, keys: 2, isLong: true)
            try trial.check()
        }
    }
}

/// One random case: definitions, events in several parts (files and rows in memory), entity rows.
private struct AggregateTrial {
    private var random: SeededGenerator
    private let seed: UInt64
    private let folder: TemporaryFolder
    private let layout: ViewLayout
    private let definitions: Definitions
    private var oracle: BruteForceAggregates
    private var parts: [HistoryPart] = []
    private let keyCount: Int
    private let span: Int
    private let isCutFinely: Bool
    /// Whether values are few and tame, so that most events count alike, or any bits.
    private let isTame: Bool

    private static let columns: [Feature] = [
        Feature("f", .float64), Feature("g", .float32), Feature("n", .int64), Feature("m", .int32), Feature("b", .bool),
        Feature("s", .string), Feature("u", .timestamp), Feature("v", .vector(count: 2)), Feature("y", .bytes),
    ]

    private static let conditions: [String: @Sendable (BruteForceAggregates.Event) -> Bool] = [
        "n > 0": { if case .int(let n) = $0.values[2] { n > 0 } else { false } },
        "b": { $0.values[4] == .bool(true) },
        "s != ''": { if case .string(let s) = $0.values[5] { !s.isEmpty } else { false } },
        "k >= 2": { if case .int(let k) = $0.key[0] { k >= 2 } else { false } },
        "second(t) == 0": { event in (event.time % 60_000_000 + 60_000_000) % 60_000_000 < 1_000_000 },
    ]

    init(
        seed: UInt64, events: Int? = nil, keys: Int? = nil, isCutFinely: Bool = false, isLong: Bool = false
    ) throws {
        var random = SeededGenerator(seed: seed)
        self.isCutFinely = isCutFinely
        keyCount = keys ?? random.number(1...4)
        span = isLong ? 4000 : random.number(1...60)
        isTame = random.chance(0.6)
        let hasCreated = random.chance(0.6)
        let availability: Availability =
            hasCreated && random.chance(0.7)
            ? .created
            : random.chance(0.5) ? .event : .delayed(TimeSpan(microseconds: Int64(random.number(0...8))))
        let aggregation = Self.aggregation(span: span, count: isLong ? 12 : random.number(1...14), &random)
        definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: [JoinKey("k", .int64), JoinKey("l", .string)])],
            sources: [Source(name: "s", path: "-", timestamp: "t", created: hasCreated ? "c" : nil)],
            featureViews: [
                FeatureView(
                    name: "a", entities: ["e"], source: "s", availability: availability,
                    features: aggregation.features.enumerated().map { number, feature in
                        let type = aggregation.columns.first { $0.name == feature.column }?.type
                        return Feature(
                            "x\(number)", feature.by == nil ? feature.function.outputType(of: type)! : .string)
                    },
                    aggregation: aggregation)
            ])
        layout = ViewLayout(of: definitions.featureViews[0], in: definitions)
        oracle = BruteForceAggregates(
            aggregation: aggregation, availability: availability, conditions: Self.conditions)
        folder = try TemporaryFolder()
        self.seed = seed
        self.random = random
        try makeEvents(events ?? self.random.number(0...60))
    }

    private static func aggregation(span: Int, count: Int, _ random: inout SeededGenerator) -> Aggregation {
        let hop = random.chance(0.5) ? TimeSpan(microseconds: Int64(random.number(1...max(1, span / 3)))) : nil
        let windows = (0..<4).map { _ in
            AggregateWindow(
                length: random.chance(0.2) ? nil : TimeSpan(microseconds: Int64(random.number(1...span))),
                offset: TimeSpan(microseconds: random.chance(0.7) ? 0 : Int64(random.number(1...max(1, span / 2)))))
        }
        var features: [AggregateFeature] = []
        while features.count < count {
            let column = random.chance(0.1) ? nil : columns.randomElement(using: &random)!
            let functions: [AggregateFunction] = [
                .count, .sum, .mean, .min, .max, .variance, .stddev, .first, .last, .lastN(random.number(1...4)),
                .distinctCount, .quantile(Double(random.number(0...4)) / 4), .rate, .timeSinceLast,
            ]
            let function = functions.randomElement(using: &random)!
            let window = windows.randomElement(using: &random)!
            guard function.outputType(of: column?.type) != nil, !function.needsWindowLength || window.length != nil
            else {
                continue
            }
            let by = random.chance(0.2) ? ["n", "m", "b", "s"].randomElement(using: &random) : nil
            features.append(
                AggregateFeature(
                    function, of: column?.name, over: window,
                    where: random.chance(0.3) ? conditions.keys.sorted().randomElement(using: &random) : nil, by: by,
                    top: by != nil && random.chance(0.5) ? random.number(1...3) : nil))
        }
        return Aggregation(hop: hop, columns: columns, features: features)
    }

    private mutating func makeEvents(_ count: Int) throws {
        let partCount = count == 0 ? 1 : random.number(1...4)
        let isInSlices = random.chance(0.5)
        let lateness = random.number(0...span)
        for number in 0..<partCount {
            var builders = layout.fields.map { ColumnBuilder($0.type) }
            let share = number == partCount - 1 ? count - count / partCount * number : count / partCount
            for _ in 0..<share {
                var time = random.number(0...span)
                if isInSlices { time = time / partCount + number * span / partCount }
                // Some times are before the first tile of all.
                let event = BruteForceAggregates.Event(
                    key: key(random.number(0...keyCount - 1)), time: Int64(time - span / 4),
                    created: layout.hasCreated ? Int64(time - span / 4 + random.number(-2...lateness)) : nil,
                    order: oracle.events.count, values: Self.columns.map { value($0.type) })
                oracle.events.append(event)
                var cells = event.key + [.timestamp(Timestamp(microseconds: event.time))]
                if let created = event.created { cells.append(.timestamp(Timestamp(microseconds: created))) }
                for (i, cell) in (cells + event.values).enumerated() {
                    let fits = builders[i].append(cell)
                    #expect(fits)
                }
            }
            var columns: [Column] = []
            for i in builders.indices { columns.append(builders[i].finish()) }
            let table = Table(fields: layout.fields, columns: columns, rowCount: share)
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

    private func key(_ number: Int) -> [Value] { [.int(Int64(number)), .string(number % 2 == 0 ? "" : "odd")] }

    private mutating func value(_ type: FeatureType) -> Value {
        guard isTame else { return random.value(type) }
        if random.chance(0.1) { return .null }
        switch type {
        case .float32: return .float32(Float(random.number(-500...500)) / 7)
        case .float64: return .float64(Double(random.number(-5000...5000)) / 7)
        case .int32, .int64: return .int(Int64(random.number(-3...9)))
        case .string: return .string(["", "a", "b", "ab"][random.number(0...3)])
        case .timestamp: return .timestamp(Timestamp(microseconds: Int64(random.number(0...9))))
        default: return random.value(type)
        }
    }

    mutating func check() throws {
        let rows = random.number(0...50)
        var keys: [[Value]] = []
        var times: [Int64] = []
        for _ in 0..<rows {
            var entityKey = key(random.number(0...keyCount))
            if random.chance(0.05) { entityKey[random.number(0...1)] = .null }
            keys.append(entityKey)
            times.append(Int64(random.number(-3 - span / 4...span * 2)))
        }
        let entities = try EntityRows(
            Table(
                fields: [Field("k", .int64), Field("l", .string), Field("event_timestamp", .instant)],
                columns: [
                    Column(.int64, keys.map { $0[0] }), Column(.string, keys.map { $0[1] }),
                    Column(.instant, times.map { .timestamp(Timestamp(microseconds: $0)) }),
                ], rowCount: rows), origin: "entities")
        let service = try ResolvedService(
            references: [FeatureReference(view: "a", feature: nil)], in: definitions, fullNames: false)
        let history = parts
        var builder = TrainingSetBuilder(
            service: service, definitions: definitions, withTimes: true, history: { _ in history })
        if isCutFinely {
            builder.aggregateTuning = AggregateJoin.Tuning(
                rangeRows: random.number(1...30), batchEvents: random.number(1...60))
        }
        let result = try builder.build(for: entities)
        var outcomes: [String: Int] = [:]
        let lasts = try #require(result.table.column("a__event_timestamp"))
        for row in 0..<rows {
            let (outcome, last) = oracle.outcome(key: keys[row], at: times[row])
            outcomes[outcome, default: 0] += 1
            #expect(
                lasts.value(at: row) == last.map { .timestamp(Timestamp(microseconds: $0)) } ?? .null,
                "seed \(seed), row \(row): \(outcome)")
            for (number, feature) in oracle.aggregation.features.enumerated() {
                let expected = oracle.value(number, key: keys[row], at: times[row], &random)
                let output = try #require(result.table.column("x\(number)")).value(at: row)
                guard output.exactText != expected.exactText else { continue }
                Issue.record(
                    "seed \(seed), row \(row) at \(times[row]): \(feature), \(oracle.availability): \(output), not \(expected)"
                )
                return
            }
        }
        let coverage = result.coverage[0]
        for (name, count) in [
            ("found", coverage.found), ("keyNull", coverage.keyNull), ("keyUnknown", coverage.keyUnknown),
            ("beforeHistory", coverage.beforeHistory), ("tooOld", coverage.tooOld),
            ("notYetKnown", coverage.notYetKnown),
        ] {
            #expect(count == outcomes[name, default: 0], "seed \(seed): \(name)")
        }
    }
}
