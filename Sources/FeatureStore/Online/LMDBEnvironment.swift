import CLMDB
import Foundation

/// One LMDB environment: the memory map that holds all views' online rows. LMDB's types appear in `LMDB*.swift` only.
///
/// Any number of processes and threads read, each from the state of the last commit before it began; one process writes
/// at a time. Read transactions are not bound to threads (`MDB_NOTLS`).
final class LMDBEnvironment: @unchecked Sendable {
    fileprivate let handle: OpaquePointer
    let path: String
    private let isReadOnly: Bool

    /// The first map, in bytes. It costs address space, not disk: the file grows with its content.
    private static let initialMapBytes = 1 << 30
    /// The largest map that is made.
    static let maximumMapBytes = 1 << 40
    private static let maximumReaders: UInt32 = 1024
    private static let maximumDatabases: UInt32 = 4096

    /// Opens the environment in the folder `path`; a writer also makes it.
    init(path: String, isReadOnly: Bool, mapBytes: Int? = nil) throws(OnlineError) {
        self.path = path
        self.isReadOnly = isReadOnly
        var created: OpaquePointer?
        var status = mdb_env_create(&created)
        guard status == 0, let created else { throw Self.error(status, "start", path) }
        if !isReadOnly { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        mdb_env_set_maxreaders(created, Self.maximumReaders)
        mdb_env_set_maxdbs(created, Self.maximumDatabases)
        mdb_env_set_mapsize(created, mapBytes ?? Self.initialMapBytes)
        let flags = UInt32(MDB_NOTLS) | (isReadOnly ? UInt32(MDB_RDONLY) : 0)
        status = mdb_env_open(created, path, flags, 0o644)
        guard status == 0 else {
            mdb_env_close(created)
            throw Self.error(status, "open the online store", path)
        }
        handle = created
        // A killed reader's slot would keep old pages from being used again.
        var dead: Int32 = 0
        mdb_reader_check(handle, &dead)
    }

    deinit { mdb_env_close(handle) }

    /// Runs `body` in a read transaction.
    func read<T>(_ body: (borrowing LMDBTransaction) throws -> T) throws -> T {
        let transaction = try LMDBTransaction(self, flags: UInt32(MDB_RDONLY))
        return try body(transaction)
    }

    /// Runs `body` in a write transaction and commits it durably. When the map is full, `body` is rolled back, the map
    /// doubled, and `body` run again, so it must not keep effects of its own.
    func write<T>(_ body: (borrowing LMDBTransaction) throws -> T) throws -> T {
        while true {
            do {
                var transaction = try LMDBTransaction(self, flags: 0)
                let result = try body(transaction)
                try transaction.commit()
                return result
            } catch is LMDBMapFull {
                try grow()
            }
        }
    }

    /// Doubles the map. No transaction of this process may be open.
    private func grow() throws(OnlineError) {
        var state = MDB_envinfo()
        mdb_env_info(handle, &state)
        guard state.me_mapsize < Self.maximumMapBytes else { throw .tooLarge(path: path, limit: Self.maximumMapBytes) }
        let status = mdb_env_set_mapsize(handle, state.me_mapsize * 2)
        guard status == 0 else { throw Self.error(status, "grow its map", path) }
    }

    /// Takes over a size that another process has given the map.
    fileprivate func adoptMapSize() throws(OnlineError) {
        let status = mdb_env_set_mapsize(handle, 0)
        guard status == 0 else { throw Self.error(status, "follow a grown map", path) }
    }

    fileprivate static func error(_ status: Int32, _ operation: String, _ path: String) -> OnlineError {
        if status == ENOSPC || status == EDQUOT || status == EFBIG { return .diskFull(path: path) }
        return .failed(path: path, operation: operation, reason: String(cString: mdb_strerror(status)))
    }
}

/// The map is full; `LMDBEnvironment.write` catches it.
private struct LMDBMapFull: Error {}

/// A named database within an environment, valid for as long as the environment.
struct LMDBDatabase: Hashable, Sendable {
    fileprivate let number: UInt32
}

/// A transaction, rolled back at the end of its scope unless committed.
struct LMDBTransaction: ~Copyable {
    fileprivate let handle: OpaquePointer
    private let environment: LMDBEnvironment
    private var isFinished = false

    fileprivate init(_ environment: LMDBEnvironment, flags: UInt32) throws(OnlineError) {
        self.environment = environment
        var begun: OpaquePointer?
        var status = mdb_txn_begin(environment.handle, nil, flags, &begun)
        if status == MDB_MAP_RESIZED {
            try environment.adoptMapSize()
            status = mdb_txn_begin(environment.handle, nil, flags, &begun)
        }
        guard status == 0, let begun else {
            throw LMDBEnvironment.error(status, "begin a transaction", environment.path)
        }
        handle = begun
    }

    deinit { if !isFinished { mdb_txn_abort(handle) } }

    /// Commits; LMDB frees the transaction whatever comes of it.
    fileprivate mutating func commit() throws {
        isFinished = true
        let status = mdb_txn_commit(handle)
        if status == MDB_MAP_FULL { throw LMDBMapFull() }
        guard status == 0 else { throw LMDBEnvironment.error(status, "commit", environment.path) }
    }

    /// The database `name`; nil if there is none and it is not to be made.
    func database(_ name: String, creates: Bool = false) throws -> LMDBDatabase? {
        var number: UInt32 = 0
        let status = mdb_dbi_open(handle, name, creates ? UInt32(MDB_CREATE) : 0, &number)
        if status == MDB_NOTFOUND { return nil }
        try check(status, "open a view's database")
        return LMDBDatabase(number: number)
    }

    func count(_ database: LMDBDatabase) throws -> Int {
        var statistics = MDB_stat()
        try check(mdb_stat(handle, database.number, &statistics), "count")
        return statistics.ms_entries
    }

    /// The value under `key`, in the map: valid until the transaction ends.
    @inline(__always)
    func value(_ database: LMDBDatabase, _ key: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer? {
        var key = MDB_val(mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
        var value = MDB_val()
        let status = mdb_get(handle, database.number, &key, &value)
        if status == 0 { return UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size) }
        if status == MDB_NOTFOUND { return nil }
        throw LMDBEnvironment.error(status, "read", environment.path)
    }

    func put(_ database: LMDBDatabase, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        var key = MDB_val(mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
        var value = MDB_val(mv_size: value.count, mv_data: UnsafeMutableRawPointer(mutating: value.baseAddress))
        try check(mdb_put(handle, database.number, &key, &value, 0), "write")
    }

    /// Removes all entries of a database.
    func empty(_ database: LMDBDatabase) throws { try check(mdb_drop(handle, database.number, 0), "empty a database") }

    /// Runs `body` with a cursor over the database.
    func withCursor<T>(_ database: LMDBDatabase, _ body: (borrowing LMDBCursor) throws -> T) throws -> T {
        var opened: OpaquePointer?
        try check(mdb_cursor_open(handle, database.number, &opened), "open a cursor")
        guard let opened else { throw LMDBEnvironment.error(EINVAL, "open a cursor", environment.path) }
        let cursor = LMDBCursor(handle: opened, path: environment.path)
        return try body(cursor)
    }

    private func check(_ status: Int32, _ operation: String) throws {
        if status == 0 { return }
        if status == MDB_MAP_FULL { throw LMDBMapFull() }
        throw LMDBEnvironment.error(status, operation, environment.path)
    }
}

/// A place in a database, within one transaction.
struct LMDBCursor: ~Copyable {
    fileprivate let handle: OpaquePointer
    fileprivate let path: String

    deinit { mdb_cursor_close(handle) }

    /// Appends an entry of `size` bytes whose key is greater than all, and lets `fill` write the bytes in the map.
    @inline(__always)
    func append(_ key: UnsafeRawBufferPointer, size: Int, fill: (UnsafeMutableRawPointer) -> Void) throws {
        try put(key, size, UInt32(MDB_APPEND) | UInt32(MDB_RESERVE), fill)
    }

    /// Puts an entry of `size` bytes, and lets `fill` write the bytes in the map.
    @inline(__always)
    func put(_ key: UnsafeRawBufferPointer, size: Int, fill: (UnsafeMutableRawPointer) -> Void) throws {
        try put(key, size, UInt32(MDB_RESERVE), fill)
    }

    @inline(__always)
    private func put(
        _ key: UnsafeRawBufferPointer, _ size: Int, _ flags: UInt32, _ fill: (UnsafeMutableRawPointer) -> Void
    ) throws {
        var key = MDB_val(mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
        var value = MDB_val(mv_size: size, mv_data: nil)
        let status = mdb_cursor_put(handle, &key, &value, flags)
        if status == MDB_MAP_FULL { throw LMDBMapFull() }
        guard status == 0, let data = value.mv_data else { throw LMDBEnvironment.error(status, "write", path) }
        fill(data)
    }

    /// The value under `key`; nil if there is none. The cursor stands there then.
    func value(_ key: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer? {
        var key = MDB_val(mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
        var value = MDB_val()
        let status = mdb_cursor_get(handle, &key, &value, MDB_SET)
        if status == MDB_NOTFOUND { return nil }
        guard status == 0 else { throw LMDBEnvironment.error(status, "read", path) }
        return UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    }
}
