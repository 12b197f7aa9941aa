import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Windows online: what a user sees of them, beside what `AggregateProperties` proves of their values.
@Suite struct AggregatesOnlineTests {
    static func definitions(
        windows: String = "1m", hop: String = "hop: 10s", features: String = "n: {type: int64, functions: [count, sum]}"
    ) -> String {
        """
        entities: {e: {join_keys: {id: int64}}}
        sources: {s: {path: "data/*.csv", timestamp: t}}
        feature_views:
          v:
            entities: [e]
            source: s
            aggregate: {\(hop), windows: [\(windows)], features: {\(features)}}
        """
    }

    static func table(_ events: [(id: Int64, t: Int64, n: Int64?)]) -> Table {
        Table(
            fields: [Field("id", .int64), Field("t", .instant), Field("n", .int64)],
            columns: [
                Column(.int64, events.map { .int($0.id) }), Column(.instant, events.map { .timestamp(seconds($0.t)) }),
                Column(.int64, events.map { $0.n.map(Value.int) ?? .null }),
            ], rowCount: events.count)
    }

    private func read(
        _ fixture: StoreFixture, _ feature: String, of id: Int64, at time: Int64? = nil
    ) throws -> OnlineValue {
        let reader = try fixture.store.onlineReader(
            for: .features([FeatureReference(view: "v", feature: feature)]), isStrict: true)
        return try #require(try reader.read([.int(id)], at: time.map(seconds) ?? fixture.clock.time))[0]
    }

    @Test func anEventCountsAfterItsTimeAndNoLongerThanItsWindow() throws {
        let fixture = try StoreFixture(Self.definitions())
        fixture.clock.time = seconds(1000)
        try fixture.store.push("v", table: Self.table([(1, 1000, 5), (1, 1000, 7)]))
        #expect(try read(fixture, "n_sum_1m", of: 1).value == .null)
        #expect(try read(fixture, "n_count_1m", of: 1).value == .int(0))
        #expect(try read(fixture, "n_count_1m", of: 1).eventTime == nil)
        let later = try read(fixture, "n_sum_1m", of: 1, at: 1001)
        #expect(later.value == .int(12) && later.status == .present && later.eventTime == seconds(1000))
        #expect(try read(fixture, "n_sum_1m", of: 1, at: 1069).value == .int(12))
        #expect(try read(fixture, "n_sum_1m", of: 1, at: 1070).value == .null)
    }

    @Test func aKeyWithoutEventsCountsNothing() throws {
        let fixture = try StoreFixture(Self.definitions())
        try fixture.store.push("v", table: Self.table([(1, 1000, 5)]))
        #expect(try read(fixture, "n_count_1m", of: 2) == OnlineValue(value: .int(0), status: .present, eventTime: nil))
        #expect(try read(fixture, "n_sum_1m", of: 2) == OnlineValue(value: .null, status: .nullValue, eventTime: nil))
        let reader = try fixture.store.onlineReader(
            for: .features([FeatureReference(view: "v", feature: "n_count_1m")]))
        #expect(try reader.read([Column(.int64, [.null])], at: .now)[0][0].status == .notFound)
    }

    @Test func vectorsHoldWindowsToo() throws {
        let fixture = try StoreFixture(Self.definitions())
        try fixture.store.push("v", table: Self.table([(1, 990, 5), (1, 991, 7), (2, 995, 1)]))
        let reader = try fixture.store.onlineReader(
            for: .features(["n_sum_1m", "n_count_1m"].map { FeatureReference(view: "v", feature: $0) }))
        var vectors = [Float](repeating: -1, count: 6)
        try vectors.withUnsafeMutableBufferPointer { target in
            try reader.readVectors(
                [Column(.int64, [.int(1), .int(3), .int(2)])], at: fixture.clock.time, into: target)
        }
        #expect(vectors[0] == 12 && vectors[1] == 2 && vectors[2].isNaN && vectors[3] == 0)
        #expect(vectors[4] == 1 && vectors[5] == 1)
    }

    /// History of long ago, as of then: windows are told from then on, and what is gone is an error and not a zero.
    @Test func historyIsBroughtOnlineAsOfItsTime() throws {
        let fixture = try StoreFixture(Self.definitions())
        try fixture.store.push("v", table: Self.table([(1, 990, 5), (1, 991, 7), (2, 995, 1)]))
        fixture.clock.time = seconds(5_000_000)
        try fixture.store.materialize("v", to: seconds(1000), isFull: true)
        #expect(try read(fixture, "n_sum_1m", of: 1, at: 1000).value == .int(12))
        #expect(try read(fixture, "n_count_1m", of: 3, at: 1000).value == .int(0))
        #expect(throws: OnlineError.self) { try read(fixture, "n_count_1m", of: 3, at: -50_000) }
        try fixture.store.materialize("v", isFull: true)
        #expect(throws: OnlineError.self) { try read(fixture, "n_sum_1m", of: 1, at: 1000) }
        #expect(try read(fixture, "n_count_1m", of: 1).value == .int(0))
    }

    /// Computed features read windows as they read what is stored, in rows and in vectors.
    @Test func windowsAreComputedWith() throws {
        let fixture = try StoreFixture(
            Self.definitions() + """

                on_demand_feature_views:
                  r:
                    request: {limit: int64}
                    features: {left: {type: int64, expression: "limit - v:n_sum_1m"}}
                """)
        try fixture.store.push("v", table: Self.table([(1, 990, 5), (1, 991, 7), (2, 995, 1)]))
        let reader = try fixture.store.onlineReader(
            for: .features([("r", "left"), ("v", "n_count_1m")].map { FeatureReference(view: $0.0, feature: $0.1) }))
        let keys = [Column(.int64, [.int(1), .int(3), .int(2)]), Column(.int64, [.int(20), .int(20), .int(1)])]
        let rows = try reader.read(keys, at: fixture.clock.time).map { $0.map(\.value) }
        #expect(rows == [[.int(8), .int(2)], [.null, .int(0)], [.int(0), .int(1)]])
        var vectors = [Float](repeating: -1, count: 6)
        try vectors.withUnsafeMutableBufferPointer { target in
            try reader.readVectors(keys, at: fixture.clock.time, into: target)
        }
        #expect(vectors[0] == 8 && vectors[1] == 2 && vectors[2].isNaN && vectors[3] == 0)
        #expect(vectors[4] == 0 && vectors[5] == 1)
    }

    @Test(.timeLimit(.minutes(1))) func damagedStatesAreToldAndDoNotCrash() throws {
        let fixture = try StoreFixture(Self.definitions(windows: "1m, lifetime"))
        fixture.clock.time = seconds(50_000)
        try fixture.store.push("v", table: Self.table((0..<300).map { (id: 1, t: 49_900 - Int64($0) * 100, n: 1) }))
        let store = try #require(try fixture.store.onlineStoreIfPresent())
        var random = SeededGenerator(seed: 1)
        let key = KeyEncoder([.int64]).encode([.int(1)]) ?? []
        let sound = try store.withSnapshot { snapshot in
            let tree = try #require(try snapshot.tree("view:v"))
            let value = try key.withUnsafeBytes { try snapshot.value(for: $0, in: tree).map { Array($0) } }
            return try #require(value)
        }
        for _ in 0..<60 {
            var bytes = sound
            for _ in 0..<random.number(1...4) {
                bytes[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255))
            }
            try store.writing(to: ["v"]) { transaction, _, _, databases in
                guard let database = databases["v"] else { return }
                try bytes.withUnsafeBytes { value in
                    try key.withUnsafeBytes { try transaction.put(value, for: $0, in: database) }
                }
            }
            _ = try? read(fixture, "n_count_lifetime", of: 1)
            _ = try fixture.store.checkOnline(comparesHistory: false)
        }
        _ = try fixture.store.materialize("v", isFull: true)
        #expect(try read(fixture, "n_count_lifetime", of: 1).value == .int(300))
    }

    /// Tens of thousands of events of one key in one window: what is kept of it stays bounded.
    @Test func aCrowdedKeyIsKeptInTiles() throws {
        let fixture = try StoreFixture(Self.definitions(windows: "1h, 1d"))
        var sum: Int64 = 0
        for batch in 0..<20 {
            fixture.clock.time = seconds(100_000 + Int64(batch))
            let events = (0..<1000).map { (id: Int64(7), t: 99_999 + Int64(batch), n: Int64?(Int64($0))) }
            try fixture.store.push("v", table: Self.table(events))
            sum += 999 * 500
        }
        #expect(try read(fixture, "n_sum_1h", of: 7, at: 100_020).value == .int(sum))
        #expect(try read(fixture, "n_count_1d", of: 7, at: 100_020).value == .int(20_000))
        let bytes = try fixture.store.onlineStatistics().views[0].bytes
        #expect(bytes < 400_000, "\(bytes) bytes")
        #expect(try fixture.store.checkOnline().isSound)
    }

    @Test func whatWasAskedTooEarlyIsToldAndNotGuessed() throws {
        let fixture = try StoreFixture(Self.definitions())
        fixture.clock.time = seconds(10_000)
        try fixture.store.push("v", table: Self.table((0..<100).map { (id: 1, t: 9900 - $0 % 7, n: 1) }))
        #expect(throws: OnlineError.self) { try read(fixture, "n_count_1m", of: 1, at: 9895) }
        #expect(try read(fixture, "n_count_1m", of: 1, at: 9950).value == .int(100))
    }

    @Test func aFeatureThatNeedsMoreThanIsKeptIsRefusedUntilItIsMadeAnew() throws {
        let fixture = try StoreFixture(Self.definitions())
        try fixture.store.push("v", table: Self.table([(1, 900, 5), (1, 990, 7)]))
        #expect(try read(fixture, "n_sum_1m", of: 1).value == .int(7))
        try fixture.apply(Self.definitions(windows: "1m, 5m"))
        try fixture.reopen()
        let refusal = #expect(throws: OnlineError.self) { try read(fixture, "n_sum_5m", of: 1) }
        #expect(
            refusal?.description
                == "view 'v': its windows reach further back than what is kept online; materialize it again with --full"
        )
        // What was there goes on being told, and is told with what is pushed meanwhile.
        try fixture.store.push("v", table: Self.table([(1, 995, 1)]))
        #expect(try read(fixture, "n_sum_1m", of: 1).value == .int(8))
        _ = try fixture.store.materialize("v", isFull: true)
        #expect(try read(fixture, "n_sum_5m", of: 1).value == .int(13))
    }

    /// A group that was left out for a while lacks events, however its name is.
    @Test func aFeatureThatComesBackIsMadeAnewFirst() throws {
        let both = "n: {type: int64, functions: [count, sum]}, all: {functions: [count]}"
        let fixture = try StoreFixture(Self.definitions(features: both))
        try fixture.store.push("v", table: Self.table([(1, 990, 5)]))
        #expect(try read(fixture, "all_count_1m", of: 1).value == .int(1))
        try fixture.apply(Self.definitions(), allowsRemoval: true)
        try fixture.reopen()
        try fixture.store.push("v", table: Self.table([(1, 991, 5)]))
        try fixture.apply(Self.definitions(features: both))
        try fixture.reopen()
        #expect(throws: OnlineError.self) { try read(fixture, "all_count_1m", of: 1) }
        #expect(try read(fixture, "n_count_1m", of: 1).value == .int(2))
        _ = try fixture.store.materialize("v", isFull: true)
        #expect(try read(fixture, "all_count_1m", of: 1).value == .int(2))
    }

    @Test func aDeletedKeyLeavesNoTiles() throws {
        let fixture = try StoreFixture(Self.definitions())
        let events = (0..<200).map { (id: Int64($0 % 2), t: 900 - Int64($0), n: Int64?(1)) }
        try fixture.store.push("v", table: Self.table(events))
        let store = try #require(try fixture.store.onlineStoreIfPresent())
        func chunks() throws -> Int {
            try store.withSnapshot { try $0.tree(TileKey.databaseName(of: "v"))?.entries ?? 0 }
        }
        let before = try chunks()
        #expect(before > 0)
        #expect(try store.remove([KeyEncoder([.int64]).encode([.int(0)]) ?? []][...], from: "v") == 1)
        #expect(try chunks() * 2 == before)
        #expect(try fixture.store.checkOnline(comparesHistory: false).isSound)
        #expect(try read(fixture, "n_count_1m", of: 0).value == .int(0))
    }

    @Test func pruningRemovesWhatNoWindowReaches() throws {
        let fixture = try StoreFixture(Self.definitions())
        let events = (0..<200).map { (id: Int64($0 % 2), t: 900 - Int64($0), n: Int64?(1)) }
        try fixture.store.push("v", table: Self.table(events))
        fixture.clock.time = seconds(90_000)
        try fixture.store.push("v", table: Self.table([(3, 89_990, 1)]))
        let summary = try fixture.store.pruneOnline()
        #expect(summary.map(\.rowsRemoved) == [2] && summary.map(\.rowsLeft) == [1])
        let store = try #require(try fixture.store.onlineStoreIfPresent())
        #expect(try store.withSnapshot { try $0.tree(TileKey.databaseName(of: "v"))?.entries } == 0)
        #expect(try read(fixture, "n_count_1m", of: 3).value == .int(1))
        #expect(try read(fixture, "n_count_1m", of: 1).value == .int(0))
    }

    /// A history of which nothing is online is not begun in its middle.
    @Test func pushesIntoAViewThatIsNotOnlineWaitForTheRest() throws {
        let fixture = try StoreFixture(Self.definitions())
        _ = try fixture.store.ingest("v", table: Self.table([(1, 990, 5)]), origin: "file")
        try fixture.store.push("v", table: Self.table([(1, 991, 5)]))
        #expect(throws: StoreError.self) { try read(fixture, "n_count_1m", of: 1) }
        _ = try fixture.store.materialize("v")
        #expect(try read(fixture, "n_count_1m", of: 1).value == .int(2))
    }

    @Test func aKeyThatIsTooLongIsRefusedInOneSentence() throws {
        let text = Self.definitions().replacingOccurrences(of: "id: int64", with: "id: string")
        let fixture = try StoreFixture(text)
        let table = Table(
            fields: [Field("id", .string), Field("t", .instant), Field("n", .int64)],
            columns: [
                Column(.string, [.string(String(repeating: "k", count: 505))]),
                Column(.instant, [.timestamp(seconds(1))]), Column(.int64, [.int(1)]),
            ], rowCount: 1)
        let error = #expect(throws: OnlineError.self) { try fixture.store.push("v", table: table) }
        #expect(error?.message.contains("its key takes 507 bytes, more than 502") ?? false)
        #expect(try fixture.store.catalog.hotBatches(of: "v").isEmpty)
    }
}
