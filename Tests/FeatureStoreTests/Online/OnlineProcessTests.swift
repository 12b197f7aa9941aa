import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Promises that hold between processes; each child is a process of its own.
@Suite struct OnlineProcessTests {
    let fixture = OnlineFixture()

    @Test func aReaderFollowsAMapThatAnotherProcessHasGrown() async throws {
        let store = try fixture.open(mapSize: 1 << 16)
        try store.write(scoreBatch([1], [1], [5]), to: scores, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try reader.firstFeature([1]) == [.int(5)])
        await #expect(processExitsWith: .success) { [path = fixture.path as String] in
            let ids = (0..<20_000).map { Int64($0) }
            let other = try OnlineStore(path: path, mapSize: 1 << 16)
            try other.write(scoreBatch(ids, ids.map { _ in 2 }, ids), to: scores, now: seconds(0))
        }
        #expect(try reader.firstFeature([1, 19_999]) == [.int(1), .int(19_999)])
        try store.write(scoreBatch([1], [3], [7]), to: scores, now: seconds(0))
        #expect(try reader.firstFeature([1]) == [.int(7)])
    }

    @Test func aProcessKilledInAWriteLeavesTheLastCommitAndBlocksNobody() async throws {
        do {
            let store = try fixture.open()
            try store.write(scoreBatch([1, 2], [1, 1], [1, 2]), to: scores, position: 1, now: seconds(0))
        }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = fixture.path as String] in
            let store = try OnlineStore(path: path, mapSize: 1 << 24)
            let environment = try #require(store.opened.lease.environment)
            let database = try environment.databaseForWriting(OnlineStore.databaseName(of: "scores"))
            try environment.write { transaction in
                try transaction.removeAll(from: database)
                kill(getpid(), SIGKILL)
            }
        }
        let store = try fixture.open()
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try reader.firstFeature([1, 2]) == [.int(1), .int(2)])
        #expect(try store.state(of: "scores")?.position == 1)
        try store.write(scoreBatch([1], [2], [9]), to: scores, position: 2, now: seconds(0))
        #expect(try reader.firstFeature([1]) == [.int(9)])
    }

    /// A reader that was killed would keep every page since its snapshot from being reused.
    @Test func aProcessKilledInAReadDoesNotMakeTheFileGrow() async throws {
        let store = try fixture.open()
        let ids = (0..<5000).map { Int64($0) }
        func write(_ round: Int64) throws {
            try store.write(scoreBatch(ids, ids.map { _ in round }, ids), to: scores, now: seconds(0))
        }
        for round in 0..<8 { try write(Int64(round)) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = fixture.path as String] in
            let store = try OnlineStore(path: path, mapSize: 1 << 24)
            try store.withSnapshot { _ in _ = kill(getpid(), SIGKILL) }
        }
        let environment = try #require(store.opened.lease.environment)
        let before = environment.usedBytes
        for round in 8..<40 { try write(Int64(round)) }
        #expect(environment.usedBytes < before * 2)
    }

    @Test func aReaderSeesWhatAnotherProcessRebuilds() async throws {
        let store = try fixture.open()
        try store.write(scoreBatch([1, 2], [9, 9], [1, 2]), to: scores, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try reader.firstFeature([1, 2]) == [.int(1), .int(2)])
        await #expect(processExitsWith: .success) { [path = fixture.path as String] in
            let store = try OnlineStore(path: path)
            try store.write(scoreBatch([2, 3], [5, 5], [20, 30]), to: scores, mode: .replacing, now: seconds(0))
        }
        #expect(try reader.firstFeature([1, 2, 3]) == [.null, .int(20), .int(30)])
        await #expect(processExitsWith: .success) { [path = fixture.path as String] in
            var changed = scores
            changed.features = [StoredFeature("other", .string), StoredFeature("score", .int64)]
            var batch = scoreBatch([2], [6], [200])
            batch.features.insert(Column(.string, [.string("x")]), at: 0)
            try OnlineStore(path: path).write(batch, to: changed, now: seconds(0))
        }
        #expect(try reader.firstFeature([1, 2, 3]) == [.null, .int(200), .int(30)])
    }

    /// Reads until it is right, as long as a reader may take to notice.
    private func soon(_ isRight: () throws -> Bool) throws -> Bool {
        for _ in 0..<100 {
            if try isRight() { return true }
            usleep(20_000)
        }
        return false
    }

    @Test func aReaderGoesOverToAStoreThatTookTheFolder() async throws {
        let store = try fixture.open()
        try store.write(scoreBatch([1, 2], [9, 9], [1, 2]), to: scores, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try reader.firstFeature([1, 2]) == [.int(1), .int(2)])

        // The folder is gone for a while: the last commit is served.
        try FileManager.default.removeItem(atPath: fixture.path)
        usleep(300_000)
        #expect(try reader.firstFeature([1, 2]) == [.int(1), .int(2)])
        await #expect(processExitsWith: .success) { [path = fixture.path as String] in
            // Schemas are numbered anew: what was learned of the old ones must not be used.
            var other = scores
            other.features = [StoredFeature("padding", .float64), StoredFeature("score", .int64)]
            var batch = scoreBatch([1, 3], [1, 1], [100, 300])
            batch.features.insert(Column(.float64, [.float64(0), .float64(0)]), at: 0)
            try OnlineStore(path: path).write(batch, to: other, now: seconds(0))
        }
        #expect(try soon { try reader.firstFeature([1, 2, 3]) == [.int(100), .null, .int(300)] })

        // A writer of this process writes to the folder's store and not to the one that it had opened.
        try store.write(scoreBatch([2], [9], [7]), to: scores, now: seconds(0))
        #expect(try reader.firstFeature([1, 2, 3]) == [.int(100), .int(7), .int(300)])
        #expect(try OnlineStore(path: fixture.path).rowCount(of: "scores") == 3)

        // One that was built aside is moved into place.
        let aside = fixture.path + "-aside"
        await #expect(processExitsWith: .success) { [aside = aside as String] in
            try OnlineStore(path: aside).write(scoreBatch([4], [1], [4]), to: scores, now: seconds(0))
        }
        #expect(rename(fixture.path, fixture.path + "-old") == 0 && rename(aside, fixture.path) == 0)
        #expect(try soon { try reader.firstFeature([1, 4]) == [.null, .int(4)] })
        try FileManager.default.removeItem(atPath: fixture.path + "-old")
    }

    @Test func aDataFileThatWasExchangedUnderItsLockIsRefusedAndTheOldOneServed() async throws {
        let store = try fixture.open()
        try store.write(scoreBatch([1], [9], [1]), to: scores, now: seconds(0))
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        let aside = fixture.path + "-aside"
        await #expect(processExitsWith: .success) { [aside = aside as String] in
            let store = try OnlineStore(path: aside)
            for round in 0..<7 { try store.write(scoreBatch([1], [1], [Int64(round)]), to: scores, now: seconds(0)) }
        }
        #expect(rename(aside + "/data.mdb", fixture.path + "/data.mdb") == 0)
        try FileManager.default.removeItem(atPath: aside)
        usleep(300_000)
        #expect(try reader.firstFeature([1]) == [.int(1)])
        let refusal = #expect(throws: LMDBError.self) {
            try store.write(scoreBatch([1], [10], [2]), to: scores, now: seconds(0))
        }
        #expect(refusal?.description.contains("exchange the folder as a whole") == true)
        await #expect(processExitsWith: .success) { [path = fixture.path as String] in
            let refusal = #expect(throws: LMDBError.self) { try OnlineStore(path: path) }
            #expect(refusal?.description.contains("exchange the folder as a whole") == true)
        }
    }

    /// A reader without a place in LMDB's table sees whole commits while pages are reused under it.
    @Test func aReaderThatNobodyKnowsOfSeesWholeCommits() async throws {
        let ids = (0..<2000).map { Int64($0) }
        do {
            let store = try fixture.open()
            try store.write(scoreBatch(ids, ids.map { _ in 0 }, ids.map { _ in 0 }), to: scores, now: seconds(0))
        }
        let reader = try OnlineReader(try OnlineStore(file: fixture.path + "/data.mdb"), [OnlineSelection(scores)])
        let watch = Watch(of: ids, by: reader)
        await #expect(processExitsWith: .success) { [path = fixture.path as String] in
            let store = try OnlineStore(path: path)
            let ids = (0..<2000).map { Int64($0) }
            for round in 1...300 {
                let rounds = ids.map { _ in Int64(round) }
                try store.write(scoreBatch(ids, rounds, rounds), to: scores, now: seconds(0))
            }
        }
        let seen = watch.end()
        #expect(seen.failures == [])
        #expect(seen.values.count > 10)
        #expect(Set(try reader.firstFeature(ids)) == [.int(300)])
    }
}

/// Reads all keys again and again on a thread of its own: at any time they must have one value.
private final class Watch: @unchecked Sendable {
    private let lock = NSLock()
    private let ended = DispatchSemaphore(value: 0)
    private var isEnding = false
    private var values: Set<Value> = []
    private var failures: [String] = []

    init(of ids: [Int64], by reader: OnlineReader) {
        let thread = Thread { [self] in
            while !lock.withLock({ isEnding }) {
                do {
                    let read = Set(try reader.firstFeature(ids))
                    if read.count != 1 { failures.append("\(read.count) values at once") }
                    values.formUnion(read)
                } catch { failures.append("\(error)") }
            }
            ended.signal()
        }
        thread.start()
    }

    func end() -> (values: Set<Value>, failures: [String]) {
        lock.withLock { isEnding = true }
        ended.wait()
        return (values, failures)
    }
}
