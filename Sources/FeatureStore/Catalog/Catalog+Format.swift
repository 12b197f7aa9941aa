import Columnar

/// The format of the catalog, as the steps that made it: SQLite's `user_version` counts those that were taken.
///
/// A change of the format is a step appended here, never a change of one that was released. A catalog of an older
/// format is brought up to date by its next writer, in one transaction.
extension Catalog {
    /// The newest format that this version reads and writes.
    static var format: Int64 { Int64(steps.count) }

    /// Takes the steps that are missing.
    ///
    /// - Throws: `CatalogError.newerFormat` if the catalog was made by a newer version, `.olderFormat` if it needs
    ///   steps that a reader may not take.
    func bringToFormat(isReadOnly: Bool) throws {
        let found = try format()
        guard found < Self.format else { return }
        if isReadOnly {
            throw CatalogError.olderFormat(path: database.path, found: found, supported: Self.format)
        }
        try database.transaction {
            // Another process may have taken them between the look and the transaction.
            for step in Self.steps[Int(try format())...] { try database.execute(step) }
            try database.execute("PRAGMA user_version = \(Self.format)")
        }
    }

    private func format() throws -> Int64 {
        let found = try database.rows("PRAGMA user_version") { $0.integer(0) }.first ?? 0
        guard found >= 0, found <= Self.format else {
            throw CatalogError.newerFormat(path: database.path, found: found, supported: Self.format)
        }
        return found
    }

    static let steps = [
        // 1: definitions, snapshots of segments, ingested files, runs, training sets.
        """
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
        """,
        // Bearer tokens.
        """
        CREATE TABLE access_tokens (
            id TEXT PRIMARY KEY, digest TEXT NOT NULL, scopes TEXT NOT NULL, note TEXT NOT NULL,
            created INTEGER NOT NULL, expires INTEGER, revoked INTEGER) WITHOUT ROWID;
        """,
        // What each snapshot changed, and which are lost: a range of snapshots in which a view listed a file that is gone,
        // by which deletion, or 0 for compactions. Training sets with what they were made of and what came out.
        """
        CREATE TABLE snapshot_changes (
            snapshot INTEGER NOT NULL REFERENCES snapshots, view TEXT NOT NULL, rows_added INTEGER NOT NULL,
            rows_removed INTEGER NOT NULL, PRIMARY KEY (snapshot, view)) WITHOUT ROWID;
        INSERT INTO snapshot_changes SELECT snapshot, view, sum(added), sum(removed) FROM (
            SELECT added_in AS snapshot, view, rows AS added, 0 AS removed FROM segments UNION ALL
            SELECT removed_in, view, 0, rows FROM segments WHERE removed_in IS NOT NULL) GROUP BY snapshot, view;
        CREATE TRIGGER snapshot_changes_of_added_segments AFTER INSERT ON segments BEGIN
            INSERT INTO snapshot_changes VALUES (new.added_in, new.view, new.rows, 0)
            ON CONFLICT DO UPDATE SET rows_added = rows_added + excluded.rows_added; END;
        CREATE TRIGGER snapshot_changes_of_removed_segments AFTER UPDATE OF removed_in ON segments
        WHEN new.removed_in IS NOT NULL BEGIN
            INSERT INTO snapshot_changes VALUES (new.removed_in, new.view, 0, new.rows)
            ON CONFLICT DO UPDATE SET rows_removed = rows_removed + excluded.rows_removed; END;
        CREATE TABLE lost_snapshots (
            view TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, deletion INTEGER NOT NULL,
            PRIMARY KEY (view, first, last, deletion)) WITHOUT ROWID;
        INSERT INTO lost_snapshots SELECT view, 0, newest, 0 FROM forgotten_snapshots;
        DROP TABLE forgotten_snapshots;
        UPDATE training_sets SET json = json_remove(json_set(json,
            '$.entities', json_object('origin', json_object('file', json_object('path', json ->> '$.entityFile'))),
            '$.inputs', json_array(json_object('path', json ->> '$.entityFile', 'checksum', json ->> '$.entityChecksum')),
            '$.outputs', json_array(json_object('path', json ->> '$.outputFile', 'rows', json -> '$.rows')),
            '$.coverage', json('[]')), '$.entityFile', '$.entityChecksum', '$.outputFile');
        """,
        // The hot log. A segment that was made of it says of each row by which push it came, and here which snapshot was
        // the newest when the first of them did.
        """
        CREATE TABLE hot_log (
            id INTEGER PRIMARY KEY, view TEXT NOT NULL, sequence INTEGER NOT NULL, pushed_at INTEGER NOT NULL,
            rows INTEGER NOT NULL, waits_until INTEGER, snapshot INTEGER NOT NULL, payload BLOB NOT NULL);
        CREATE UNIQUE INDEX hot_log_by_view ON hot_log (view, sequence);
        CREATE INDEX hot_log_waiting ON hot_log (view, waits_until) WHERE waits_until IS NOT NULL;
        CREATE TABLE push_ids (
            view TEXT NOT NULL, batch TEXT NOT NULL, sequence INTEGER NOT NULL, rows INTEGER NOT NULL,
            pushed_at INTEGER NOT NULL, PRIMARY KEY (view, batch)) WITHOUT ROWID;
        CREATE INDEX push_ids_by_time ON push_ids (pushed_at);
        ALTER TABLE sequences ADD COLUMN hot_batches INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sequences ADD COLUMN hot_rows INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sequences ADD COLUMN hot_bytes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE segments ADD COLUMN pushed_since INTEGER;
        """,
        // Rows of one push may become available one after the other: since when there are such.
        """
        ALTER TABLE hot_log ADD COLUMN waits_from INTEGER;
        UPDATE hot_log SET waits_from = pushed_at WHERE waits_until IS NOT NULL;
        CREATE INDEX hot_log_waiting_for_long ON hot_log (view, waits_until) WHERE waits_from < waits_until;
        """,
        // What was written, so that damage shows; and which segments hold a file's rows, so that it can be read again.
        """
        ALTER TABLE segments ADD COLUMN checksum TEXT;
        ALTER TABLE ingested_files ADD COLUMN first_sequence INTEGER;
        ALTER TABLE ingested_files ADD COLUMN last_sequence INTEGER;
        """,
        // Deletions: an audit that does not hold the keys themselves, and by their digests keeps them from coming back.
        """
        CREATE TABLE digest_secret (secret TEXT NOT NULL);
        INSERT INTO digest_secret SELECT lower(hex(randomblob(16)));
        CREATE TABLE deletions (
            id INTEGER PRIMARY KEY AUTOINCREMENT, started INTEGER NOT NULL, finished INTEGER, by_whom TEXT NOT NULL,
            reason TEXT, view TEXT, keys TEXT NOT NULL, types TEXT NOT NULL, digest TEXT NOT NULL,
            may_return INTEGER NOT NULL);
        CREATE INDEX deletions_by_digest ON deletions (digest);
        CREATE TABLE deleted_rows (
            deletion INTEGER NOT NULL REFERENCES deletions, view TEXT NOT NULL, history INTEGER NOT NULL,
            hot INTEGER NOT NULL, online INTEGER NOT NULL, PRIMARY KEY (deletion, view)) WITHOUT ROWID;
        """,
        // What is known of the values of each segment's features.
        """
        CREATE TABLE feature_summaries (
            segment INTEGER NOT NULL REFERENCES segments, feature TEXT NOT NULL, summary BLOB NOT NULL);
        CREATE UNIQUE INDEX feature_summaries_by_segment ON feature_summaries (segment, feature);
        CREATE TRIGGER feature_summaries_of_forgotten_segments AFTER DELETE ON segments BEGIN
            DELETE FROM feature_summaries WHERE segment = old.id; END;
        """,
        // Fitted encoders: a version each fit of a service.
        """
        CREATE TABLE encoder_states (
            service TEXT NOT NULL, version INTEGER NOT NULL, made INTEGER NOT NULL, json TEXT NOT NULL,
            PRIMARY KEY (service, version)) WITHOUT ROWID;
        """,
        // How far each stream of pushes has come, in each of its partitions: written with the rows themselves.
        """
        CREATE TABLE push_streams (
            view TEXT NOT NULL, stream TEXT NOT NULL, partition TEXT NOT NULL, position INTEGER NOT NULL,
            rows INTEGER NOT NULL, moved INTEGER NOT NULL, PRIMARY KEY (view, stream, partition)) WITHOUT ROWID;
        """,
        // What the last comparison of a service's online and offline values has found.
        """
        CREATE TABLE verifications (
            service TEXT PRIMARY KEY, ran INTEGER NOT NULL, compared INTEGER NOT NULL,
            different INTEGER NOT NULL) WITHOUT ROWID;
        """,
    ]
}
