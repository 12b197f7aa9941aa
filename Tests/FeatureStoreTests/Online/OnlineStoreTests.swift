import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct OnlineStoreTests {
    let fixture = OnlineFixture()

    @Test func olderRowNeverReplacesNewer() throws {
        let store = try fixture.open()
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        try store.write(scoreBatch([1, 2], [10, 10], [100, 200]), to: scores, now: seconds(0))
        let summary = try store.write(scoreBatch([1, 2, 3], [9, 11, 1], [1, 2, 3]), to: scores, now: seconds(0))
        #expect(summary == WriteSummary(written: 2, outdated: 1))
        #expect(try reader.firstFeature([1, 2, 3]) == [.int(100), .int(2), .int(3)])
    }

    @Test func equalAgesKeepTheLaterWriteAndCreatedBreaksTies() throws {
        let store = try fixture.open()
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        let batch = scoreBatch([1, 1, 1], [5, 5, 5], created: [7, nil, 7], [1, 2, 3])
        #expect(try store.write(batch, to: scores, now: seconds(0)).outdated == 1)
        #expect(try reader.firstFeature([1]) == [.int(3)])
    }

    @Test(arguments: 1...20)
    func randomStreamsKeepWhatADictionaryKeeps(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        let store = try fixture.open()
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        var expected: [Int64: (age: RowAge, value: Int64?)] = [:]
        for _ in 0..<8 {
            let count = Int.random(in: 0...40, using: &numbers)
            var ids = (0..<count).map { _ in Int64.random(in: -15...15, using: &numbers) }
            if Bool.random(using: &numbers) { ids.sort() }
            let events = ids.map { _ in Int64.random(in: 0...4, using: &numbers) }
            let created = ids.map { _ in Bool.random(using: &numbers) ? Int64.random(in: 0...3, using: &numbers) : nil }
            let values = ids.map { _ in Bool.random(using: &numbers) ? Int64.random(in: 0...999, using: &numbers) : nil
            }
            let isReplacing = Int.random(in: 0..<6, using: &numbers) == 0
            if isReplacing { expected = [:] }
            try store.write(
                scoreBatch(ids, events, created: created, values), to: scores,
                mode: isReplacing ? .replacing : .merging,
                now: seconds(0))
            for row in 0..<count {
                let age = RowAge(
                    eventTime: events[row] * 1_000_000, created: created[row].map { $0 * 1_000_000 } ?? .min)
                if let kept = expected[ids[row]], age < kept.age { continue }
                expected[ids[row]] = (age, values[row])
            }
            let all = Array(Int64(-16)...16)
            let wanted = all.map { expected[$0]?.value.map { Value.int($0) } ?? .null }
            #expect(try reader.firstFeature(all) == wanted, "seed \(seed)")
            #expect(try store.rowCount(of: "scores") == expected.count, "seed \(seed)")
        }
    }

    @Test func stateIsCommittedWithTheRows() throws {
        let store = try fixture.open()
        #expect(try store.state(of: "scores") == nil)
        try store.write(scoreBatch([1], [1], [1]), to: scores, position: 7, now: seconds(50))
        #expect(try store.state(of: "scores") == ViewState(position: 7, updated: seconds(50)))
        try store.write(scoreBatch([1], [2], [1]), to: scores, now: seconds(60))
        #expect(try store.state(of: "scores") == ViewState(position: 7, updated: seconds(60)))
    }

    @Test func aFailedWriteLeavesRowsAndStateAsTheyWere() throws {
        let store = try fixture.open()
        let names = OnlineView(name: "names", keyTypes: [.string], features: [StoredFeature("score", .int64)])
        func batch(_ ids: [String], _ value: Int64) -> OnlineBatch {
            OnlineBatch(
                keys: KeyEncoder([.string]).encode([Column(.string, ids.map { .string($0) })]),
                features: [Column(.int64, ids.map { _ in .int(value) })])
        }
        try store.write(batch(["a"], 1), to: names, position: 1, now: seconds(0))
        let tooLong = String(repeating: "x", count: 510)
        let error = #expect(throws: OnlineError.self) {
            try store.write(batch(["a", tooLong], 2), to: names, position: 2, now: seconds(0))
        }
        #expect(error?.description.contains("row 2: its key takes 512 bytes, more than 511") == true)
        #expect(try store.state(of: "names")?.position == 1)
        let reader = try OnlineReader(store, [OnlineSelection(names)])
        #expect(try reader.read([batch(["a"], 0).keys], now: seconds(0))[0].features[0].allValues == [.int(1)])
    }

    @Test func aTinyMapGrowsAndAReaderInTheSameProcessFollows() throws {
        let store = try fixture.open(mapSize: 1 << 16)
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        for round in 0..<20 {
            let ids = (0..<1000).map { Int64($0 * 20 + round) }
            try store.write(scoreBatch(ids, ids.map { _ in 1 }, ids), to: scores, now: seconds(0))
            #expect(try reader.firstFeature([Int64(round), 999 * 20]) == [.int(Int64(round)), .int(999 * 20)])
        }
        #expect(try store.rowCount(of: "scores") == 20_000)
        #expect(try #require(store.opened.lease.environment).mapSize > 1 << 16)
    }

    @Test func theSizeLimitIsAnErrorAndLeavesTheStoreAsItWas() throws {
        let store = try OnlineStore(path: fixture.path, mapSize: 1 << 17, mapSizeLimit: 1 << 18)
        try store.write(scoreBatch([1], [1], [1]), to: scores, now: seconds(0))
        let ids = (0..<20_000).map { Int64($0) }
        let error = #expect(throws: LMDBError.self) {
            try store.write(scoreBatch(ids, ids, ids), to: scores, now: seconds(0))
        }
        #expect(error?.description.contains("size limit") == true)
        #expect(try store.rowCount(of: "scores") == 1)
        try store.write(scoreBatch([2], [1], [1]), to: scores, now: seconds(0))
        #expect(try store.rowCount(of: "scores") == 2)
    }

    @Test func removedKeysAndViewsAreGone() throws {
        let store = try fixture.open()
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        try store.write(scoreBatch([1, 2, 3], [1, 1, 1], [1, 2, 3]), to: scores, position: 4, now: seconds(0))
        #expect(try store.remove(keys([2, 9]), from: "scores") == 1)
        #expect(try reader.firstFeature([1, 2, 3]) == [.int(1), .null, .int(3)])
        #expect(try store.views() == ["scores"])
        try store.remove(view: "scores")
        #expect(try store.views() == [])
        #expect(try store.state(of: "scores") == nil)
        #expect(try reader.firstFeature([1, 3]) == [.null, .null])
    }

    @Test func twoStoresOfOneFolderShareItAndItClosesWithTheLast() throws {
        var first: OnlineStore? = try fixture.open()
        let second = try OnlineStore(path: fixture.path + "/../" + (fixture.path as NSString).lastPathComponent)
        #expect(first?.opened.lease.environment === second.opened.lease.environment)
        try first?.write(scoreBatch([1], [1], [5]), to: scores, now: seconds(0))
        first = nil
        #expect(try OnlineReader(second, [OnlineSelection(scores)]).firstFeature([1]) == [.int(5)])
    }

    @Test func rowsSurviveReopening() throws {
        do {
            let store = try fixture.open()
            try store.write(scoreBatch([1], [1], [5]), to: scores, position: 3, now: seconds(0))
        }
        let store = try fixture.open(isReadOnly: true)
        #expect(try OnlineReader(store, [OnlineSelection(scores)]).firstFeature([1]) == [.int(5)])
        #expect(try store.state(of: "scores")?.position == 3)
        #expect(throws: OnlineError.self) { try store.write(scoreBatch([1], [1], [5]), to: scores, now: seconds(0)) }
    }

    @Test func aMissingStoreAndANewerFormatAreClearErrors() throws {
        let missing = #expect(throws: LMDBError.self) { try fixture.open(isReadOnly: true) }
        #expect(
            missing?.description.hasPrefix("cannot open the online store at \(fixture.path): there is no such") == true)
        do {
            let store = try fixture.open()
            let environment = try #require(store.opened.lease.environment)
            let database = try environment.databaseForWriting(OnlineRecords.databaseName)
            try environment.write { transaction in
                try Array("format".utf8).withUnsafeBytes { key in
                    try Array(#"{"format":2}"#.utf8).withUnsafeBytes { try transaction.put($0, for: key, in: database) }
                }
            }
        }
        let newer = #expect(throws: OnlineError.self) { try fixture.open() }
        #expect(newer?.description.contains("has format 2, this version reads 1; use a newer fstore") == true)
    }

    @Test(arguments: [4096, 8192, 20_000])
    func aTruncatedFileIsAnError(length: Int) throws {
        do {
            let store = try fixture.open()
            let ids = (0..<5000).map { Int64($0) }
            try store.write(scoreBatch(ids, ids, ids), to: scores, now: seconds(0))
        }
        #expect(truncate(fixture.path + "/data.mdb", length) == 0)
        #expect(throws: LMDBError.self) { try fixture.open() }
    }
}
