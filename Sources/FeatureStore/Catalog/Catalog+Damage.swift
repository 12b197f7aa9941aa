import Columnar

/// Finding and taking out what is damaged.
extension Catalog {
    /// What SQLite finds wrong with the database, and what contradicts itself in what it says; empty if all is well.
    ///
    /// - Parameter isQuick: leave out comparing indexes with tables.
    func problems(isQuick: Bool) throws -> [String] {
        let pragma = isQuick ? "PRAGMA quick_check(20)" : "PRAGMA integrity_check(20)"
        var problems = try database.rows(pragma) { $0.text(0) }.filter { $0 != "ok" }
        problems += try database.rows(
            """
            SELECT a.view, a.file, b.file FROM segments a JOIN segments b ON a.view = b.view AND a.id < b.id
            WHERE a.removed_in IS NULL AND b.removed_in IS NULL
            AND a.first_sequence <= b.last_sequence AND b.first_sequence <= a.last_sequence
            """
        ) { "\($0.text(0)): \($0.text(1)) and \($0.text(2)) both hold the rows of one commit" }
        problems += try database.rows(
            """
            SELECT s.view, h.sequence, s.file FROM segments s JOIN hot_log h ON s.view = h.view
            AND h.sequence BETWEEN s.first_sequence AND s.last_sequence WHERE s.removed_in IS NULL
            """
        ) { "\($0.text(0)): push \($0.integer(1)) is in the hot log, and in \($0.text(2)) too" }
        problems += try database.rows(
            """
            SELECT s.view FROM sequences s LEFT JOIN (
                SELECT view, count(*) AS batches, sum(rows) AS rows, sum(length(payload)) AS bytes FROM hot_log
                GROUP BY view) h ON s.view = h.view
            WHERE (s.hot_batches, s.hot_rows, s.hot_bytes)
                IS NOT (coalesce(h.batches, 0), coalesce(h.rows, 0), coalesce(h.bytes, 0))
            """
        ) { "\($0.text(0)): the size of the hot log is not what is kept of it" }
        return problems
    }

    /// A segment that some kept snapshot lists.
    struct KeptSegment: Hashable, Sendable {
        var record: SegmentRecord
        /// The snapshots that may have read its rows; `last` is nil if the newest one lists it.
        var first: Int64
        var last: Int64?
        var addedIn: Int64
    }

    /// All segments of `view` that some kept snapshot lists, in order of arrival.
    func allSegments(of view: String) throws -> [KeptSegment] {
        let next = Int32(Self.segmentColumns.split(separator: ",").count)
        return try database.rows(
            """
            SELECT \(Self.segmentColumns), coalesce(min(pushed_since, added_in), added_in), removed_in, added_in
            FROM segments WHERE view = ? ORDER BY first_sequence, id
            """, [.text(view)]
        ) { row in
            KeptSegment(
                record: Self.segment(row), first: row.integer(next),
                last: row.integerIfPresent(next + 1).map { $0 - 1 },
                addedIn: row.integer(next + 2))
        }
    }

    /// Whether a segment is still listed, by any kept snapshot.
    func lists(_ segment: SegmentRecord) throws -> Bool {
        try database.rows("SELECT 1 FROM segments WHERE id = ?", [.integer(segment.id)]) { $0.integer(0) }.first != nil
    }

    func setChecksum(_ checksum: String, of segment: SegmentRecord) throws {
        try database.query(
            "UPDATE segments SET checksum = ? WHERE id = ? AND checksum IS NULL",
            [.text(checksum), .integer(segment.id)])
    }

    /// Views of which segments or pushes are stored, whether or not they are still defined.
    func allStoredViews() throws -> [String] {
        try database.rows("SELECT view FROM segments UNION SELECT view FROM hot_log ORDER BY view") { $0.text(0) }
    }

    /// The newest definitions that know `view`, and so say what its rows look like.
    func definitions(knowing view: String) throws -> Definitions? {
        let versions = try database.rows("SELECT version FROM definitions ORDER BY version DESC") { $0.integer(0) }
        for version in versions {
            if let found = try definitions(version: version), found.featureView(named: view) != nil { return found }
        }
        return nil
    }

    // MARK: - Taking out

    /// Takes segments out of all snapshots, and puts others in their place in the newest; within a transaction.
    ///
    /// Snapshots that listed them are not noted as lost here. Their files are listed no more.
    func replace(_ gone: [Int64], by new: [SegmentRecord], in snapshot: Int64) throws {
        for id in gone {
            // What the newest snapshot listed leaves it first, so that it is counted among what this one changed.
            try database.query(
                "UPDATE segments SET removed_in = ? WHERE id = ? AND removed_in IS NULL",
                [.integer(snapshot), .integer(id)])
            try database.query("DELETE FROM segments WHERE id = ?", [.integer(id)])
        }
        for segment in new { try add(segment, in: snapshot) }
    }

    /// Forgets a segment, as if it had never been; within a transaction.
    func forget(_ segment: SegmentRecord) throws {
        try database.query("DELETE FROM segments WHERE id = ?", [.integer(segment.id)])
    }

    /// Lists segments until `snapshot`, which takes them out of the newest; nil to list them in that. Within a transaction.
    func keep(_ segments: [Int64], until snapshot: Int64?) throws {
        for id in segments {
            try database.query(
                "UPDATE segments SET removed_in = ? WHERE id = ?", [SQLiteValue(snapshot), .integer(id)])
        }
    }

    /// Takes the hot log's batches in `range` out of it; within a transaction.
    func removeBatches(of view: String, in range: ClosedRange<Int64>) throws {
        let place: [SQLiteValue] = [.text(view), .integer(range.lowerBound), .integer(range.upperBound)]
        let condition = "view = ? AND sequence BETWEEN ? AND ?"
        try database.query(
            """
            UPDATE sequences SET hot_batches = hot_batches - gone.batches, hot_rows = hot_rows - gone.rows,
            hot_bytes = hot_bytes - gone.bytes
            FROM (SELECT count(*) AS batches, coalesce(sum(rows), 0) AS rows,
                  coalesce(sum(length(payload)), 0) AS bytes FROM hot_log WHERE \(condition)) AS gone
            WHERE view = ?
            """, place + [.text(view)])
        try database.query("DELETE FROM hot_log WHERE \(condition)", place)
    }
}
