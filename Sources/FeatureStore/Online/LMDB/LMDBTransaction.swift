import CLMDB
import Foundation

/// A named database of an environment: a handle that holds for as long as the environment is open.
struct LMDBDatabase: Hashable, Sendable {
    fileprivate let handle: MDB_dbi

    init(handle: MDB_dbi) { self.handle = handle }
}

/// A transaction that writes; ended by `LMDBEnvironment.write`, inside of which alone it may be used.
struct LMDBWriteTransaction {
    private let pointer: OpaquePointer
    private let path: String

    init(pointer: OpaquePointer, path: String) {
        self.pointer = pointer
        self.path = path
    }

    /// The bytes stored under `key` as this transaction has changed them, good until its next write.
    func value(for key: UnsafeRawBufferPointer, in database: LMDBDatabase) throws -> UnsafeRawBufferPointer? {
        var (keyValue, found) = (MDB_val(key), MDB_val())
        let code = mdb_get(pointer, database.handle, &keyValue, &found)
        if code == MDB_NOTFOUND { return nil }
        try check(code)
        return UnsafeRawBufferPointer(start: found.mv_data, count: found.mv_size)
    }

    /// The shape of a database's tree.
    struct Statistics {
        let entries: Int
        let depth: Int
        let branchPages: Int
        let leafPages: Int
        let overflowPages: Int
    }

    func statistics(of database: LMDBDatabase) throws -> Statistics {
        var statistics = MDB_stat()
        try check(mdb_stat(pointer, database.handle, &statistics))
        return Statistics(
            entries: statistics.ms_entries, depth: Int(statistics.ms_depth),
            branchPages: statistics.ms_branch_pages, leafPages: statistics.ms_leaf_pages,
            overflowPages: statistics.ms_overflow_pages)
    }

    /// With `appending`, `key` must order after all keys of the database.
    func put(
        _ value: UnsafeRawBufferPointer, for key: UnsafeRawBufferPointer, in database: LMDBDatabase,
        appending: Bool = false
    ) throws {
        var (keyValue, data) = (MDB_val(key), MDB_val(value))
        try check(mdb_put(pointer, database.handle, &keyValue, &data, UInt32(appending ? MDB_APPEND : 0)))
    }

    /// Returns whether the key was there.
    func remove(_ key: UnsafeRawBufferPointer, from database: LMDBDatabase) throws -> Bool {
        var keyValue = MDB_val(key)
        let code = mdb_del(pointer, database.handle, &keyValue, nil)
        if code == MDB_NOTFOUND { return false }
        try check(code)
        return true
    }

    /// Removes all keys of a database; the database itself stays, so that handles to it hold.
    func removeAll(from database: LMDBDatabase) throws { try check(mdb_drop(pointer, database.handle, 0)) }

    /// Removes all keys that begin with `prefix`.
    func removeAll(beginningWith prefix: [UInt8], from database: LMDBDatabase) throws {
        var keys: [[UInt8]] = []
        try cursor(database).forEachKey(from: prefix) { key in
            guard key.starts(with: prefix) else { return false }
            keys.append(Array(key))
            return true
        }
        for key in keys { _ = try key.withUnsafeBytes { try remove($0, from: database) } }
    }

    func cursor(_ database: LMDBDatabase) throws -> LMDBCursor { try LMDBCursor(pointer, path, database) }

    private func check(_ code: Int32) throws {
        guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
    }
}

/// A position in a database that makes neighbouring reads and writes cheap.
struct LMDBCursor: ~Copyable {
    private let pointer: OpaquePointer
    private let path: String

    fileprivate init(_ transaction: OpaquePointer, _ path: String, _ database: LMDBDatabase) throws {
        var cursor: OpaquePointer?
        let code = mdb_cursor_open(transaction, database.handle, &cursor)
        guard code == MDB_SUCCESS, let cursor else { throw LMDBError(code, "write the online store", path: path) }
        pointer = cursor
        self.path = path
    }

    deinit { mdb_cursor_close(pointer) }

    /// The bytes stored under `key`, with the cursor moved to it.
    func value(for key: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer? {
        var (keyValue, value) = (MDB_val(key), MDB_val())
        guard try found(mdb_cursor_get(pointer, &keyValue, &value, MDB_SET)) else { return nil }
        return UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    }

    /// Stores `count` bytes under `key` and returns where, to be written before the next call.
    ///
    /// With `appending`, `key` must order after all keys of the database.
    @inline(__always)
    func reserve(_ count: Int, for key: UnsafeRawBufferPointer, appending: Bool) throws -> UnsafeMutableRawBufferPointer
    {
        var keyValue = MDB_val(key)
        var value = MDB_val(mv_size: count, mv_data: nil)
        let flags = UInt32(MDB_RESERVE | (appending ? MDB_APPEND : 0))
        let code = mdb_cursor_put(pointer, &keyValue, &value, flags)
        guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
        return UnsafeMutableRawBufferPointer(start: value.mv_data, count: value.mv_size)
    }

    /// Calls `body` with every key from the first that is not before `start`, in order, while it returns true.
    func forEachKey(from start: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Bool) throws {
        try start.withUnsafeBytes { start in
            var (key, value) = (MDB_val(start), MDB_val())
            var step = MDB_SET_RANGE
            while try found(mdb_cursor_get(pointer, &key, &value, step)) {
                guard try body(UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size)) else { return }
                step = MDB_NEXT
            }
        }
    }

    private func found(_ code: Int32) throws -> Bool {
        if code == MDB_NOTFOUND { return false }
        guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
        return true
    }
}

extension MDB_val {
    /// LMDB takes mutable pointers but writes only through those it hands out.
    @inline(__always)
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}
