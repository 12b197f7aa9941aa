import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// `FeatureStore.verify`: what it counts as a difference, what it takes for its cause, and what it leaves alone.
@Suite struct VerifyTests {
    private static let selection = FeatureSelection.features([FeatureReference(view: "v", feature: "x")])

    private func verify(
        _ fixture: StoreFixture, at time: Int64? = nil, _ change: (inout FeatureStore.VerifyOptions) -> Void = { _ in }
    ) throws -> VerifyReport {
        var options = FeatureStore.VerifyOptions()
        options.time = time.map(seconds)
        change(&options)
        return try fixture.store.verify(Self.selection, options: options)
    }

    @Test func pushedRowsAreTheSameOnBothSides() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 20, nil, nil), (3, 30, nil, 3)])
        let report = try verify(fixture)
        #expect(report.isSound)
        #expect((report.rows, report.compared, report.features[0].equal) == (3, 3, 3))
        #expect(report.features.map(\.feature) == ["v:x"])
    }

    @Test func rowsThatAreNotMaterializedAreToldSo() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 20, nil, 2)])
        let late = fixture.table([(1, 15, nil, 7), (3, 30, nil, 3), (2, 20, nil, 8)])
        _ = try fixture.store.ingest("v", table: late, origin: "late")
        let report = try verify(fixture)
        #expect(!report.isSound)
        let counts = report.features[0]
        #expect((counts.different, counts.missingOnline, counts.missingOffline) == (2, 1, 0))
        #expect(report.differences.allSatisfy { $0.cause == .notMaterialized })
        let third = try #require(report.differences.first { $0.key == ["id": "3"] })
        #expect((third.online, third.offline, third.status) == (nil, "3", .notFound))
        #expect(third.offlineTime == seconds(30))
        _ = try fixture.store.materialize("v", to: fixture.clock.time)
        #expect(try verify(fixture).isSound)
    }

    @Test func whatIsLaterThanTheTimeCannotBeJudged() throws {
        let fixture = try StoreFixture(StoreFixture.definitions(created: true))
        try fixture.store.push("v", table: fixture.table([(1, 10, 10, 1), (2, 10, 10, 2)], withCreated: true))
        // One row of a later event, and one of an early event that became known later.
        try fixture.store.push("v", table: fixture.table([(1, 90, 90, 3), (2, 20, 95, 4)], withCreated: true))
        let report = try verify(fixture, at: 50)
        #expect(report.isSound && report.later == 2)
        #expect(try verify(fixture, at: 100).features[0].equal == 2)
    }

    @Test func aKeyThatIsGoneOnOneSideIsTold() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 20, nil, 2)])
        let online = try OnlineStore(path: fixture.store.project.onlineFolder)
        let key = try #require(KeyEncoder([.int64]).encode([.int(2)]))
        _ = try online.remove([key][...], from: "v")
        let report = try verify(fixture)
        #expect(report.differences.map(\.cause) == [.notOnline])
        #expect(report.differences.map(\.key) == [["id": "2"]])
    }

    @Test func anotherValueOfTheSameRowIsTold() throws {
        let (fixture, other) = (try StoreFixture(), try StoreFixture())
        try fixture.push([(1, 10, nil, 1), (2, 20, nil, 2)])
        try other.push([(1, 10, nil, 1), (2, 20, nil, 3), (4, 20, nil, 4)])
        let project = try TemporaryFolder()
        let path = project.path + "/project"
        try FileManager.default.copyItem(atPath: fixture.folder.path, toPath: path)
        try FileManager.default.removeItem(atPath: path + "/.fstore/online")
        try FileManager.default.copyItem(
            atPath: other.folder.path + "/.fstore/online", toPath: path + "/.fstore/online")
        let report = try FeatureStore(opening: path).verify(Self.selection)
        let causes = report.differences.map { "\($0.key["id"] ?? ""): \($0.cause.rawValue)" }.sorted()
        #expect(causes == ["2: the same time, another value", "4: not in the history"])
        #expect(report.features[0].missingOffline == 1)
    }

    @Test func rowsOutsideTheirTimeToLiveAreTheSameNothing() throws {
        let fixture = try StoreFixture(
            StoreFixture.definitions().replacing("tags: {}", with: "ttl: 20s"))
        try fixture.push([(1, 970, nil, 1), (2, 985, nil, 2)])
        let report = try verify(fixture)
        #expect(report.isSound && report.features[0].equal == 2)
    }

    @Test func keysOfAllViewsAreDrawnAndOtherKeysAreFilledIn() throws {
        let fixture = try StoreFixture(
            """
            entities: {e: {join_keys: {id: int64}}, f: {join_keys: {city: string}}}
            sources: {s: {path: "data/*.csv", timestamp: t}}
            feature_views:
              v: {entities: [e], source: s, features: {x: int64}}
              w: {entities: [f], source: s, features: {y: int64}}
              both: {entities: [f, e], source: s, features: {z: int64}}
            feature_services: {all: {features: ["v:*", "w:*", "both:*"]}}
            """)
        func push(_ view: String, _ feature: String, _ rows: [(id: Int64?, city: String?)]) throws {
            let columns: [(Field, Column)] = [
                (Field("t", .instant), Column(.instant, rows.map { _ in .timestamp(seconds(10)) })),
                (Field(feature, .int64), Column(.int64, rows.indices.map { .int(Int64($0)) })),
                (Field("id", .int64), Column(.int64, rows.map { $0.id.map(Value.int) ?? .null })),
                (Field("city", .string), Column(.string, rows.map { $0.city.map(Value.string) ?? .null })),
            ]
            try fixture.store.push(view, table: Table(fields: columns.map(\.0), columns: columns.map(\.1)))
        }
        try push("v", "x", (0..<5).map { ($0, nil) })
        try push("w", "y", [(nil, "a"), (nil, "b")])
        try push("both", "z", [(1, "b"), (9, "c"), (2, "a")])
        let report = try fixture.store.verify(.service("all"))
        #expect(report.isSound && report.rows == 10)
        #expect(report.features.map(\.compared) == [5, 2, 3])
        #expect(report.features.map(\.equal) == [5, 2, 3])
    }

    @Test func aSampleIsTheSameForEverAndOtherForAnotherSeed() throws {
        let fixture = try StoreFixture()
        try fixture.push((0..<50).map { ($0, 10, nil, $0) })
        // Every row differs once it is told otherwise, so that the differences name the sample.
        let correction = fixture.table((0..<50).map { ($0, 20, nil, -1) })
        _ = try fixture.store.ingest("v", table: correction, origin: "c")
        func sample(_ seed: UInt64) throws -> [String] {
            let report = try verify(fixture) { ($0.sample, $0.seed, $0.examples) = (7, seed, 100) }
            #expect(report.rows == 7)
            return report.differences.compactMap { $0.key["id"] }
        }
        let first = try sample(1)
        #expect(Set(first).count == 7)
        #expect(try sample(1) == first)
        #expect(try sample(2) != first)
    }

    @Test func givenRowsAreComparedInPlaceOfDrawnOnes() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 20, nil, 2)])
        let keys = Table(fields: [Field("id", .int32)], columns: [Column(.int32, [.int(2), .int(77), .null])])
        let report = try fixture.store.verify(Self.selection, keys: keys)
        #expect(report.isSound && report.compared == 3)
        let wrong = Table(fields: [Field("ib", .int32)], columns: [Column(.int32, [.int(2)])])
        #expect(throws: DataError.self) { try fixture.store.verify(Self.selection, keys: wrong, origin: "keys.csv") }
    }

    @Test func whatCannotBeComparedIsRefused() throws {
        let fixture = try StoreFixture()
        #expect(throws: StoreError.self) { try verify(fixture) }
        try fixture.push([(1, 10, nil, 1)])
        #expect(throws: StoreError.self) { try verify(fixture, at: 2000) }
    }

    /// Rows that come while it runs are never differences.
    @Test func rowsThatComeMeanwhileAreNoDifferences() async throws {
        let fixture = try StoreFixture()
        fixture.clock.time = .now
        try fixture.push((0..<40).map { ($0, 10, nil, 0) })
        let pusher = try Pusher(fixture.store.project)
        let reader = try FeatureStore(opening: fixture.folder.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var random = SeededGenerator(seed: 7)
                for batch in 0..<400 {
                    let rows = (0..<20).map { _ in
                        (
                            id: Int64(random.number(0...60)), t: Int64(random.number(10...60)), c: nil as Int64?,
                            x: Int64(batch) as Int64?
                        )
                    }
                    try pusher.push("v", table: StoreFixture.rows(rows))
                }
            }
            var reports: [VerifyReport] = []
            for _ in 0..<25 { reports.append(try reader.verify(Self.selection)) }
            for report in reports {
                #expect(report.different == 0, "\(report.differences)")
            }
            try await group.waitForAll()
        }
        #expect(try reader.verify(Self.selection).unsettled == 0)
    }

    /// The sample against sorting all keys.
    @Test(arguments: 0..<20 as Range<UInt64>) func aSampleIsTheKeysOfTheSmallestHashes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = random.number(1...40)
        var sample = KeySample(limit: limit, seed: seed)
        let keys = (0..<random.number(0...4000)).map { _ in
            [UInt8(random.number(0...9)), UInt8(random.number(0...255))]
        }
        for key in keys { key.withUnsafeBytes { sample.offer($0) } }
        let hashed = Set(keys).map { key in (key.withUnsafeBytes { EncodedKeys.hash(of: $0, seed: seed) }, key) }
        let expected = hashed.sorted { $0.0 < $1.0 }.prefix(limit).map(\.1)
        #expect(sample.keys == expected, "seed \(seed)")
    }
}

extension StoreFixture {
    fileprivate static func rows(_ rows: [Row]) -> Table {
        Table(
            fields: [Field("id", .int64), Field("t", .instant), Field("x", .int64), Field("s", .string)],
            columns: [
                Column(.int64, rows.map { .int($0.id) }), Column(.instant, rows.map { .timestamp(seconds($0.t)) }),
                Column(.int64, rows.map { $0.x.map(Value.int) ?? .null }), Column(.string, rows.map { _ in .null }),
            ], rowCount: rows.count)
    }
}
