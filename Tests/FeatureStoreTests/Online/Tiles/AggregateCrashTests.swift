import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// A process killed at each step of a push, and of moving the hot log to a segment: each event is counted once, or not at
/// all and then when it is pushed again.
@Suite struct AggregateCrashTests {
    @Test(arguments: [CrashPoint.pushAppended, .pushWritten, .pushLogged, .pushOnline])
    func aPushThatIsCutOffCountsOnceOrNot(point: CrashPoint) async throws {
        let fixture = try StoreFixture(AggregatesOnlineTests.definitions(windows: "lifetime"))
        fixture.clock.time = .now
        try fixture.store.push("v", table: AggregatesOnlineTests.table([(1, 10, 1), (2, 10, 1)]))
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.folder.path as String, point = point.rawValue as String] in
            let store = try FeatureStore(opening: path)
            _ = try store.pusher()
            CrashPoint.action.withLock { $0 = { if $0.rawValue == point { kill(getpid(), SIGKILL) } } }
            try store.push("v", table: AggregatesOnlineTests.table([(1, 20, 2), (3, 20, 2)]), batchID: "cut off")
        }
        let isDurable = point == .pushLogged || point == .pushOnline
        #expect(try counts(fixture.folder.path) == (isDurable ? [2, 1, 1] : [1, 1, 0]))
        // The caller, who had no answer, pushes the batch again.
        try fixture.reopen()
        let again = try fixture.store.push(
            "v", table: AggregatesOnlineTests.table([(1, 20, 2), (3, 20, 2)]), batchID: "cut off")
        #expect(again.isRepeated == isDurable)
        #expect(try counts(fixture.folder.path) == [2, 1, 1])
        _ = try fixture.store.materialize("v", isFull: true)
        #expect(try counts(fixture.folder.path) == [2, 1, 1])
    }

    @Test(arguments: [CrashPoint.segmentWritten, .segmentListed])
    func eventsAreCountedOnceWhereverMovingThemIsCutOff(point: CrashPoint) async throws {
        let fixture = try StoreFixture(AggregatesOnlineTests.definitions(windows: "lifetime"))
        fixture.clock.time = .now
        try fixture.store.push("v", table: AggregatesOnlineTests.table([(1, 10, 1), (2, 10, 1)]))
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.folder.path as String, point = point.rawValue as String] in
            let store = try FeatureStore(opening: path)
            CrashPoint.action.withLock { $0 = { if $0.rawValue == point { kill(getpid(), SIGKILL) } } }
            _ = try store.compact("v", keeping: .seconds(3600), isFull: true)
        }
        try fixture.reopen()
        try fixture.store.push("v", table: AggregatesOnlineTests.table([(1, 20, 1)]))
        _ = try fixture.store.materialize("v")
        #expect(try counts(fixture.folder.path) == [2, 1, 0])
    }

    /// An online store that was put back to an earlier state gets what came since, once, from wherever it is by now.
    @Test func anEarlierStateIsBroughtUpToDate() throws {
        let fixture = try StoreFixture(AggregatesOnlineTests.definitions(windows: "lifetime"))
        fixture.clock.time = .now
        try fixture.store.push("v", table: AggregatesOnlineTests.table([(1, 10, 1), (2, 10, 1)]))
        let online = fixture.folder.path + "/.fstore/online"
        try FileManager.default.copyItem(atPath: online, toPath: fixture.folder.path + "/earlier")
        for time in 20..<24 {
            try fixture.store.push("v", table: AggregatesOnlineTests.table([(1, Int64(time), 1)]))
            if time == 21 { _ = try fixture.store.compact("v", keeping: .seconds(3600)) }
        }
        try FileManager.default.removeItem(atPath: online)
        try FileManager.default.moveItem(atPath: fixture.folder.path + "/earlier", toPath: online)
        try fixture.reopen()
        _ = try fixture.store.materialize("v")
        #expect(try counts(fixture.folder.path) == [5, 1, 0])
    }

    private func counts(_ path: String) throws -> [Int64] {
        let reader = try FeatureStore(opening: path)
            .onlineReader(for: .features([FeatureReference(view: "v", feature: "n_count_lifetime")]))
        return try reader.read([Column(.int64, [.int(1), .int(2), .int(3)])], at: .now).map { values in
            if case .int(let count) = values[0].value { count } else { -1 }
        }
    }
}
