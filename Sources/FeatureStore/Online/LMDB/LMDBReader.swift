import CLMDB
import Foundation
import Synchronization

/// A place to read from, kept and renewed, so that a read costs no system call and no allocation.
///
/// Where the user may write LMDB's table of readers, a snapshot is registered there: no writer reuses its pages. Where
/// not, they may be reused, but only by the third commit after the snapshot's (LMDB reuses what a transaction T freed in
/// T + 2 at the earliest, `mdb_find_oldest`, and the first T that frees a page of snapshot S is S + 1). So what was read is
/// right if the newest commit is by then S + 1 at most: `isIntact`.
///
/// Invariant: it is used by the thread that has `turn`; `begin()` and `end()` alternate.
final class LMDBReader: @unchecked Sendable {
    @exclusivity(unchecked) private(set) var pages: LMDBPages
    @exclusivity(unchecked) private(set) var commitNumber = UInt64.max
    private let file: LMDBFile
    /// Nil for a reader that registers nowhere.
    private let environment: LMDBEnvironment?
    /// Keeps the environment open.
    private let lease: LMDBLease
    private let turn: ReaderTurn
    private let process = OwnProcess.id
    @exclusivity(unchecked) private var commit: LMDBCommit?
    @exclusivity(unchecked) private var transaction: OpaquePointer?

    /// - Parameter turn: the calling thread's.
    init(_ lease: LMDBLease, turn: ReaderTurn) throws(LMDBError) {
        self.lease = lease
        self.turn = turn
        file = lease.file
        environment = lease.environment
        pages = try lease.file.pages(upTo: 1)
        environment?.readers.withLock { $0[ObjectIdentifier(self)] = turn }
    }

    deinit {
        environment?.readers.withLock { $0[ObjectIdentifier(self)] = nil }
        // What a child of the process that began it ends, would end for both.
        if let transaction, process == OwnProcess.id { mdb_txn_abort(transaction) }
    }

    /// Begins to read the newest commit.
    @inline(__always)
    func begin() throws(LMDBError) {
        guard let environment else { return try findNewest() }
        if let transaction, mdb_txn_renew(transaction) == MDB_SUCCESS {
            if UInt64(mdb_txn_id(transaction)) == commitNumber { return }
        } else {
            try register(in: environment)
        }
        try findRegistered(in: environment)
    }

    @inline(__always)
    func end() {
        if let transaction { mdb_txn_reset(transaction) }
    }

    /// Whether all that was read since `begin()` was of its commit.
    @inline(__always)
    var isIntact: Bool {
        if environment != nil { return true }
        atomicMemoryFence(ordering: .acquiringAndReleasing)
        let newest = newestCommit
        return (newest == commitNumber || newest == commitNumber &+ 1) && isStillThere
    }

    /// Whether the file still says of our commit what it said. A commit whose last write fails is taken back, and another
    /// may get its number.
    private var isStillThere: Bool {
        let meta = pages.meta(commitNumber)
        guard let commit, let there = try? meta.commit() else { return false }
        return there == commit
    }

    /// Whether this process is a child of the one that made the reader, which it must not use.
    @inline(__always)
    var isInherited: Bool { process != OwnProcess.id }

    var isRegistered: Bool { environment != nil }

    var damaged: LMDBError { file.damaged }

    /// - Precondition: between `begin()` and `end()`.
    func snapshot() throws(LMDBError) -> LMDBSnapshot {
        guard let commit else { throw file.damaged }
        return LMDBSnapshot(commit, pages: pages, file: file)
    }

    /// Runs `body` on the newest commit, again where what it saw was not of one commit (`isIntact`).
    @inline(__always)
    func withSnapshot<Result>(_ body: (LMDBSnapshot) throws -> Result) throws -> Result {
        try reading { try body(try snapshot()) }
    }

    /// Runs `body` between `begin()` and `end()`, again where what it read was not of one commit.
    ///
    /// - Throws: what `body` throws of an intact commit.
    @inline(__always)
    func reading<Result>(_ body: () throws -> Result) throws -> Result {
        for _ in 0..<Self.readingAttempts {
            try begin()
            defer { end() }
            do {
                let result = try body()
                if isIntact { return result }
            } catch {
                if isIntact { throw error }
            }
        }
        throw LMDBError(LMDBError.writtenTooFast, "read the online store", path: file.storePath)
    }

    private static let readingAttempts = 1000

    /// Renews the transaction, or begins one, where that is not done at once.
    private func register(in environment: LMDBEnvironment) throws(LMDBError) {
        var hasCleared = false
        while true {
            let code: Int32
            if let transaction {
                code = mdb_txn_renew(transaction)
            } else {
                code = mdb_txn_begin(environment.environment, nil, UInt32(MDB_RDONLY), &transaction)
            }
            switch code {
            case MDB_SUCCESS: return
            case MDB_MAP_RESIZED:
                // The map cannot move while we have our turn.
                turn.release()
                defer { while !turn.acquire() { sched_yield() } }
                try environment.adoptMapSize()
            case MDB_READERS_FULL where !hasCleared:
                environment.clearStaleReaders()
                hasCleared = true
            default: throw LMDBError(code, "read the online store", path: environment.path)
            }
        }
    }

    /// Finds the main tree of the commit that we are registered for.
    ///
    /// Its page is overwritten by the second commit after it, which begins when the first is over, and then LMDB gives new
    /// readers that one. So if a renewed registration is still for our commit, what we copied before was whole.
    private func findRegistered(in environment: LMDBEnvironment) throws(LMDBError) {
        for _ in 0..<Self.attempts {
            guard let transaction else { throw file.damaged }
            let number = UInt64(mdb_txn_id(transaction))
            let meta = pages.meta(number)
            let found = Result { () throws(LMDBDamage) in try meta.commit() }
            atomicMemoryFence(ordering: .acquiring)
            let isOurs = meta.commitNumber == number
            mdb_txn_reset(transaction)
            try register(in: environment)
            if isOurs, UInt64(mdb_txn_id(transaction)) == number {
                return try adopt(found)
            }
        }
        throw LMDBError(LMDBError.exchangedFile, "read the online store", path: environment.path)
    }

    /// Finds the main tree of the newest commit.
    private func findNewest() throws(LMDBError) {
        for _ in 0..<Self.attempts {
            let number = newestCommit
            atomicMemoryFence(ordering: .acquiring)
            if number == commitNumber, isStillThere { return }
            let meta = pages.meta(number)
            let found = Result { () throws(LMDBDamage) in try meta.commit() }
            atomicMemoryFence(ordering: .acquiring)
            // Only the second commit after it writes there again.
            if meta.commitNumber == number, newestCommit == number { return try adopt(found) }
        }
        throw LMDBError(MDB_INVALID, "read the online store", path: file.storePath)
    }

    private static let attempts = 1_000_000

    private func adopt(_ found: Result<LMDBCommit, LMDBDamage>) throws(LMDBError) {
        guard case .success(let found) = found else { throw file.damaged }
        pages = try file.pages(upTo: found.lastPage)
        commit = found
        commitNumber = found.number
    }

    private var newestCommit: UInt64 { max(pages.meta(0).commitNumber, pages.meta(1).commitNumber) }
}
