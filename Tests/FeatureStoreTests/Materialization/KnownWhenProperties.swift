import Columnar
import Testing

@testable import FeatureStore

/// What was known when: a training row has what an online store, fed in order of arrival, served at the row's time; and
/// what arrives later changes it no more.
@Suite struct KnownWhenProperties {
    @Test(arguments: 0..<20)
    func aTrainingRowHasWhatWasServedAtItsTime(seed: UInt64) throws {
        var trial = try StreamTrial(seed: seed)
        try trial.run()
    }
}

/// One random stream of late, corrected, backfilled and announced rows, each of which arrives when it becomes known.
private struct StreamTrial {
    private struct Row {
        var arrival: Int64
        var id: Int64
        var event: Int64
        var value: Int64?
    }

    private var random: SeededGenerator
    private let seed: UInt64
    private let fixture: StoreFixture
    private let availability: Availability
    private let ttl: Int64?
    private let pushesOnly: Bool
    private let ids: [Int64] = [1, 2, 3]
    private static let span: Int64 = 24

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        availability = [.created, .created, .event, .delayed(.seconds(Int64(random.number(1...6))))][Int(seed % 4)]
        ttl = random.chance(0.5) ? Int64(random.number(1...10)) : nil
        pushesOnly = random.chance(0.3)
        fixture = try StoreFixture(
            """
            entities:
              e: {join_keys: {id: int64}}
            sources:
              s: {path: "data/*.csv", timestamp: t\(availability == .created ? ", created: c" : "")}
            feature_views:
              v:
                entities: [e]
                source: s
                available: \(availability)
                \(ttl.map { "ttl: \($0)s" } ?? "tags: {}")
                features: {x: int64, s: string}
            """)
        self.seed = seed
        self.random = random
    }

    mutating func run() throws {
        let rows = stream()
        var served: [[Int64?]] = []
        var trained: [(by: Int64, at: Int64, values: [Int64?])] = []
        for time in 0...Self.span {
            fixture.clock.time = seconds(time)
            try feed(rows.filter { $0.arrival == time })
            served.append(try fixture.online(ids))
            guard random.chance(0.2) else { continue }
            for earlier in 0...time {
                trained.append((by: time, at: earlier, values: try fixture.training(ids, at: earlier)))
            }
        }
        if random.chance(0.5) { _ = try fixture.store.compact("v", keeping: .seconds(0), isFull: true) }
        let now = try (0...Self.span).map { try fixture.training(ids, at: $0) }
        for time in 0...Self.span {
            let place: Comment =
                "seed \(seed), time \(time), \(availability), ttl \(ttl ?? -1), pushes only \(pushesOnly)"
            #expect(served[Int(time)] == now[Int(time)], place)
            #expect(now[Int(time)] == ids.map { expected(rows, id: $0, at: time) }, place)
        }
        for earlier in trained {
            #expect(earlier.values == now[Int(earlier.at)], "seed \(seed), time \(earlier.at) by \(earlier.by)")
        }
    }

    // MARK: - The stream

    /// Rows that arrive no later than they may be used, in order of arrival.
    private mutating func stream() -> [Row] {
        var rows: [Row] = []
        for number in 0..<random.number(10...60) {
            let event = Int64(random.number(0...Int(Self.span)))
            let value: Int64? = random.chance(0.1) ? nil : Int64(number)
            var row = Row(arrival: 0, id: Int64(random.number(1...ids.count)), event: event, value: value)
            switch availability {
            case .created:
                if random.chance(0.3), let corrected = rows.randomElement(using: &random) {
                    (row.id, row.event) = (corrected.id, corrected.event)
                    row.arrival = corrected.arrival + Int64(random.number(0...8))
                } else if random.chance(0.3) {
                    // A backfill: all at one moment, whenever they happened.
                    row.arrival = 15
                } else {
                    row.arrival = event + Int64(random.number(-3...9))
                }
            case .event: row.arrival = event - Int64(random.number(0...3))
            case .delayed(let delay):
                row.arrival = event + Int64(random.number(-1...Int(delay.microseconds / 1_000_000)))
            }
            row.arrival = max(0, row.arrival)
            rows.append(row)
        }
        return rows.enumerated().sorted { ($0.element.arrival, $0.offset) < ($1.element.arrival, $1.offset) }
            .map(\.element)
    }

    /// Takes in what arrives at this moment, and brings the online store up to it.
    private mutating func feed(_ rows: [Row]) throws {
        var rest = rows[...]
        while !rest.isEmpty {
            let part = rest.prefix(random.number(1...rest.count))
            rest = rest.dropFirst(part.count)
            let pushes = pushesOnly || random.chance(0.5)
            // A row that is pushed without 'created' becomes known by the push, which is now.
            let says = availability == .created && (!pushes || random.chance(0.5))
            let table = fixture.table(part.map { ($0.id, $0.event, $0.arrival, $0.value) }, withCreated: says)
            if pushes {
                try fixture.store.push("v", table: table)
            } else {
                _ = try fixture.store.ingest("v", table: table, origin: "rows")
            }
        }
        if pushesOnly || random.chance(0.3) { try fixture.store.pusher().bringOnline() }
        if !pushesOnly {
            _ = try fixture.store.materialize("v", to: fixture.clock.time, isFull: random.chance(0.1))
        }
    }

    // MARK: - The oracle

    /// The rule word for word, of all rows that ever arrived.
    private func expected(_ rows: [Row], id: Int64, at time: Int64) -> Int64? {
        var oracle = BruteForceJoin(
            history: [], ttl: ttl.map { $0 * 1_000_000 }, availability: availability, isTimeless: false)
        oracle.history = rows.enumerated().map { order, row in
            BruteForceJoin.HistoryRow(
                key: [.int(row.id)], event: row.event * 1_000_000,
                created: availability == .created ? row.arrival * 1_000_000 : .min, end: nil, order: order,
                value: row.value.map(Value.int) ?? .null)
        }
        guard case .int(let value) = oracle.choose(key: [.int(id)], time: time * 1_000_000).row?.value else {
            return nil
        }
        return value
    }
}
