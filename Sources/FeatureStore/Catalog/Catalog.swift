import Columnar
import Foundation

/// What the store knows of itself, in SQLite: applied definitions, snapshots of segments, ingested files, runs.
///
/// A commit here is what makes written files visible. Invariant: at any time, for each view, the segments with
/// `removed_in IS NULL` hold every acknowledged row once, and their sequence ranges do not overlap.
final class Catalog {
    /// The newest format that this version reads and writes.
    static let format: Int64 = 1

    let database: SQLiteDatabase

    /// Opens the catalog; a writer also makes it.
    init(path: String, isReadOnly: Bool) throws {
        if !isReadOnly {
            let folder = (path as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CatalogError.notWritable(path: path, reason: error.localizedDescription)
            }
        }
        database = try SQLiteDatabase(path: path, isReadOnly: isReadOnly)
        // A reader of a WAL database needs no pragma, and could not set this one.
        if !isReadOnly { try database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL") }
        if try checkedFormat() == 0 && !isReadOnly {
            try database.transaction {
                // Another process may have made it between the look and the transaction.
                if try checkedFormat() == 0 { try database.execute(Self.schema) }
            }
        }
    }

    private func checkedFormat() throws -> Int64 {
        let found = try database.rows("PRAGMA user_version") { $0.integer(0) }.first ?? 0
        guard found <= Self.format else {
            throw CatalogError.newerFormat(path: database.path, found: found, supported: Self.format)
        }
        return found
    }

    private static let schema = """
        CREATE TABLE definitions (
            version INTEGER PRIMARY KEY AUTOINCREMENT, applied_at INTEGER NOT NULL, json TEXT NOT NULL);
        CREATE TABLE snapshots (
            id INTEGER PRIMARY KEY AUTOINCREMENT, committed_at INTEGER NOT NULL, reason TEXT NOT NULL);
        CREATE TABLE segments (
            id INTEGER PRIMARY KEY AUTOINCREMENT, view TEXT NOT NULL, file TEXT NOT NULL, rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL, minimum_time INTEGER, maximum_time INTEGER, first_sequence INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL, added_in INTEGER NOT NULL REFERENCES snapshots,
            removed_in INTEGER REFERENCES snapshots);
        CREATE INDEX segments_by_view ON segments (view, removed_in);
        CREATE TABLE sequences (view TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE ingested_files (
            view TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
            checksum TEXT NOT NULL, PRIMARY KEY (view, path)) WITHOUT ROWID;
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, verb TEXT NOT NULL, target TEXT NOT NULL,
            started INTEGER NOT NULL, ended INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL);
        CREATE TABLE training_sets (id INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL);
        CREATE TABLE stored_features (
            view TEXT NOT NULL, feature TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (view, feature)) WITHOUT ROWID;
        CREATE TABLE forgotten_snapshots (view TEXT PRIMARY KEY, newest INTEGER NOT NULL) WITHOUT ROWID;
        PRAGMA user_version = 1;
        """
}

// MARK: - Definitions

extension Catalog {
    /// The definitions in force and their version; nil before the first `apply`.
    func appliedDefinitions() throws -> (version: Int64, definitions: Definitions)? {
        try definitions("SELECT version, json FROM definitions ORDER BY version DESC LIMIT 1", [])
    }

    func definitions(version: Int64) throws -> Definitions? {
        try definitions("SELECT version, json FROM definitions WHERE version = ?", [.integer(version)])?.definitions
    }

    private func definitions(
        _ sql: String, _ bindings: [SQLiteValue]
    ) throws -> (version: Int64, definitions: Definitions)? {
        guard let (version, json) = try database.rows(sql, bindings, { ($0.integer(0), $0.text(1)) }).first else {
            return nil
        }
        do {
            return (version, try JSONDecoder().decode(Definitions.self, from: Data(json.utf8)))
        } catch {
            throw CatalogError.unreadable(path: database.path, reason: "definitions version \(version): \(error)")
        }
    }

    /// Puts `definitions` in force under a new version.
    func apply(_ definitions: Definitions) throws -> Int64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = String(decoding: try encoder.encode(definitions), as: UTF8.self)
        return try database.transaction {
            try database.query(
                "INSERT INTO definitions (applied_at, json) VALUES (?, ?)",
                [.integer(Timestamp.now.microseconds), .text(json)])
            return database.lastInsertedRowID
        }
    }
}

// MARK: - Snapshots of segments

extension Catalog {
    private static let segmentColumns =
        "id, view, file, rows, bytes, minimum_time, maximum_time, first_sequence, last_sequence"

    private static func segment(_ row: borrowing SQLiteRow) -> SegmentRecord {
        let range = row.integerIfPresent(5).flatMap { low in
            row.integerIfPresent(6).map { Timestamp(microseconds: low)...Timestamp(microseconds: max(low, $0)) }
        }
        return SegmentRecord(
            id: row.integer(0), view: row.text(1), file: row.text(2), rows: Int(row.integer(3)),
            bytes: Int(row.integer(4)), timeRange: range,
            sequences: row.integer(7)...max(row.integer(7), row.integer(8)))
    }

    /// The id of the newest snapshot; 0 for an empty store.
    func currentSnapshot() throws -> Int64 {
        try database.rows("SELECT coalesce(max(id), 0) FROM snapshots", []) { $0.integer(0) }[0]
    }

    /// The segments of `view` in a snapshot (the newest by default), in order of arrival.
    func segments(of view: String, snapshot: Int64? = nil) throws -> [SegmentRecord] {
        guard let snapshot else {
            return try database.rows(
                """
                SELECT \(Self.segmentColumns) FROM segments
                WHERE view = ? AND removed_in IS NULL ORDER BY first_sequence
                """, [.text(view)], Self.segment)
        }
        return try database.rows(
            """
            SELECT \(Self.segmentColumns) FROM segments WHERE view = ? AND added_in <= ?
            AND (removed_in IS NULL OR removed_in > ?) ORDER BY first_sequence
            """, [.text(view), .integer(snapshot), .integer(snapshot)], Self.segment)
    }

    /// The names of all segment files of `view` that some kept snapshot lists.
    func segmentFiles(of view: String) throws -> Set<String> {
        Set(try database.rows("SELECT file FROM segments WHERE view = ?", [.text(view)]) { $0.text(0) })
    }

    /// The views that hold rows.
    func storedViews() throws -> Set<String> {
        Set(try database.rows("SELECT DISTINCT view FROM segments WHERE removed_in IS NULL") { $0.text(0) })
    }

    /// The types of all features that some view has stored rows of, by view and feature.
    func storedTypes() throws -> [String: [String: FeatureType]] {
        var types: [String: [String: FeatureType]] = [:]
        try database.query("SELECT view, feature, type FROM stored_features") { row in
            types[row.text(0), default: [:]][row.text(1)] = FeatureType(row.text(2))
        }
        return types
    }

    /// The sequence of the newest ingestion into `view`; 0 if there was none.
    func lastSequence(of view: String) throws -> Int64 {
        try database.rows("SELECT last FROM sequences WHERE view = ?", [.text(view)]) { $0.integer(0) }.first ?? 0
    }

    /// Makes written segments visible, in one transaction with the files they came from.
    ///
    /// - Parameter view: as it is defined now; its features' types are noted as stored.
    /// - Returns: the new snapshot's id.
    @discardableResult
    func commit(
        view: FeatureView, adding: [SegmentRecord], removing: [SegmentRecord] = [], files: [IngestedFile] = [],
        reason: String
    ) throws -> Int64 {
        try database.transaction {
            try database.query(
                "INSERT INTO snapshots (committed_at, reason) VALUES (?, ?)",
                [.integer(Timestamp.now.microseconds), .text(reason)])
            let snapshot = database.lastInsertedRowID
            for segment in removing {
                try database.query(
                    "UPDATE segments SET removed_in = ? WHERE id = ?", [.integer(snapshot), .integer(segment.id)])
            }
            for segment in adding {
                try database.query(
                    """
                    INSERT INTO segments (view, file, rows, bytes, minimum_time, maximum_time, first_sequence,
                    last_sequence, added_in) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    [
                        .text(view.name), .text(segment.file), SQLiteValue(segment.rows), SQLiteValue(segment.bytes),
                        SQLiteValue(segment.timeRange?.lowerBound.microseconds),
                        SQLiteValue(segment.timeRange?.upperBound.microseconds),
                        .integer(segment.sequences.lowerBound), .integer(segment.sequences.upperBound),
                        .integer(snapshot),
                    ])
            }
            if let last = adding.map(\.sequences.upperBound).max() {
                try database.query(
                    """
                    INSERT INTO sequences (view, last) VALUES (?, ?)
                    ON CONFLICT (view) DO UPDATE SET last = max(last, excluded.last)
                    """, [.text(view.name), .integer(last)])
            }
            for feature in view.features {
                try database.query(
                    "INSERT OR IGNORE INTO stored_features (view, feature, type) VALUES (?, ?, ?)",
                    [.text(view.name), .text(feature.name), .text(feature.type.description)])
            }
            try record(files, of: view.name)
            return snapshot
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
            // A snapshot before the removal listed the segment, so from here on it can not be read whole.
            try database.query(
                """
                INSERT INTO forgotten_snapshots (view, newest)
                SELECT view, max(removed_in) - 1 FROM segments WHERE \(condition) GROUP BY view
                ON CONFLICT (view) DO UPDATE SET newest = max(newest, excluded.newest)
                """, bindings)
            try database.query("DELETE FROM segments WHERE \(condition)", bindings)
            return files
        }
    }

    /// The newest snapshot of which a file of `view` is gone; 0 if all snapshots are whole.
    func newestForgottenSnapshot(of view: String) throws -> Int64 {
        try database.rows("SELECT newest FROM forgotten_snapshots WHERE view = ?", [.text(view)]) { $0.integer(0) }
            .first ?? 0
    }
}

// MARK: - Ingested files, runs, training sets

extension Catalog {
    /// The files whose rows `view` holds, by path.
    func ingestedFiles(of view: String) throws -> [String: IngestedFile] {
        let files = try database.rows(
            "SELECT path, size, modified, checksum FROM ingested_files WHERE view = ?", [.text(view)]
        ) {
            IngestedFile(
                path: $0.text(0), size: $0.integer(1), modifiedNanoseconds: $0.integer(2), checksum: $0.text(3))
        }
        return Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
    }

    /// Notes files as read; outside of a transaction only for files whose content is known already.
    func record(_ files: [IngestedFile], of view: String) throws {
        for file in files {
            try database.query(
                """
                INSERT INTO ingested_files (view, path, size, modified, checksum) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (view, path) DO UPDATE SET
                size = excluded.size, modified = excluded.modified, checksum = excluded.checksum
                """,
                [
                    .text(view), .text(file.path), .integer(file.size), .integer(file.modifiedNanoseconds),
                    .text(file.checksum),
                ])
        }
    }

    func recordRun(verb: String, target: String, started: Timestamp, rows: Int, bytes: Int) throws {
        try database.query(
            "INSERT INTO runs (verb, target, started, ended, rows, bytes) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .text(verb), .text(target), .integer(started.microseconds), .integer(Timestamp.now.microseconds),
                SQLiteValue(rows), SQLiteValue(bytes),
            ])
    }

    /// The last run of each verb for `target`.
    func lastRuns(of target: String) throws -> [RunRecord] {
        try database.rows(
            """
            SELECT max(id), verb, target, started, ended, rows, bytes FROM runs WHERE target = ?
            GROUP BY verb ORDER BY verb
            """, [.text(target)]
        ) {
            RunRecord(
                id: $0.integer(0), verb: $0.text(1), target: $0.text(2),
                started: Timestamp(microseconds: $0.integer(3)),
                ended: Timestamp(microseconds: $0.integer(4)), rows: Int($0.integer(5)), bytes: Int($0.integer(6)))
        }
    }

    /// Keeps a training set's record and returns its id.
    func recordTrainingSet(_ record: TrainingSetRecord) throws -> Int64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = String(decoding: try encoder.encode(record), as: UTF8.self)
        try database.query("INSERT INTO training_sets (json) VALUES (?)", [.text(json)])
        return database.lastInsertedRowID
    }

    func trainingSet(id: Int64) throws -> TrainingSetRecord? {
        guard
            let json = try database.rows("SELECT json FROM training_sets WHERE id = ?", [.integer(id)], { $0.text(0) })
                .first
        else { return nil }
        do {
            var record = try JSONDecoder().decode(TrainingSetRecord.self, from: Data(json.utf8))
            record.id = id
            return record
        } catch {
            throw CatalogError.unreadable(path: database.path, reason: "training set \(id): \(error)")
        }
    }
}
