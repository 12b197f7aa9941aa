import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct DeletionTests {
    /// A deletion killed at each step: history is with all rows of the key or with none, and running it again ends it.
    @Test(arguments: [CrashPoint.deletionNoted, .deletionWritten, .deletionCommitted, .deletionOnline])
    func aDeletionThatIsCutOffIsEndedByRunningItAgain(point: CrashPoint) async throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1)])
        _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: true)
        try fixture.push([(1, 11, nil, 2), (3, 11, nil, 2)])
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.folder.path as String, point = point.rawValue as String] in
            let store = try FeatureStore(opening: path)
            CrashPoint.action.withLock { $0 = { if $0.rawValue == point { kill(getpid(), SIGKILL) } } }
            _ = try store.delete(try KeySelector(["id": "1"]), from: "v")
        }
        let isCommitted = point == .deletionCommitted || point == .deletionOnline
        #expect(try fixture.training([1, 2, 3], at: 20) == [isCommitted ? nil : 2, 1, 2])
        #expect(try fixture.store.deletions().map(\.finished) == [nil])
        // From the note on, no row of the key comes in.
        try fixture.reopen()
        #expect(try fixture.push([(1, 12, nil, 3), (2, 12, nil, 3)]).rowsBarred == 1)
        let summary = try fixture.store.delete(try KeySelector(["id": "1"]), from: "v")
        #expect(summary.id == 1)
        #expect(try fixture.store.deletions().map { $0.finished != nil } == [true])
        #expect(try fixture.training([1, 2, 3], at: 20) == [nil, 3, 2])
        #expect(try fixture.online([1, 2, 3]) == [nil, 3, 2])
        _ = try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        #expect(try fixture.training([1, 2, 3], at: 20) == [nil, 3, 2])
        #expect(try fixture.store.check().problems.isEmpty)
    }

    /// Random rows, pushed and compacted at random; then some keys are deleted, and the rest is as if these had never been.
    @Test func theRestIsAsIfTheKeyHadNeverBeen() throws {
        for seed in UInt64(0)..<6 {
            var random = SeededGenerator(seed: seed)
            let (fixture, without) = (try StoreFixture(), try StoreFixture())
            let gone = Set((0..<3).map { _ in Int64(random.number(0...9)) })
            for _ in 0..<random.number(2...6) {
                let rows: [StoreFixture.Row] = (0..<random.number(1...20)).map { _ in
                    (Int64(random.number(0...9)), Int64(random.number(0...99)), nil, Int64(random.number(0...999)))
                }
                try fixture.push(rows)
                let rest = rows.filter { !gone.contains($0.id) }
                if !rest.isEmpty { try without.push(rest) }
                if random.chance(0.4) { _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: true) }
            }
            for key in gone { _ = try fixture.store.delete(try KeySelector(["id": "\(key)"]), from: nil) }
            let ids = (0..<10).map { Int64($0) }
            for time in [0, 30, 60, 100] as [Int64] {
                #expect(try fixture.training(ids, at: time) == without.training(ids, at: time), "seed \(seed)")
            }
            #expect(try fixture.online(ids) == without.online(ids), "seed \(seed)")
            #expect(try fixture.store.check().problems.isEmpty, "seed \(seed)")
        }
    }
}
