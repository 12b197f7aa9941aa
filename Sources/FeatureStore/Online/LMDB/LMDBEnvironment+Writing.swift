import CLMDB
import Foundation

extension LMDBEnvironment {
    /// When a commit is on disk.
    enum Durability {
        /// Before `write` returns.
        case atOnce
        /// With the next commit or `sync()`: a power cut may undo it, and leaves the state before it. One wait less for the
        /// disk, for what is written down elsewhere.
        case withNext
    }

    /// Runs `body` in a write transaction, which is committed, durable on disk, when it returns, and undone if it throws.
    ///
    /// When the map is full it is doubled and `body` runs again from the start in a new transaction, so `body` must
    /// not have effects outside of the transaction. Waits for other writers, in this process or another.
    func write<Result>(
        expecting bytes: Int = 0, durable durability: Durability = .atOnce,
        _ body: (LMDBWriteTransaction) throws -> Result
    ) throws -> Result {
        writing.lock()
        defer { writing.unlock() }
        try growMap(toHold: bytes)
        clearStaleReaders()
        return try retryingForRoom { try writeOnce(durability, body) }
    }

    private func writeOnce<Result>(
        _ durability: Durability, _ body: (LMDBWriteTransaction) throws -> Result
    ) throws -> Result {
        mapLock.lock()
        defer { mapLock.unlock() }
        // The pages are synced in either case, so the file is whole at any time; the record of the commit may not be.
        let pointer = try begin(flags: durability == .withNext ? MDB_NOMETASYNC : 0)
        let result: Result
        do {
            result = try body(LMDBWriteTransaction(pointer: pointer, path: path))
        } catch {
            mdb_txn_abort(pointer)
            throw error
        }
        let code = mdb_txn_commit(pointer)
        guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
        return result
    }

    /// Waits until every commit so far is on disk.
    func sync() throws(LMDBError) {
        let code = mdb_env_sync(environment, 1)
        guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
    }

    private func begin(flags: Int32 = 0) throws(LMDBError) -> OpaquePointer {
        var pointer: OpaquePointer?
        let code = mdb_txn_begin(environment, nil, UInt32(flags), &pointer)
        guard code == MDB_SUCCESS, let pointer else { throw LMDBError(code, "write the online store", path: path) }
        return pointer
    }

    private func retryingForRoom<Result>(_ body: () throws -> Result) throws -> Result {
        while true {
            do {
                return try body()
            } catch let error as LMDBError where error.code == MDB_MAP_FULL {
                try growMap(to: mapSize * 2)
            } catch let error as LMDBError where error.code == MDB_MAP_RESIZED {
                try adoptMapSize()
            }
        }
    }

    /// The named database, made if there is none, to be written. Not to be called within a transaction.
    func databaseForWriting(_ name: String) throws -> LMDBDatabase {
        if let known = handles.withLock({ $0[name] }) { return known }
        writing.lock()
        defer { writing.unlock() }
        return try retryingForRoom {
            let database = try makeHandle(name)
            handles.withLock { $0[name] = database }
            return database
        }
    }

    /// Only a commit makes the handle last.
    private func makeHandle(_ name: String) throws(LMDBError) -> LMDBDatabase {
        mapLock.lock()
        defer { mapLock.unlock() }
        let pointer = try begin()
        var handle = MDB_dbi()
        var code = mdb_dbi_open(pointer, name, UInt32(MDB_CREATE), &handle)
        guard code == MDB_SUCCESS else {
            mdb_txn_abort(pointer)
            throw LMDBError(code, "open a database of the online store", path: path)
        }
        code = mdb_txn_commit(pointer)
        guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
        return LMDBDatabase(handle: handle)
    }
}
