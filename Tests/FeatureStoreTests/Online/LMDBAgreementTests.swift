import CLMDB
import Foundation
import Testing

@testable import FeatureStore

/// We and LMDB find the same, in the same commit.
@Suite struct LMDBAgreementTests {
    private let fixture = OnlineFixture()

    @Test func aStoreWhosePagesLMDBSeesOtherwiseIsRefused() throws {
        let other = OnlineFixture()
        let stores = (try fixture.open(), try other.open())
        for (store, count) in [(stores.0, 100), (stores.1, 101)] {
            let ids = (0..<Int64(count)).map { $0 }
            try store.write(scoreBatch(ids, ids, ids), to: scores, now: seconds(0))
        }
        let environment = try #require(stores.0.opened.lease.environment)
        try LMDBEnvironment.checkAgreement(environment.environment, environment.file)
        let foreign = try LMDBFile(path: other.path + "/data.mdb", storePath: other.path)
        let refusal = #expect(throws: LMDBError.self) {
            try LMDBEnvironment.checkAgreement(environment.environment, foreign)
        }
        #expect(refusal?.description.contains("does not keep to the format of LMDB 0.9") == true)
    }

    @Test func aFileOfAnotherFormatIsRefused() throws {
        let path = fixture.path + "/data.mdb"
        do { _ = try fixture.open() }
        for page in 0..<2 {
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.seek(toOffset: UInt64(page * 4096 + 20))
            try file.write(contentsOf: Data([2, 0, 0, 0]))
            try file.close()
        }
        let refusal = #expect(throws: LMDBError.self) { try OnlineStore(file: path) }
        #expect(refusal?.description.contains("another version of LMDB") == true)
    }

    /// Another process puts, removes and empties at random, and makes the map grow; meanwhile, in commit after commit, we
    /// look up and walk, and ask `mdb_get` and LMDB's cursor for the same.
    @Test(arguments: 1...3)
    func whileAnotherProcessWritesWeSeeWhatLMDBSees(seed: UInt64) async throws {
        let store = try fixture.open(mapSize: 1 << 16)
        try store.write(scoreBatch([1], [1], [1]), to: scores, now: seconds(0))
        let comparison = Comparison(try #require(store.opened.lease.environment), store.opened.lease, seed)
        await #expect(processExitsWith: .success) { [path = fixture.path as String, seed] in
            let store = try OnlineStore(path: path, mapSize: 1 << 16)
            let environment = try #require(store.opened.lease.environment)
            defer { withExtendedLifetime(store) {} }
            let database = try environment.databaseForWriting(Comparison.name)
            var random = SeededGenerator(seed: seed)
            for _ in 0..<150 {
                try environment.write { transaction in
                    if random.chance(0.05) { try transaction.removeAll(from: database) }
                    let removes = random.chance(0.3) ? 0.9 : 0.2
                    for _ in 0..<random.number(0...400) {
                        let key = Comparison.key(&random)
                        if random.chance(removes) {
                            _ = try key.withUnsafeBytes { try transaction.remove($0, from: database) }
                            continue
                        }
                        let length = random.chance(0.02) ? random.number(0...20_000) : random.number(0...100)
                        let value = [UInt8](repeating: UInt8(random.number(0...255)), count: length)
                        try key.withUnsafeBytes { key in
                            try value.withUnsafeBytes { try transaction.put($0, for: key, in: database) }
                        }
                    }
                }
            }
        }
        let seen = comparison.end()
        #expect(seen.differences == [], "seed \(seed)")
        #expect(seen.commits > 5, "seed \(seed)")
    }
}

/// Reads all keys again and again on a thread of its own, in LMDB's way and in ours.
private final class Comparison: @unchecked Sendable {
    static let name = "random"

    static func key(_ random: inout SeededGenerator) -> [UInt8] {
        let number = UInt64(random.number(0...3000))
        return withUnsafeBytes(of: (number % 3 == 0 ? number << 40 : number).bigEndian) { Array($0) }
            + (number % 5 == 0 ? Array("and a tail of bytes".utf8) : [])
    }

    private let lock = NSLock()
    private let ended = DispatchSemaphore(value: 0)
    private var isEnding = false
    private var commits: Set<UInt64> = []
    private var differences: [String] = []
    private let environment: LMDBEnvironment
    private let turn = ReaderTurn()
    private var random: SeededGenerator

    init(_ environment: LMDBEnvironment, _ lease: LMDBLease, _ seed: UInt64) {
        self.environment = environment
        random = SeededGenerator(seed: seed &+ 1000)
        let thread = Thread { [self] in
            do {
                let reader = try LMDBReader(lease, turn: turn)
                while !lock.withLock({ isEnding }), differences.count < 5 { try compare(reader) }
            } catch { differences.append("\(error)") }
            ended.signal()
        }
        thread.start()
    }

    func end() -> (commits: Int, differences: [String]) {
        lock.withLock { isEnding = true }
        ended.wait()
        return (commits.count, differences)
    }

    private func compare(_ reader: LMDBReader) throws {
        var transaction: OpaquePointer?
        try reader.begin()
        let code = mdb_txn_begin(environment.environment, nil, UInt32(MDB_RDONLY), &transaction)
        guard code == MDB_SUCCESS else {
            reader.end()
            turn.release()
            defer { while !turn.acquire() { sched_yield() } }
            guard code == MDB_MAP_RESIZED else { throw LMDBError(code, "begin to read", path: environment.path) }
            return try environment.adoptMapSize()
        }
        defer {
            mdb_txn_abort(transaction)
            reader.end()
        }
        guard UInt64(mdb_txn_id(transaction)) == reader.commitNumber else { return }
        var database = MDB_dbi()
        let snapshot = try reader.snapshot()
        guard mdb_dbi_open(transaction, Self.name, 0, &database) == MDB_SUCCESS else { return }
        guard let tree = try snapshot.tree(Self.name) else {
            differences.append("commit \(reader.commitNumber): no tree")
            return
        }
        commits.insert(reader.commitNumber)
        for _ in 0..<500 {
            var key = Self.key(&random)
            let ours = try key.withUnsafeBytes { try snapshot.value(for: $0, in: tree).map { Array($0) } }
            let theirs = key.withUnsafeMutableBytes { bytes -> [UInt8]? in
                var (key, value) = (MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress), MDB_val())
                guard mdb_get(transaction, database, &key, &value) == MDB_SUCCESS else { return nil }
                return Array(UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size))
            }
            if ours != theirs { differences.append("commit \(reader.commitNumber): key \(key)") }
        }
        try compareWalks(snapshot, tree, transaction, database)
    }

    private func compareWalks(
        _ snapshot: LMDBSnapshot, _ tree: LMDBTree, _ transaction: OpaquePointer?, _ database: MDB_dbi
    ) throws {
        var cursor: OpaquePointer?
        guard mdb_cursor_open(transaction, database, &cursor) == MDB_SUCCESS else { return }
        defer { mdb_cursor_close(cursor) }
        func next() -> [[UInt8]]? {
            var (key, value) = (MDB_val(), MDB_val())
            guard mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS else { return nil }
            return [key, value].map { Array(UnsafeRawBufferPointer(start: $0.mv_data, count: $0.mv_size)) }
        }
        var count = 0
        try snapshot.forEach(in: tree) { key, value in
            count += 1
            guard next() == [Array(key), Array(value)] else {
                differences.append("commit \(snapshot.commitNumber): entry \(count)")
                return false
            }
            return true
        }
        if next() != nil || count != tree.entries { differences.append("commit \(snapshot.commitNumber): the end") }
    }
}
