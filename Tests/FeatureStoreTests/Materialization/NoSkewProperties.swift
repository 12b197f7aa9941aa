import Columnar
import Testing

@testable import FeatureStore

/// The promise of no skew: what is served online at a time is what a training set has at that time, bit for bit.
@Suite struct NoSkewProperties {
    @Test(arguments: 0..<40)
    func onlineServesWhatATrainingSetHas(seed: UInt64) throws {
        var trial = try SkewTrial(seed: seed)
        try trial.run()
    }
}

/// One random case: a view whose rows arrive in several ingestions, late and early, and runs of materialization between.
private struct SkewTrial {
    private var random: SeededGenerator
    private let seed: UInt64
    private let folder: TemporaryFolder
    private let definitions: Definitions
    private let layout: ViewLayout
    private let service: ResolvedService
    private let catalog: Catalog
    private let online: OnlineStore
    private var oracle: BruteForceJoin
    private let keys: [[Value]]
    private static let steps = 6
    private static let microsecondsAStep: Int64 = 10

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let keyTypes: [FeatureType] = [[.int64], [.string], [.int32, .string]][random.number(0...2)]
        let isTimeless = random.chance(0.1)
        let hasCreated = !isTimeless && random.chance(0.6)
        let hasEnd = !isTimeless && random.chance(0.4)
        var choices: [Availability] = [.event]
        if !isTimeless { choices.append(.delayed(TimeSpan(microseconds: Int64(random.number(1...15))))) }
        if hasCreated { choices.append(.created) }
        let ttl = isTimeless || random.chance(0.4) ? nil : TimeSpan(microseconds: Int64(random.number(0...30)))
        let features = FeatureType.allKinds.enumerated().map { Feature("f\($0)", $1) }
        definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: keyTypes.enumerated().map { JoinKey("k\($0)", $1) })],
            sources: [
                Source(
                    name: "s", path: "-", timestamp: isTimeless ? nil : "t", validTo: hasEnd ? "e" : nil,
                    created: hasCreated ? "c" : nil)
            ],
            featureViews: [
                FeatureView(
                    name: "v", entities: ["e"], source: "s", ttl: ttl,
                    availability: choices[random.number(0...choices.count - 1)], features: features)
            ])
        let view = definitions.featureViews[0]
        layout = ViewLayout(of: view, in: definitions)
        service = try ResolvedService(
            references: [FeatureReference(view: "v", feature: nil)], in: definitions, fullNames: false)
        folder = try TemporaryFolder()
        catalog = try Catalog(path: folder.path + "/catalog.sqlite", isReadOnly: false)
        online = try OnlineStore(path: folder.path + "/online")
        oracle = BruteForceJoin(
            history: [], ttl: ttl?.microseconds, availability: view.availability, isTimeless: isTimeless)
        let count = random.number(1...8)
        keys = (0..<count).map { number in
            keyTypes.map { $0 == .string ? .string("key \(number % 3)") : .int(Int64(number)) }
        }
        self.seed = seed
        self.random = random
    }

    mutating func run() throws {
        for step in 1...Self.steps {
            let time = Timestamp(microseconds: Int64(step) * Self.microsecondsAStep)
            for _ in 0..<random.number(0...2) { try ingest(rows: random.number(1...12)) }
            guard random.chance(0.7) || step == Self.steps else { continue }
            _ = try materialize(into: online, at: time, isFull: random.chance(0.1))
            try check(online, at: time, "incremental")
            try check(onlineFromScratch(at: time, number: step), at: time, "full")
        }
    }

    /// Rows of any event time, later than now too, known before they happened or long after.
    private mutating func ingest(rows: Int) throws {
        let span = Self.steps * Int(Self.microsecondsAStep)
        var builders = layout.fields.map { ColumnBuilder($0.type) }
        for _ in 0..<rows {
            let key = keys[random.number(0...keys.count - 1)]
            let event = random.number(0...span)
            let row = BruteForceJoin.HistoryRow(
                key: key, event: layout.isTimeless ? .min : Int64(event),
                created: layout.hasCreated ? Int64(random.number(0...span)) : .min,
                end: layout.hasEnd && random.chance(0.6) ? Int64(event + random.number(0...span / 2)) : nil,
                order: oracle.history.count,
                value: .list(layout.view.features.map { random.value($0.type) }))
            oracle.history.append(row)
            var cells = key
            if !layout.isTimeless { cells.append(.timestamp(Timestamp(microseconds: row.event))) }
            if layout.hasCreated { cells.append(.timestamp(Timestamp(microseconds: row.created))) }
            if layout.hasEnd { cells.append(row.end.map { .timestamp(Timestamp(microseconds: $0)) } ?? .null) }
            if case .list(let values) = row.value { cells += values }
            for (i, cell) in cells.enumerated() {
                let fits = builders[i].append(cell)
                #expect(fits)
            }
        }
        var columns: [Column] = []
        for i in builders.indices { columns.append(builders[i].finish()) }
        let sequence = try catalog.lastSequence(of: "v") + 1
        let record = try SegmentWriter(layout: layout, folder: folder.path).write(
            Table(fields: layout.fields, columns: columns, rowCount: rows), sequences: sequence...sequence)
        try catalog.commit(view: layout.view, adding: [record], reason: "ingest")
    }

    private func history() throws -> [HistoryPart] {
        try catalog.segments(of: "v").map { .segment(try SegmentFile($0, layout: layout, folder: folder.path)) }
    }

    private func materialize(into store: OnlineStore, at time: Timestamp, isFull: Bool) throws -> MaterializationSummary
    {
        try Materialization(
            catalog: catalog, online: store, view: OnlineView(layout.view, in: definitions), layout: layout,
            history: history(), replay: HotLogReplay(catalog: catalog, target: try PushTarget("v", in: definitions))
        )
        .run(from: nil, to: time, isFull: isFull)
    }

    private func onlineFromScratch(at time: Timestamp, number: Int) throws -> OnlineStore {
        let store = try OnlineStore(path: "\(folder.path)/scratch\(number)")
        _ = try materialize(into: store, at: time, isFull: true)
        return store
    }

    private func check(_ store: OnlineStore, at time: Timestamp, _ kind: String) throws {
        let training = try trainingValues(at: time)
        let reader = try ServiceReader(service, definitions: definitions, store: store)
        for (key, expected) in zip(keys, training) {
            let read = try #require(try reader.read(key, at: time))
            let place: Comment =
                "seed \(seed), \(kind) at \(time.microseconds), key \(key), \(layout.view.availability)"
            #expect(read.map(\.value.exactText) == expected.map(\.exactText), place)
            let chosen = oracle.choose(key: key, time: time.microseconds).row
            let statuses = Set(read.map(\.status))
            #expect(
                statuses.isSubset(of: chosen == nil ? [.notFound, .outsideMaxAge] : [.present, .nullValue]), place)
        }
    }

    /// The features of all keys in a training set whose rows are at `time`.
    private func trainingValues(at time: Timestamp) throws -> [[Value]] {
        var fields = layout.keys.map { Field($0.name, $0.type.dataType) }
        var columns = layout.keys.indices.map { place in
            Column(layout.keys[place].type.dataType, keys.map { $0[place] })
        }
        fields.append(Field("event_timestamp", .instant))
        columns.append(Column(.instant, keys.map { _ in .timestamp(time) }))
        let entities = try EntityRows(Table(fields: fields, columns: columns), origin: "entities")
        let set = try TrainingSetBuilder(service: service, definitions: definitions, withTimes: false) { _ in
            try history()
        }.build(for: entities)
        let features = set.table.columns.dropFirst(fields.count)
        return keys.indices.map { row in features.map { $0.value(at: row) } }
    }
}
