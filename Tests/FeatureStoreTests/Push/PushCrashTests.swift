import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// A process killed at each step of a push, and of moving the hot log to a segment: whoever opens the store then finds
/// the rows in both stores or in neither, and once.
@Suite struct PushCrashTests {
    @Test(arguments: [CrashPoint.pushAppended, .pushWritten, .pushLogged, .pushOnline])
    func aPushThatIsCutOffIsWholeOrAbsent(point: CrashPoint) async throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1)])
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.folder.path as String, point = point.rawValue as String] in
            let store = try FeatureStore(opening: path)
            _ = try store.pusher()
            CrashPoint.action.withLock { $0 = { if $0.rawValue == point { kill(getpid(), SIGKILL) } } }
            try store.push("v", table: CrashRows.table, batchID: "cut off")
        }
        let isDurable = point == .pushLogged || point == .pushOnline
        let expected: [Int64?] = isDurable ? [2, 1, 2] : [1, 1, nil]
        #expect(try fixture.training([1, 2, 3], at: 20) == expected)
        // Whoever reads online next brings there what is durable.
        let reader = try FeatureStore(opening: fixture.folder.path)
            .onlineReader(for: .features([FeatureReference(view: "v", feature: "x")]))
        let online = try reader.read([Column(.int64, [.int(1), .int(2), .int(3)])], at: .now).map { $0[0].value }
        #expect(online == expected.map { $0.map(Value.int) ?? .null })
        // The caller, who had no answer, pushes the batch again.
        try fixture.reopen()
        let again = try fixture.store.push("v", table: CrashRows.table, batchID: "cut off")
        #expect(again.isRepeated == isDurable)
        #expect(try fixture.training([1, 2, 3], at: 20) == [2, 1, 2])
        #expect(try fixture.online([1, 2, 3]) == [2, 1, 2])
        #expect(try fixture.rowsInHistory() == 4)
    }

    /// What a push writes online is whole on disk when the call returns, but that it is the newest state may not be.
    @Test func aPowerCutThatUndoesTheLastCommitOnlineIsMadeGoodByTheLog() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1)])
        let file = "/.fstore/online/data.mdb"
        // LMDB's first two pages say in turn which state is the newest.
        let records = try Data(contentsOf: URL(fileURLWithPath: fixture.folder.path + file)).prefix(8192)
        try fixture.push([(1, 20, nil, 2), (3, 20, nil, 2)])

        let after = try TemporaryFolder()
        let path = after.path + "/project"
        try FileManager.default.copyItem(atPath: fixture.folder.path, toPath: path)
        try FileManager.default.removeItem(atPath: path + "/.fstore/online/lock.mdb")
        let handle = try #require(FileHandle(forWritingAtPath: path + file))
        try handle.write(contentsOf: records)
        try handle.close()
        let store = try FeatureStore(opening: path)
        let selection = FeatureSelection.features([FeatureReference(view: "v", feature: "x")])
        func read(_ reader: ServiceReader) throws -> [Value] {
            try reader.read([Column(.int64, [.int(1), .int(2), .int(3)])], at: .now).map { $0[0].value }
        }
        let cut = try store.servingReader(for: selection, in: try store.definitions(), fullNames: false)
        #expect(try read(cut) == [.int(1), .int(1), .null])
        #expect(try read(store.onlineReader(for: selection)) == [.int(2), .int(1), .int(2)])
    }

    @Test(arguments: [CrashPoint.segmentWritten, .segmentListed])
    func rowsAreOnceInHistoryWhereverMovingThemIsCutOff(point: CrashPoint) async throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1)])
        try fixture.push([(1, 10, nil, 2), (3, 10, nil, 2)])
        let mark = try fixture.store.catalog.mark()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.folder.path as String, point = point.rawValue as String] in
            let store = try FeatureStore(opening: path)
            CrashPoint.action.withLock { $0 = { if $0.rawValue == point { kill(getpid(), SIGKILL) } } }
            _ = try store.compact("v", keeping: .seconds(3600), isFull: true)
        }
        #expect(try fixture.store.catalog.hotLogSize(of: "v").rows == (point == .segmentWritten ? 4 : 0))
        #expect(try fixture.rowsInHistory() == 4)
        #expect(try fixture.training([1, 2, 3], at: 20) == [2, 1, 2])
        #expect(try fixture.training([1, 2, 3], at: 20, mark: mark) == [2, 1, 2])
        try fixture.push([(3, 10, nil, 3)])
        _ = try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        #expect(try fixture.rowsInHistory() == 5)
        #expect(try fixture.training([1, 2, 3], at: 20) == [2, 1, 3])
        // What the killed process had written and nobody lists is gone.
        let folder = fixture.store.project.offlineFolder(of: "v")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }

    /// Both stores grow, and the online store's map, in the middle of a process's pushes, which is killed at any moment.
    @Test(arguments: 0..<6) func randomKillsLoseNothingThatWasAcknowledged(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let fixture = try StoreFixture()
        let log = fixture.folder.path + "/acknowledged"
        for life in 0..<3 {
            let delay = random.number(0...60_000)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = fixture.folder.path as String, log = log as String, life = life as Int, delay = delay as Int] in
                let store = try FeatureStore(opening: path)
                let acknowledged = fopen(log, "a")
                for number in 0... {
                    if number == 1 {
                        DispatchQueue.global().async {
                            usleep(UInt32(delay))
                            kill(getpid(), SIGKILL)
                        }
                    }
                    let id = "\(life)-\(number)"
                    try store.push("v", table: CrashRows.batch(life, number), batchID: id)
                    fputs(id + "\n", acknowledged)
                    fflush(acknowledged)
                    if number % 9 == 8 { _ = try store.compact("v", keeping: .seconds(3600), isFull: true) }
                }
            }
        }
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let acknowledged = text.split(separator: "\n").map(String.init)
        #expect(acknowledged.count >= 3)
        try fixture.reopen()
        let stored = try fixture.storedBatches()
        #expect(stored.isSuperset(of: acknowledged), "seed \(seed)")
        // At most the one batch of each life that was on its way is stored and was not acknowledged.
        #expect(stored.count <= acknowledged.count + 3, "seed \(seed)")
        #expect(try fixture.rowsInHistory() == stored.count * CrashRows.batchRows, "seed \(seed)")
        let keys = (0..<Int64(CrashRows.batchRows)).map { $0 }
        #expect(try fixture.online(keys) == fixture.training(keys, at: 1_000_000), "seed \(seed)")
    }
}

/// Rows that a child process pushes.
private enum CrashRows {
    static let batchRows = 50

    static var table: Table { rows([(1, 10, 2), (3, 10, 2)]) }

    static func batch(_ life: Int, _ number: Int) -> Table {
        rows((0..<batchRows).map { (Int64($0), Int64(life * 1000 + number), Int64(life * 1000 + number)) })
    }

    private static func rows(_ rows: [(id: Int64, t: Int64, x: Int64)]) -> Table {
        Table(
            fields: [Field("id", .int64), Field("t", .instant), Field("x", .int64), Field("s", .string)],
            columns: [
                Column(.int64, rows.map { .int($0.id) }), Column(.instant, rows.map { .timestamp(seconds($0.t)) }),
                Column(.int64, rows.map { .int($0.x) }), Column(.string, rows.map { _ in .string("s") }),
            ])
    }
}

extension StoreFixture {
    /// Rows in segments and in the hot log, counted one by one.
    fileprivate func rowsInHistory() throws -> Int {
        let layout = try PushTarget("v", in: try store.definitions()).layout
        return try store.history(of: layout).reduce(0) { sum, part in
            try (0..<part.blockCount).reduce(sum) { $0 + (try part.events(of: $1)?.count ?? 0) }
        }
    }

    /// The ids of the batches that history holds, by their values.
    fileprivate func storedBatches() throws -> Set<String> {
        let layout = try PushTarget("v", in: try store.definitions()).layout
        var found: Set<String> = []
        for part in try store.history(of: layout) {
            for block in 0..<part.blockCount {
                for case .int(let x) in try part.values(of: layout.view.features[0], block: block)?.allValues ?? [] {
                    found.insert("\(x / 1000)-\(x % 1000)")
                }
            }
        }
        return found
    }
}
