import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// A random case of a view with aggregates: events pushed, ingested, late, repeated, of the future; and what is online
/// against the rule.
struct OnlineAggregateTrial {
    let seed: UInt64
    var random: SeededGenerator
    let fixture: StoreFixture
    var oracle: WindowOracle
    /// Sequences do not tell what is online of ingested events: these are not, yet.
    private var waiting: [WindowOracle.Event] = []
    private var online: WindowOracle
    private let hasCreated: Bool
    private var batches: [(id: String, table: Table)] = []
    private static let keys: [Int64] = [0, 1, 2, 3]

    static func definitions(hop: String, available: String, hasCreated: Bool, windows: String, lifetime: Bool) -> String
    {
        """
        entities: {e: {join_keys: {id: int64}}}
        sources:
          s: {path: "data/*.csv", timestamp: t\(hasCreated ? ", created: c" : "")}
        feature_views:
          v:
            entities: [e]
            source: s
            available: \(available)
            aggregate:
              \(hop)
              windows: [\(windows)\(lifetime ? ", lifetime" : "")]
              columns: {zone: string}
              features:
                events: {functions: [count, time_since_last]}
                x: {type: float64, functions: [sum, mean, min, max, variance, stddev, quantile(0.5), last, first, distinct_count]}
                n: {type: int64, functions: [sum, mean, max]}
                some: {column: n, functions: [sum, count], where: "x > 0.5"}
                other: {functions: [count], where: "id == 1 or n > 3"}
                pace: {functions: [rate], windows: [20s]}
                zones: {functions: [count], by: zone, top: 2}
                zone_n: {column: n, functions: [sum], by: zone}
                zone: {column: zone, functions: [last, last_n(3), distinct_count]}
        """
    }

    init(seed: UInt64) throws {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        hasCreated = random.chance(0.5)
        var choices: [(String, Availability)] = [("event", .event), ("40s", .delayed(.seconds(40)))]
        if hasCreated { choices.append(("created", .created)) }
        let (available, availability) = choices[random.number(0...choices.count - 1)]
        let hop: Int64? = random.chance(0.6) ? 10 : nil
        let windows = ["20s, 5m", "1m, 3h", "20s, 10m, {window: 1h, offset: 30m}", "2m, 1d"][random.number(0...3)]
        fixture = try StoreFixture(
            Self.definitions(
                hop: hop.map { "hop: \($0)s" } ?? "exact: true", available: available, hasCreated: hasCreated,
                windows: windows, lifetime: random.chance(0.5)))
        fixture.clock.time = seconds(100_000)
        oracle = WindowOracle(availability: availability, hop: hop)
        online = oracle
        self.random = random
        if self.random.chance(0.5) { try fixture.reopen(limit: .init(batches: 3, bytes: 1 << 20)) }
    }

    var now: Int64 { fixture.clock.time.microseconds / 1_000_000 }

    mutating func run(steps: Int) throws {
        for step in 0..<steps {
            if random.chance(0.6) {
                fixture.clock.time = seconds(now + [1, 7, 30, 300, 2000, 20_000][random.number(0...5)])
            }
            switch random.number(0...11) {
            case 0...5: try push()
            case 6: try pushAgain()
            case 7: try ingest()
            case 8: _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: random.chance(0.5))
            case 9: try fixture.reopen(limit: .init(batches: random.number(1...5), bytes: 1 << 20))
            default: try materialize()
            }
            try check(at: now, step)
            // Later times, too: what has not happened yet, and tiles that windows have left.
            if random.chance(0.3) { try check(at: now + Int64(random.number(1...30_000)), step) }
        }
        try materialize()
        try check(at: now, steps)
    }

    private mutating func events() -> [WindowOracle.Event] {
        let isLarge = random.chance(0.2)
        return (0..<random.number(1...(isLarge ? 150 : 8))).map { _ in
            let back: Int64 =
                switch random.number(0...9) {
                case 0: -Int64(random.number(1...60))
                case 1: Int64(random.number(0...90_000))
                case 2: Int64(random.number(0...4000))
                default: Int64(random.number(0...100))
                }
            let time = now - back
            return WindowOracle.Event(
                key: random.chance(0.5) ? 1 : Self.keys.randomElement(using: &random) ?? 0, time: time,
                created: hasCreated ? now - Int64(random.number(-50...200)) : nil,
                x: random.chance(0.1) ? nil : Double(random.number(-2000...2000)) / 64,
                n: random.chance(0.1) ? nil : Int64(random.number(-9...9)),
                zone: random.chance(0.1) ? nil : ["a", "b", "c", "d"][random.number(0...3)])
        }
    }

    private func table(_ events: [WindowOracle.Event]) -> Table {
        var fields = [
            Field("id", .int64), Field("t", .instant), Field("x", .float64), Field("n", .int64), Field("zone", .string),
        ]
        var columns = [
            Column(.int64, events.map { .int($0.key) }),
            Column(.instant, events.map { .timestamp(seconds($0.time)) }),
            Column(.float64, events.map { $0.x.map(Value.float64) ?? .null }),
            Column(.int64, events.map { $0.n.map(Value.int) ?? .null }),
            Column(.string, events.map { $0.zone.map(Value.string) ?? .null }),
        ]
        if hasCreated {
            fields.append(Field("c", .instant))
            columns.append(Column(.instant, events.map { $0.created.map { .timestamp(seconds($0)) } ?? .null }))
        }
        return Table(fields: fields, columns: columns, rowCount: events.count)
    }

    private mutating func push() throws {
        let events = events()
        let table = table(events)
        let id = "batch \(batches.count)"
        try fixture.store.push("v", table: table, batchID: id)
        batches.append((id, table))
        oracle.events += events
        try note(events)
    }

    /// What is pushed is online at once, unless there is a history of which nothing is.
    private mutating func note(_ events: [WindowOracle.Event]) throws {
        if try fixture.store.onlineState(of: "v").updated != nil {
            online.events += events
        } else {
            waiting += events
        }
    }

    private mutating func pushAgain() throws {
        guard let batch = batches.randomElement(using: &random) else { return }
        #expect(try fixture.store.push("v", table: batch.table, batchID: batch.id).isRepeated)
    }

    private mutating func ingest() throws {
        let events = events()
        _ = try fixture.store.ingest("v", table: table(events), origin: "file")
        oracle.events += events
        waiting += events
    }

    private mutating func materialize() throws {
        _ = try fixture.store.materialize("v", isFull: random.chance(0.2))
        online.events = oracle.events
        waiting = []
    }

    func check(at time: Int64, _ step: Int) throws {
        guard try fixture.store.onlineState(of: "v").updated != nil else { return }
        // Of equal times, the order of arrival counts, which is that of all events.
        var expected = oracle
        var missing = waiting
        expected.events.removeAll { event in
            guard let place = missing.firstIndex(of: event) else { return false }
            missing.remove(at: place)
            return true
        }
        let definitions = try fixture.store.definitions()
        let view = try #require(definitions.featureView(named: "v"))
        let features = try #require(view.aggregation).features
        let reader = try fixture.store.onlineReader(
            for: .features(view.features.map { FeatureReference(view: "v", feature: $0.name) }), isStrict: true)
        let keys = Self.keys + [99]
        let rows = try reader.read([Column(.int64, keys.map { .int($0) })], at: seconds(time))
        for (key, row) in zip(keys, rows) {
            for (place, feature) in features.enumerated() {
                let wanted = expected.value(of: feature, key: key, at: time)
                #expect(
                    row[place].value.exactText == wanted.exactText,
                    "seed \(seed), step \(step), key \(key), \(view.features[place].name) at \(time)")
                #expect(row[place].status == (wanted == .null ? .nullValue : .present))
            }
        }
    }
}
