import Columnar
import Foundation

/// A service's log on disk: what was read lately, which segments hold what was read before, labels, examples, and how far
/// each consumer is; all of it in SQLite but for the segments' rows.
///
/// Rows are numbered in the order in which they were written, from 1. Invariant: at any time each row that was written, and
/// is not older than what is kept, is in one batch or in one segment.
///
/// Not thread-safe: each thread has its own. Any number of processes write at once, one commit after the other.
final class LogDatabase {
    let folder: String
    let database: SQLiteDatabase
    private static let format: Int64 = 1

    /// Opens the log in `folder`; a writer also makes it. Nil if it is not there and may only be read.
    ///
    /// - Throws: `CatalogError`.
    init?(folder: String, isReadOnly: Bool, patienceMilliseconds: Int32 = 30_000) throws {
        self.folder = folder
        let path = folder + "/log.sqlite"
        let exists = access(path, F_OK) == 0
        if isReadOnly, !exists { return nil }
        if !exists {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CatalogError.notWritable(path: path, reason: error.localizedDescription)
            }
        }
        database = try SQLiteDatabase(path: path, isReadOnly: isReadOnly, patienceMilliseconds: patienceMilliseconds)
        if !isReadOnly {
            if try database.rows("PRAGMA journal_mode", [], { $0.text(0) }).first != "wal" {
                // SQLite waits for nobody while it goes over to a write-ahead log, so one process does so at a time.
                let lock = try WriterLock(path: folder + "/create.lock", waits: true)
                try withExtendedLifetime(lock) { try database.execute("PRAGMA journal_mode=WAL") }
            }
            try database.execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON")
            try makeTables()
        }
        let found = try database.rows("PRAGMA user_version") { $0.integer(0) }.first ?? 0
        guard found == Self.format else {
            throw CatalogError.newerFormat(path: path, found: found, supported: Self.format)
        }
    }

    private func makeTables() throws {
        guard try database.rows("PRAGMA user_version", [], { $0.integer(0) }).first == 0 else { return }
        try database.transaction {
            // Another process may have made them between the look and the transaction.
            guard try database.rows("PRAGMA user_version", [], { $0.integer(0) }).first == 0 else { return }
            try database.execute(
                """
                CREATE TABLE batches (
                    first_row INTEGER PRIMARY KEY, rows INTEGER NOT NULL, definitions INTEGER NOT NULL,
                    minimum_time INTEGER NOT NULL, maximum_time INTEGER NOT NULL, minimum_logged INTEGER NOT NULL,
                    maximum_logged INTEGER NOT NULL, requests BLOB NOT NULL, payload BLOB NOT NULL);
                CREATE TABLE segments (
                    first_row INTEGER PRIMARY KEY, rows INTEGER NOT NULL, definitions INTEGER NOT NULL,
                    minimum_time INTEGER NOT NULL, maximum_time INTEGER NOT NULL, minimum_logged INTEGER NOT NULL,
                    maximum_logged INTEGER NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL, checksum TEXT NOT NULL,
                    fields TEXT NOT NULL);
                CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                INSERT INTO counters VALUES ('rows', 0), ('dropped', 0), ('examples', 0), ('missing_through', 0),
                    ('late', 0), ('unknown', 0);
                CREATE TABLE labels (
                    id INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL, value, weight REAL NOT NULL,
                    arrived INTEGER NOT NULL);
                CREATE TABLE given (row INTEGER PRIMARY KEY, example INTEGER NOT NULL, value);
                CREATE TABLE examples (
                    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, newest INTEGER NOT NULL, payload BLOB NOT NULL);
                CREATE TABLE consumers (
                    name TEXT PRIMARY KEY, position INTEGER NOT NULL, committed_at INTEGER NOT NULL) WITHOUT ROWID;
                PRAGMA user_version = \(Self.format);
                """)
        }
    }

    // MARK: - Counters

    func counter(_ name: String) throws -> Int64 {
        try database.rows("SELECT value FROM counters WHERE name = ?", [.text(name)]) { $0.integer(0) }.first ?? 0
    }

    func add(_ amount: Int64, to counter: String) throws {
        try database.query("UPDATE counters SET value = value + ? WHERE name = ?", [.integer(amount), .text(counter)])
    }

    func set(_ counter: String, to value: Int64) throws {
        try database.query("UPDATE counters SET value = ? WHERE name = ?", [.integer(value), .text(counter)])
    }

    // MARK: - Rows

    /// Adds rows in one durable commit.
    func append(_ batches: [LogBatch]) throws {
        try database.transaction {
            var next = try counter("rows") + 1
            for batch in batches {
                try insert(batch.table, definitions: batch.definitions, firstRow: next)
                next += Int64(batch.table.rowCount)
            }
            try set("rows", to: next - 1)
        }
    }

    /// The most rows that small batches are merged to.
    static let mergedRows = 4096

    /// Inserts a batch, together with those before it that are no larger: so there are few batches however few rows a
    /// commit has, and a row is written again some ten times at most.
    private func insert(_ table: Table, definitions: Int64, firstRow: Int64) throws {
        var (merged, first) = (table, firstRow)
        while merged.rowCount < Self.mergedRows {
            let last = try database.rows(
                """
                SELECT first_row, payload FROM batches WHERE first_row = (SELECT max(first_row) FROM batches)
                AND definitions = ? AND rows <= ? AND rows <= ?
                """,
                [
                    .integer(definitions), SQLiteValue(merged.rowCount), SQLiteValue(Self.mergedRows - merged.rowCount),
                ]
            ) { ($0.integer(0), $0.blob(1)) }.first
            guard let (before, payload) = last, case let earlier = try PackedTable.unpack(payload),
                before + Int64(earlier.rowCount) == first, earlier.fields == merged.fields
            else { break }
            try database.query("DELETE FROM batches WHERE first_row = ?", [.integer(before)])
            merged = .concatenating([earlier, merged], fields: merged.fields)
            first = before
        }
        let span = LogTable(merged).span
        try database.query(
            "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(first), SQLiteValue(merged.rowCount), .integer(definitions), .integer(span.minimumTime),
                .integer(span.maximumTime), .integer(span.minimumLogged), .integer(span.maximumLogged),
                .blob(LogTable(merged).requestHashes()), .blob(PackedTable.pack(merged)),
            ])
    }

    /// Batches and segments that may hold rows of these times, in the order of rows.
    func parts(within times: LogTimes = .init()) throws -> [LogPart] {
        var parts: [LogPart] = []
        for table in ["segments", "batches"] {
            let file = table == "segments" ? "file, fields" : "NULL, NULL"
            parts += try database.rows(
                """
                SELECT first_row, rows, definitions, minimum_time, maximum_time, minimum_logged, maximum_logged, \(file)
                FROM \(table) WHERE maximum_time >= ? AND minimum_time < ?
                """, [.integer(times.from.microseconds), .integer(times.to.microseconds)]
            ) { row in
                LogPart(
                    firstRow: row.integer(0), rows: Int(row.integer(1)), definitions: row.integer(2),
                    span: LogSpan(
                        minimumTime: row.integer(3), maximumTime: row.integer(4), minimumLogged: row.integer(5),
                        maximumLogged: row.integer(6)), file: row.textIfPresent(7), fields: row.textIfPresent(8))
            }
        }
        return parts.sorted { $0.firstRow < $1.firstRow }
    }

    /// The rows of a batch.
    func table(ofBatch firstRow: Int64) throws -> Table {
        let payloads = try database.rows("SELECT payload FROM batches WHERE first_row = ?", [.integer(firstRow)]) {
            $0.blob(0)
        }
        guard let payload = payloads.first else {
            throw LogError.damaged(path: database.path, reason: "rows from \(firstRow) on are not there")
        }
        return try PackedTable.unpack(payload)
    }
}

/// The times of rows that are asked for: from the first on, and before the second.
package struct LogTimes: Hashable, Sendable {
    package var from: Timestamp
    package var to: Timestamp

    package init(from: Timestamp? = nil, to: Timestamp? = nil) {
        self.from = from ?? .distantPast
        self.to = to ?? .distantFuture
    }
}

/// The times of a part's rows, in microseconds.
struct LogSpan: Hashable, Sendable {
    var minimumTime: Int64
    var maximumTime: Int64
    var minimumLogged: Int64
    var maximumLogged: Int64
}

/// A batch in the database, or a segment in a file.
struct LogPart: Hashable, Sendable {
    var firstRow: Int64
    var rows: Int
    /// The version of definitions that its rows were read by.
    var definitions: Int64
    var span: LogSpan
    /// Nil for a batch.
    var file: String?
    /// The columns of a segment, `name:type` with commas: Parquet forgets how long vectors are.
    var fields: String?

    var rowNumbers: Range<Int64> { firstRow..<firstRow + Int64(rows) }
}

/// A table of logged rows, by the meaning of its columns.
struct LogTable {
    let table: Table

    init(_ table: Table) { self.table = table }

    private func column(_ name: String) -> Column {
        table.column(name) ?? .nulls(.instant, count: table.rowCount)
    }

    var requestIDs: Column { column("request_id") }
    var times: Column { column("time") }
    var logged: Column { column("logged_at") }

    var span: LogSpan {
        let times = times.elements(as: Int64.self)
        let logged = logged.elements(as: Int64.self)
        return withExtendedLifetime(table) {
            LogSpan(
                minimumTime: times.min() ?? 0, maximumTime: times.max() ?? 0, minimumLogged: logged.min() ?? 0,
                maximumLogged: logged.max() ?? 0)
        }
    }

    /// A UInt64 a row, by which request ids are looked for.
    func requestHashes() -> Buffer {
        let hashes = MutableBuffer(capacity: table.rowCount * 8)
        let ids = requestIDs
        withExtendedLifetime(ids) {
            for row in 0..<ids.count { hashes.append(StableHash.bytes(ids.bytes(at: row))) }
        }
        return hashes.freeze()
    }
}
