import CSQLite
import Columnar
import Foundation

/// One connection to an SQLite database: the only place where SQLite's types appear.
///
/// Not thread-safe: an actor or a single thread owns it.
final class SQLiteDatabase {
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]
    let path: String
    private let isReadOnly: Bool

    /// Opens, and unless `isReadOnly` creates, the database at `path`, in WAL mode with durable commits.
    ///
    /// Who may only read needs the files that stand beside a database in WAL mode, which writers therefore leave there.
    ///
    /// - Parameter patienceMilliseconds: how long a statement waits for another connection's lock.
    init(path: String, isReadOnly: Bool = false, patienceMilliseconds: Int32 = 10_000) throws(CatalogError) {
        self.path = path
        self.isReadOnly = isReadOnly
        var opened: OpaquePointer?
        let flags =
            (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX
        let status = sqlite3_open_v2(path, &opened, flags, nil)
        guard status == SQLITE_OK, let opened else {
            let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw .unreadable(path: path, reason: reason)
        }
        handle = opened
        sqlite3_busy_timeout(handle, patienceMilliseconds)
        if !isReadOnly {
            var keepsFiles: Int32 = 1
            sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keepsFiles)
        }
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Runs statements that return no rows.
    func execute(_ sql: String) throws(CatalogError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw lastError(sql) }
    }

    /// Runs one statement with its `?` bound in order, and hands each result row to `row`.
    func query(
        _ sql: String, _ bindings: [SQLiteValue] = [],
        row: (borrowing SQLiteRow) throws(CatalogError) -> Void = { _ in }
    ) throws(CatalogError) {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
            withExtendedLifetime(bindings) {}
        }
        for (i, value) in bindings.enumerated() { bind(value, to: statement, at: Int32(i + 1)) }
        var (attempts, rows) = (0, 0)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                rows += 1
                try row(SQLiteRow(statement: statement))
            case SQLITE_DONE: return
            default:
                guard rows == 0, isComingUp, attempts < Self.attempts else { throw lastError(sql) }
                attempts += 1
                sqlite3_reset(statement)
                usleep(10_000)
            }
        }
    }

    /// The rows of a query, each made into a value.
    func rows<T>(
        _ sql: String, _ bindings: [SQLiteValue] = [], _ make: (borrowing SQLiteRow) throws(CatalogError) -> T
    ) throws(CatalogError) -> [T] {
        var result: [T] = []
        try query(sql, bindings) { (row) throws(CatalogError) in result.append(try make(row)) }
        return result
    }

    /// Runs `body` in one transaction, which is rolled back if it throws; within another one, as a part of that.
    func transaction<T>(_ body: () throws -> T) throws -> T {
        if isInTransaction { return try body() }
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Runs `body` against one unchanging state of the database; within a transaction, that which it has made.
    func reading<T>(_ body: () throws -> T) throws -> T {
        if isInTransaction { return try body() }
        try execute("BEGIN DEFERRED")
        defer { try? execute("COMMIT") }
        return try body()
    }

    private var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    private func prepared(_ sql: String) throws(CatalogError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        var attempts = 0
        while sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) != SQLITE_OK {
            guard isComingUp, attempts < Self.attempts else { throw lastError(sql) }
            attempts += 1
            usleep(10_000)
        }
        guard let statement else { throw lastError(sql) }
        statements[sql] = statement
        return statement
    }

    private static let attempts = 200

    /// Whether the last call failed since a writer is just opening the database, for which who may only read has to wait.
    private var isComingUp: Bool {
        isReadOnly
            && [SQLITE_READONLY | 5 << 8, SQLITE_READONLY | 1 << 8].contains(sqlite3_extended_errcode(handle))
    }

    private func bind(_ value: SQLiteValue, to statement: OpaquePointer, at index: Int32) {
        // SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .float(let number): sqlite3_bind_double(statement, index, number)
        case .text(let text): sqlite3_bind_text(statement, index, text, -1, transient)
        // SQLITE_STATIC: the caller of `query` holds the buffer until the statement is reset and its bindings cleared.
        case .blob(let buffer): sqlite3_bind_blob64(statement, index, buffer.base, UInt64(buffer.count), nil)
        }
    }

    private func lastError(_ sql: String) -> CatalogError {
        let code = sqlite3_errcode(handle)
        let reason = String(cString: sqlite3_errmsg(handle))
        switch code & 0xff {
        case SQLITE_FULL: return .diskFull(path: path)
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy(path: path)
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .unreadable(path: path, reason: reason)
        case SQLITE_READONLY, SQLITE_CANTOPEN:
            let isMissing = isReadOnly && sqlite3_extended_errcode(handle) != SQLITE_READONLY
            return isMissing ? .notReadable(path: path) : .notWritable(path: path, reason: reason)
        case SQLITE_PERM: return .notWritable(path: path, reason: reason)
        case SQLITE_IOERR where errno == ENOSPC: return .diskFull(path: path)
        default: return .failed(path: path, reason: reason, sql: sql)
        }
    }
}

/// A value to bind to a statement.
enum SQLiteValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    case integer(Int64)
    case float(Double)
    case text(String)
    case blob(Buffer)

    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }
    init(_ value: Int64?) { self = value.map(SQLiteValue.integer) ?? .null }
    init(_ value: Int) { self = .integer(Int64(value)) }
    init(_ value: String?) { self = value.map(SQLiteValue.text) ?? .null }
}

/// The current row of a query; valid only inside the query's closure.
struct SQLiteRow: ~Copyable {
    fileprivate let statement: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func float(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }

    func integerIfPresent(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : integer(column)
    }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
    }

    func textIfPresent(_ column: Int32) -> String? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : text(column)
    }

    /// A copy of the bytes, aligned as buffers are.
    func blob(_ column: Int32) -> Buffer {
        let count = Int(sqlite3_column_bytes(statement, column))
        guard count > 0, let start = sqlite3_column_blob(statement, column) else { return .empty }
        let copy = MutableBuffer(capacity: count)
        copy.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        return copy.freeze()
    }
}
