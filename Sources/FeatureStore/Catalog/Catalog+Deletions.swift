import Columnar
import Foundation

/// What was deleted, by whom and why, and which keys may not come back.
extension Catalog {
    /// The secret of the store's key digests: 16 bytes.
    func digestSecret() throws -> [UInt8] {
        let digits = try database.rows("SELECT secret FROM digest_secret") { $0.text(0) }.first ?? ""
        let bytes = stride(from: 0, to: digits.utf8.count - 1, by: 2).compactMap { place in
            UInt8(digits.dropFirst(place).prefix(2), radix: 16)
        }
        guard bytes.count == 16 else {
            throw CatalogError.unreadable(path: database.path, reason: "the secret of key digests is missing")
        }
        return bytes
    }

    private static let columns =
        "id, started, finished, by_whom, reason, view, keys, types, digest, may_return"

    private static func deletion(_ row: borrowing SQLiteRow) -> DeletionRecord {
        DeletionRecord(
            id: row.integer(0), started: Timestamp(microseconds: row.integer(1)),
            finished: row.integerIfPresent(2).map(Timestamp.init(microseconds:)), byWhom: row.text(3),
            reason: row.textIfPresent(4), view: row.textIfPresent(5),
            keys: row.text(6).split(separator: ",").map(String.init),
            types: row.text(7).split(separator: ",").compactMap { FeatureType(String($0)) }, digest: row.text(8),
            mayReturn: row.integer(9) != 0)
    }

    /// All deletions, the newest first; with a digest, those of that key.
    func deletions(digest: String? = nil) throws -> [DeletionRecord] {
        try database.reading {
            var records =
                try digest.map {
                    try database.rows(
                        "SELECT \(Self.columns) FROM deletions WHERE digest = ? ORDER BY id DESC", [.text($0)],
                        Self.deletion)
                } ?? database.rows("SELECT \(Self.columns) FROM deletions ORDER BY id DESC", [], Self.deletion)
            for place in records.indices { records[place].rows = try rows(of: records[place].id) }
            return records
        }
    }

    private func rows(of deletion: Int64) throws -> [DeletionRecord.Rows] {
        try database.rows(
            "SELECT view, history, hot, online FROM deleted_rows WHERE deletion = ? ORDER BY view", [.integer(deletion)]
        ) {
            DeletionRecord.Rows(
                view: $0.text(0), history: Int($0.integer(1)), hot: Int($0.integer(2)), online: Int($0.integer(3)))
        }
    }

    /// Notes a deletion that begins, or finds the one like it that was cut off; from then on rows of its key are kept out.
    ///
    /// - Returns: the id.
    func begin(_ deletion: DeletionRecord) throws -> Int64 {
        try database.transaction {
            if deletion.mayReturn {
                try database.query(
                    "UPDATE deletions SET may_return = 1 WHERE digest = ? AND (view IS ? OR ? IS NULL)",
                    [.text(deletion.digest), SQLiteValue(deletion.view), SQLiteValue(deletion.view)])
            }
            let unfinished = try database.rows(
                "SELECT id FROM deletions WHERE digest = ? AND view IS ? AND finished IS NULL",
                [.text(deletion.digest), SQLiteValue(deletion.view)]
            ) { $0.integer(0) }
            if let id = unfinished.first {
                try database.query(
                    "UPDATE deletions SET may_return = ? WHERE id = ?",
                    [.integer(deletion.mayReturn ? 1 : 0), .integer(id)])
                return id
            }
            try database.query(
                """
                INSERT INTO deletions (started, by_whom, reason, view, keys, types, digest, may_return)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .integer(deletion.started.microseconds), .text(deletion.byWhom), SQLiteValue(deletion.reason),
                    SQLiteValue(deletion.view), .text(deletion.keys.joined(separator: ",")),
                    .text(deletion.types.map(\.description).joined(separator: ",")), .text(deletion.digest),
                    .integer(deletion.mayReturn ? 1 : 0),
                ])
            return database.lastInsertedRowID
        }
    }

    /// Adds to what a deletion removed from a view.
    func add(_ rows: DeletionRecord.Rows, to deletion: Int64) throws {
        try database.query(
            """
            INSERT INTO deleted_rows (deletion, view, history, hot, online) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET history = history + excluded.history, hot = hot + excluded.hot,
            online = online + excluded.online
            """,
            [
                .integer(deletion), .text(rows.view), SQLiteValue(rows.history), SQLiteValue(rows.hot),
                SQLiteValue(rows.online),
            ])
    }

    func finish(_ deletion: Int64, at time: Timestamp) throws {
        try database.query(
            "UPDATE deletions SET finished = ? WHERE id = ?", [.integer(time.microseconds), .integer(deletion)])
    }

    /// Deletions whose keys may not come back into `view`.
    func barredKeys(of view: String) throws -> [DeletionRecord] {
        try database.rows(
            "SELECT \(Self.columns) FROM deletions WHERE may_return = 0 AND (view IS NULL OR view = ?)", [.text(view)],
            Self.deletion)
    }

    // MARK: - Removing

    /// Writes all of the write-ahead log into the database and empties it; false if a reader is in the way.
    func emptyLog() throws -> Bool {
        try database.rows("PRAGMA wal_checkpoint(TRUNCATE)") { $0.integer(0) }.first == 0
    }

    /// Puts other rows in the place of a batch's, which keeps its place in the order of arrival; within a transaction.
    func replace(_ batch: HotBatch, by payload: Buffer, rows: Int, view: String) throws {
        try database.query(
            "UPDATE sequences SET hot_rows = hot_rows - ?, hot_bytes = hot_bytes - ? WHERE view = ?",
            [SQLiteValue(batch.rows - rows), SQLiteValue(batch.bytes - payload.count), .text(view)])
        try database.query(
            "UPDATE hot_log SET rows = ?, payload = ? WHERE view = ? AND sequence = ?",
            [SQLiteValue(rows), .blob(payload), .text(view), .integer(batch.sequence)])
    }
}
