import Columnar

/// The hot log: pushed rows, a row of SQLite a batch, in the order of arrival that they share with ingestions.
extension Catalog {
    /// What became of a batch that was to be appended.
    enum Append: Hashable {
        case stored(sequence: Int64)
        /// A batch of this id, with so many rows, was stored before.
        case repeated(sequence: Int64, rows: Int)
    }

    /// Appends a batch; within a transaction, which makes it durable.
    ///
    /// - Parameters:
    ///   - batch: its sequence and snapshot are told here.
    ///   - id: what the caller calls it; a batch of the same id and view is stored once.
    ///   - rowsGiven: the rows that the caller gave, of which some may have been left out.
    func append(
        _ batch: HotBatch, payload: Buffer, to view: String, id: String?, rowsGiven: Int? = nil
    ) throws -> Append {
        if let id, let known = try push(id: id, of: view) {
            return .repeated(sequence: known.sequence, rows: known.rows)
        }
        let sequence = try lastSequence(of: view) + 1
        try database.query(
            """
            INSERT INTO sequences (view, last, hot_batches, hot_rows, hot_bytes) VALUES (?, ?, 1, ?, ?)
            ON CONFLICT (view) DO UPDATE SET last = excluded.last, hot_batches = hot_batches + 1,
            hot_rows = hot_rows + excluded.hot_rows, hot_bytes = hot_bytes + excluded.hot_bytes
            """, [.text(view), .integer(sequence), SQLiteValue(batch.rows), SQLiteValue(payload.count)])
        try database.query(
            """
            INSERT INTO hot_log (view, sequence, pushed_at, rows, waits_from, waits_until, snapshot, payload)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(view), .integer(sequence), .integer(batch.pushedAt.microseconds), SQLiteValue(batch.rows),
                SQLiteValue(batch.waits?.lowerBound.microseconds), SQLiteValue(batch.waits?.upperBound.microseconds),
                .integer(try currentSnapshot()), .blob(payload),
            ])
        if let id {
            try database.query(
                "INSERT INTO push_ids (view, batch, sequence, rows, pushed_at) VALUES (?, ?, ?, ?, ?)",
                [
                    .text(view), .text(id), .integer(sequence), SQLiteValue(rowsGiven ?? batch.rows),
                    .integer(batch.pushedAt.microseconds),
                ])
        }
        return .stored(sequence: sequence)
    }

    private func push(id: String, of view: String) throws -> (sequence: Int64, rows: Int)? {
        try database.rows(
            "SELECT sequence, rows FROM push_ids WHERE view = ? AND batch = ?", [.text(view), .text(id)]
        ) { ($0.integer(0), Int($0.integer(1))) }.first
    }

    /// Forgets the ids of batches that were pushed before `time`.
    func forgetPushIDs(before time: Timestamp) throws {
        try database.query("DELETE FROM push_ids WHERE pushed_at < ?", [.integer(time.microseconds)])
    }

    // MARK: - Reading

    private static let batchColumns = "sequence, pushed_at, rows, length(payload), snapshot, waits_from, waits_until"

    private static func batch(_ row: borrowing SQLiteRow) -> HotBatch {
        HotBatch(
            sequence: row.integer(0), pushedAt: Timestamp(microseconds: row.integer(1)), rows: Int(row.integer(2)),
            bytes: Int(row.integer(3)), snapshot: row.integer(4),
            waits: row.integerIfPresent(5).flatMap { first in
                row.integerIfPresent(6).map {
                    Timestamp(microseconds: first)...Timestamp(microseconds: max(first, $0))
                }
            })
    }

    /// The batches of `view` with a sequence in `range`, in order of arrival.
    func hotBatches(of view: String, in range: ClosedRange<Int64> = 0...Int64.max) throws -> [HotBatch] {
        try database.rows(
            "SELECT \(Self.batchColumns) FROM hot_log WHERE view = ? AND sequence BETWEEN ? AND ? ORDER BY sequence",
            [.text(view), .integer(range.lowerBound), .integer(range.upperBound)], Self.batch)
    }

    /// The batches of `view` of which rows may have become available after `start`, and by `end`; in order of arrival.
    ///
    /// Complexity: those, and not all that wait; most batches are of one row, or of one time.
    func hotBatches(of view: String, waitingFrom start: Timestamp, to end: Timestamp) throws -> [HotBatch] {
        let (view, start, end) = (
            SQLiteValue.text(view), SQLiteValue.integer(start.microseconds), SQLiteValue.integer(end.microseconds)
        )
        return try database.rows(
            """
            SELECT \(Self.batchColumns) FROM hot_log WHERE view = ? AND waits_until > ? AND waits_until <= ?
            UNION ALL
            SELECT \(Self.batchColumns) FROM hot_log
            WHERE view = ? AND waits_from < waits_until AND waits_until > max(?, ?) AND waits_from <= ?
            ORDER BY sequence
            """, [view, start, end, view, start, end, end], Self.batch)
    }

    /// The packed rows of a batch.
    ///
    /// - Throws: `CatalogError.unreadable` if there is no such batch.
    func payload(of batch: HotBatch, view: String) throws -> Buffer {
        let found = try database.rows(
            "SELECT payload FROM hot_log WHERE view = ? AND sequence = ?", [.text(view), .integer(batch.sequence)]
        ) { $0.blob(0) }
        guard let payload = found.first else {
            throw CatalogError.unreadable(
                path: database.path, reason: "push \(batch.sequence) of \(view) is no longer in the hot log")
        }
        return payload
    }

    func hotLogSize(of view: String) throws -> HotLogSize {
        try database.rows(
            "SELECT hot_batches, hot_rows, hot_bytes FROM sequences WHERE view = ?", [.text(view)]
        ) { HotLogSize(batches: Int($0.integer(0)), rows: Int($0.integer(1)), bytes: Int($0.integer(2))) }.first
            ?? HotLogSize()
    }

    /// The views of which the hot log holds rows.
    func hotViews() throws -> [String] {
        try database.rows("SELECT view FROM sequences WHERE hot_batches > 0 ORDER BY view", []) { $0.text(0) }
    }

    // MARK: - From the log to segments

    /// Puts segments that hold the rows of the hot log's batches in `range` in their place, in one transaction.
    ///
    /// - Returns: the new snapshot's id.
    @discardableResult
    func commit(view: FeatureView, pushed segments: [SegmentRecord], insteadOf range: ClosedRange<Int64>) throws
        -> Int64
    {
        try database.transaction {
            let snapshot = try addSnapshot("push")
            for segment in segments { try add(segment, in: snapshot) }
            try removeBatches(of: view.name, in: range)
            return snapshot
        }
    }
}
