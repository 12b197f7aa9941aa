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
            let reader = try OnlineReader(store, [OnlineSelection(scores)])
            let database = try store.databaseForWriting("scores")
            try reader.withSnapshot { _ in
                try store.environment.write { transaction in
                    try transaction.removeAll(from: database)
                    kill(getpid(), SIGKILL)
                }
            }
        }
        let store = try fixture.open()
        let reader = try OnlineReader(store, [OnlineSelection(scores)])
        #expect(try reader.firstFeature([1, 2]) == [.int(1), .int(2)])
        #expect(try store.state(of: "scores")?.position == 1)
        try store.write(scoreBatch([1], [2], [9]), to: scores, position: 2, now: seconds(0))
        #expect(try reader.firstFeature([1]) == [.int(9)])
    }
}
