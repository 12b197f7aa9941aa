import CLMDB
import Foundation
import Synchronization

/// One open LMDB environment: a folder with a data file mapped into memory, many readers and one writer.
///
/// LMDB's locks belong to the process, so a folder must be open only once in it: `LMDBLease` shares environments.
/// The map may move when it grows, which no transaction survives. So every transaction holds `mapLock` shared, and
/// growth holds it exclusively, preferred over new readers so that it is never starved.
final class LMDBEnvironment: @unchecked Sendable {
    /// Reads at once, over all processes; a thread that has read keeps its place as long as its reader lives.
    static let maximumReaders = 2048
    static let maximumDatabases = 4096
    /// The first size of the map: address space, not disk space.
    static let initialMapSize = 1 << 30
    /// Where growth ends: 16 TiB, an eighth of what a process can address on x86-64.
    static let maximumMapSize = 1 << 44

    let path: String
    let isReadOnly: Bool
    private let environment: OpaquePointer
    private let mapLock: UnsafeMutablePointer<pthread_rwlock_t>
    private let mapSizeLimit: Int
    /// One writing thread at a time; a write transaction of another process is waited for by LMDB itself.
    private let writing = NSLock()
    /// Up to where disk space is set aside; only a writing thread uses it.
    var reservedBytes = 0
    /// Opening a database handle is not thread-safe in LMDB, whatever the transaction.
    private let opening = NSLock()
    private let handles = Mutex<[String: LMDBDatabase]>([:])

    /// Opens the environment in a folder that exists, and creates its files unless it is to be read only.
    init(path: String, isReadOnly: Bool, mapSize: Int, mapSizeLimit: Int) throws {
        self.path = path
        self.isReadOnly = isReadOnly
        self.mapSizeLimit = mapSizeLimit
        environment = try Self.openEnvironment(path: path, isReadOnly: isReadOnly, mapSize: mapSize)
        mapLock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        pthread_rwlock_init(mapLock, &attributes)
        pthread_rwlockattr_destroy(&attributes)
    }

    /// Ends the environment. Nothing may use it afterwards; the last lease calls this.
    func close() {
        mdb_env_close(environment)
    }

    deinit {
        pthread_rwlock_destroy(mapLock)
        mapLock.deallocate()
    }

    private static func openEnvironment(path: String, isReadOnly: Bool, mapSize: Int) throws -> OpaquePointer {
        var handle: OpaquePointer?
        var code = mdb_env_create(&handle)
        guard code == MDB_SUCCESS, let handle else { throw LMDBError(code, "open the online store", path: path) }
        mdb_env_set_maxdbs(handle, MDB_dbi(maximumDatabases))
        mdb_env_set_maxreaders(handle, UInt32(maximumReaders))
        mdb_env_set_mapsize(handle, mapSize)
        // Keys are read at random: read-ahead would only push useful pages out of memory.
        let flags = MDB_NOTLS | MDB_NORDAHEAD | (isReadOnly ? MDB_RDONLY : 0)
        code = mdb_env_open(handle, path, UInt32(flags), 0o644)
        if code == MDB_SUCCESS, !isWhole(handle, path: path) { code = MDB_CORRUPTED }
        guard code == MDB_SUCCESS else {
            mdb_env_close(handle)
            throw LMDBError(code, "open the online store", path: path)
        }
        // A process that was killed while reading leaves a slot that would keep old pages from being reused.
        var cleared: Int32 = 0
        mdb_reader_check(handle, &cleared)
        return handle
    }

    /// Whether the file holds all pages that it says it does: a page beyond its end would be a bus error to read.
    private static func isWhole(_ environment: OpaquePointer, path: String) -> Bool {
        var info = MDB_envinfo()
        var statistics = MDB_stat()
        var file = stat()
        mdb_env_info(environment, &info)
        mdb_env_stat(environment, &statistics)
        guard stat(path + "/data.mdb", &file) == 0 else { return false }
        return Int(file.st_size) / Int(statistics.ms_psize) > info.me_last_pgno || info.me_last_pgno <= 1
    }

    /// The map's size in bytes.
    var mapSize: Int {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        return info.me_mapsize
    }

    /// Bytes of the pages in use or free for reuse: the data file's size.
    var usedBytes: Int {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        return (info.me_last_pgno + 1) * pageSize
    }

    var pageSize: Int {
        var statistics = MDB_stat()
        mdb_env_stat(environment, &statistics)
        return Int(statistics.ms_psize)
    }

    /// The data file, which stays LMDB's.
    func getDescriptor(_ descriptor: inout Int32) -> Int32 { mdb_env_get_fd(environment, &descriptor) }
}

// MARK: - Transactions

extension LMDBEnvironment {
    /// Runs `body` in a write transaction, which is committed, durable on disk, when it returns, and undone if it throws.
    ///
    /// When the map is full it is doubled and `body` runs again from the start in a new transaction, so `body` must
    /// not have effects outside of the transaction. Waits for other writers, in this process or another.
    func write<Result>(
        expecting bytes: Int = 0, _ body: (LMDBWriteTransaction) throws -> Result
    ) throws -> Result {
        writing.lock()
        defer { writing.unlock() }
        try growMap(toHold: bytes)
        while true {
            do {
                return try writeOnce(body)
            } catch let error as LMDBError where error.code == MDB_MAP_FULL {
                try growMap(to: mapSize * 2)
            } catch let error as LMDBError where error.code == MDB_MAP_RESIZED {
                try adoptMapSize()
            }
        }
    }

    private func writeOnce<Result>(_ body: (LMDBWriteTransaction) throws -> Result) throws -> Result {
        pthread_rwlock_rdlock(mapLock)
        defer { pthread_rwlock_unlock(mapLock) }
        let pointer = try begin(flags: 0)
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

    /// Runs `body` on a snapshot of the last commit, in a transaction of its own.
    func read<Result>(_ body: (LMDBSnapshot) throws -> Result) throws -> Result {
        let pointer = try beginReading()
        defer {
            mdb_txn_abort(pointer)
            endReading()
        }
        return try body(LMDBSnapshot(pointer: pointer, path: path))
    }

    /// Begins a read transaction and holds the map in place until `endReading()` on the same thread.
    func beginReading(renewing idle: OpaquePointer? = nil) throws -> OpaquePointer {
        while true {
            pthread_rwlock_rdlock(mapLock)
            do {
                guard let idle else { return try begin(flags: MDB_RDONLY) }
                let code = mdb_txn_renew(idle)
                guard code == MDB_SUCCESS else { throw LMDBError(code, "read the online store", path: path) }
                return idle
            } catch let error as LMDBError where error.code == MDB_MAP_RESIZED {
                pthread_rwlock_unlock(mapLock)
                try adoptMapSize()
            } catch {
                pthread_rwlock_unlock(mapLock)
                throw error
            }
        }
    }

    func endReading() { pthread_rwlock_unlock(mapLock) }

    private func begin(flags: Int32) throws -> OpaquePointer {
        var pointer: OpaquePointer?
        let code = mdb_txn_begin(environment, nil, UInt32(flags), &pointer)
        guard code == MDB_SUCCESS, let pointer else {
            throw LMDBError(code, flags == 0 ? "write the online store" : "read the online store", path: path)
        }
        return pointer
    }
}

// MARK: - Growth

extension LMDBEnvironment {
    /// Makes room for about `bytes` more, so that a large write need not run twice.
    private func growMap(toHold bytes: Int) throws {
        var size = mapSize
        let needed = usedBytes + bytes
        while size < needed, size < mapSizeLimit { size *= 2 }
        if size > mapSize { try growMap(to: min(size, mapSizeLimit)) }
    }

    private func growMap(to size: Int) throws {
        guard mapSize < mapSizeLimit else { throw LMDBError(MDB_MAP_FULL, "write the online store", path: path) }
        try setMapSize(min(size, mapSizeLimit))
    }

    /// Takes over the size to which another process has grown the map.
    private func adoptMapSize() throws { try setMapSize(0) }

    private func setMapSize(_ size: Int) throws {
        pthread_rwlock_wrlock(mapLock)
        defer { pthread_rwlock_unlock(mapLock) }
        let code = mdb_env_set_mapsize(environment, size)
        guard code == MDB_SUCCESS else { throw LMDBError(code, "grow the online store", path: path) }
    }
}

// MARK: - Databases

extension LMDBEnvironment {
    /// The named database, or nil if nothing was ever written under that name.
    func database(_ name: String) throws -> LMDBDatabase? {
        if let known = handles.withLock({ $0[name] }) { return known }
        opening.lock()
        defer { opening.unlock() }
        let pointer = try beginReading()
        defer { endReading() }
        return try openHandle(name, in: pointer, flags: 0)
    }

    /// The named database, made if there is none. Not to be called within a transaction of the same thread.
    func databaseForWriting(_ name: String) throws -> LMDBDatabase {
        if let known = try database(name) { return known }
        writing.lock()
        defer { writing.unlock() }
        opening.lock()
        defer { opening.unlock() }
        while true {
            do {
                return try makeHandle(name)
            } catch let error as LMDBError where error.code == MDB_MAP_FULL {
                try growMap(to: mapSize * 2)
            } catch let error as LMDBError where error.code == MDB_MAP_RESIZED {
                try adoptMapSize()
            }
        }
    }

    private func makeHandle(_ name: String) throws -> LMDBDatabase {
        pthread_rwlock_rdlock(mapLock)
        defer { pthread_rwlock_unlock(mapLock) }
        let pointer = try begin(flags: 0)
        guard let made = try openHandle(name, in: pointer, flags: MDB_CREATE) else {
            throw LMDBError(MDB_NOTFOUND, "create a database of the online store", path: path)
        }
        return made
    }

    /// Opens a handle and ends the transaction `pointer`: only its commit makes the handle last.
    private func openHandle(_ name: String, in pointer: OpaquePointer, flags: Int32) throws -> LMDBDatabase? {
        var handle = MDB_dbi()
        var code = mdb_dbi_open(pointer, name, UInt32(flags), &handle)
        guard code == MDB_SUCCESS else {
            mdb_txn_abort(pointer)
            if code == MDB_NOTFOUND { return nil }
            throw LMDBError(code, "open a database of the online store", path: path)
        }
        code = mdb_txn_commit(pointer)
        guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
        let database = LMDBDatabase(handle: handle)
        handles.withLock { $0[name] = database }
        return database
    }
}
