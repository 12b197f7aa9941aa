import Columnar

/// Snapshots: which segments hold a view's history.
extension Catalog {
    static let segmentColumns =
        "id, view, file, rows, bytes, minimum_time, maximum_time, first_sequence, last_sequence, pushed_since, checksum"

    static func segment(_ row: borrowing SQLiteRow) -> SegmentRecord {
        let range = row.integerIfPresent(5).flatMap { low in
            row.integerIfPresent(6).map { Timestamp(microseconds: low)...Timestamp(microseconds: max(low, $0)) }
        }
        return SegmentRecord(
            id: row.integer(0), view: row.text(1), file: row.text(2), rows: Int(row.integer(3)),
            bytes: Int(row.integer(4)), timeRange: range,
            sequences: row.integer(7)...max(row.integer(7), row.integer(8)),
            pushedSince: row.integerIfPresent(9), checksum: row.textIfPresent(10))
    }

    /// The segments of `view` in a snapshot (the newest by default), in order of arrival.
    ///
    /// - Throws: `CatalogError.snapshotLost` if not all of them are there any more.
    func segments(of view: String, snapshot: Int64? = nil) throws -> [SegmentRecord] {
        guard let snapshot else {
            return try database.rows(
                """
                SELECT \(Self.segmentColumns) FROM segments
                WHERE view = ? AND removed_in IS NULL ORDER BY first_sequence
                """, [.text(view)], Self.segment)
        }
        let segments = try database.rows(
            """
            SELECT \(Self.segmentColumns) FROM segments WHERE view = ? AND added_in <= ?
            AND (removed_in IS NULL OR removed_in > ?) ORDER BY first_sequence
            """, [.text(view), .integer(snapshot), .integer(snapshot)], Self.segment)
        // Asked last: what is forgotten between the two leaves files that cannot be opened, not files that are missed.
        if let loss = try loss(of: view, at: snapshot) {
            throw CatalogError.snapshotLost(snapshot, view: view, loss: loss)
        }
        return segments
    }

    /// The names of all segment files of `view` that some kept snapshot lists.
    func segmentFiles(of view: String) throws -> Set<String> {
        Set(try database.rows("SELECT file FROM segments WHERE view = ?", [.text(view)]) { $0.text(0) })
    }

    /// The views that hold rows, in segments or in the hot log.
    func storedViews() throws -> Set<String> {
        Set(
            try database.rows(
                """
                SELECT view FROM segments WHERE removed_in IS NULL
                UNION SELECT view FROM sequences WHERE hot_batches > 0
                """
            ) { $0.text(0) })
    }

    /// The types of all features that some view has stored rows of, by view and feature.
    func storedTypes() throws -> [String: [String: FeatureType]] {
        var types: [String: [String: FeatureType]] = [:]
        try database.query("SELECT view, feature, type FROM stored_features") { row in
            types[row.text(0), default: [:]][row.text(1)] = FeatureType(row.text(2))
        }
        return types
    }

    /// The sequence of the newest ingestion or push into `view`; 0 if there was none.
    func lastSequence(of view: String) throws -> Int64 {
        try database.rows("SELECT last FROM sequences WHERE view = ?", [.text(view)]) { $0.integer(0) }.first ?? 0
    }

    /// Makes written segments visible, in one transaction with the files they came from.
    ///
    /// Segments that replace none are new arrivals: they get the sequences that follow the last one, whatever was
    /// pushed while they were written. The order of arrival is the order of commits.
    ///
    /// - Parameter view: as it is defined now; its features' types are noted as stored.
    /// - Returns: the new snapshot's id.
    @discardableResult
    func commit(
        view: FeatureView, adding: [SegmentRecord], removing: [SegmentRecord] = [], files: [IngestedFile] = [],
        reason: String
    ) throws -> Int64 {
        try database.transaction {
            let snapshot = try addSnapshot(reason)
            for segment in removing {
                try database.query(
                    "UPDATE segments SET removed_in = ? WHERE id = ?", [.integer(snapshot), .integer(segment.id)])
            }
            var arrivals: ClosedRange<Int64>?
            if removing.isEmpty {
                var last = try lastSequence(of: view.name)
                if !adding.isEmpty { arrivals = last + 1...last + adding.reduce(0) { $0 + Int64($1.sequences.count) } }
                for segment in adding {
                    let count = Int64(segment.sequences.count)
                    var arrived = segment
                    arrived.sequences = last + 1...last + count
                    last += count
                    try add(arrived, in: snapshot)
                }
                try setLastSequence(of: view.name, to: last)
            } else {
                for segment in adding { try add(segment, in: snapshot) }
            }
            try noteStoredFeatures(of: view)
            try record(files, of: view.name, in: arrivals)
            return snapshot
        }
    }

    func addSnapshot(_ reason: String) throws -> Int64 {
        try database.query(
            "INSERT INTO snapshots (committed_at, reason) VALUES (?, ?)",
            [.integer(Timestamp.now.microseconds), .text(reason)])
        return database.lastInsertedRowID
    }

    func add(_ segment: SegmentRecord, in snapshot: Int64) throws {
        try database.query(
            """
            INSERT INTO segments (view, file, rows, bytes, minimum_time, maximum_time, first_sequence,
            last_sequence, pushed_since, checksum, added_in) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(segment.view), .text(segment.file), SQLiteValue(segment.rows), SQLiteValue(segment.bytes),
                SQLiteValue(segment.timeRange?.lowerBound.microseconds),
                SQLiteValue(segment.timeRange?.upperBound.microseconds),
                .integer(segment.sequences.lowerBound), .integer(segment.sequences.upperBound),
                SQLiteValue(segment.pushedSince), SQLiteValue(segment.checksum), .integer(snapshot),
            ])
        try record(segment.summaries, ofSegment: database.lastInsertedRowID)
    }

    func setLastSequence(of view: String, to last: Int64) throws {
        try database.query(
            """
            INSERT INTO sequences (view, last) VALUES (?, ?)
            ON CONFLICT (view) DO UPDATE SET last = max(last, excluded.last)
            """, [.text(view), .integer(last)])
    }

    func noteStoredFeatures(of view: FeatureView) throws {
        for feature in view.storedFeatures {
            try database.query(
                "INSERT OR IGNORE INTO stored_features (view, feature, type) VALUES (?, ?, ?)",
                [.text(view.name), .text(feature.name), .text(feature.type.description)])
        }
    }

    /// Forgets segments that left the newest snapshot before `time`, and returns their file names.
    ///
    /// Snapshots older than that can no longer be read.
    func forgetSegments(of view: String, removedBefore time: Timestamp) throws -> [String] {
        try database.transaction {
            let condition = """
                view = ? AND removed_in IN (SELECT id FROM snapshots WHERE committed_at <= ?)
                """
            let bindings: [SQLiteValue] = [.text(view), .integer(time.microseconds)]
            let files = try database.rows("SELECT file FROM segments WHERE \(condition)", bindings) { $0.text(0) }
            // A snapshot before the removal listed the segment, or its rows were in the hot log then, so from here on it
            // cannot be read whole.
            let lost = try database.rows(
                "SELECT coalesce(pushed_since, added_in), removed_in FROM segments WHERE \(condition)", bindings
            ) {
                $0.integer(0)...max($0.integer(0), $0.integer(1) - 1)
            }
            try noteLoss(of: lost, view: view, by: .compacted)
            try database.query("DELETE FROM segments WHERE \(condition)", bindings)
            return files
        }
    }
}
