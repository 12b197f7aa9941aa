import Columnar

/// Snapshots: what each changed, and whether it can still be read.
extension Catalog {
    /// The id of the newest snapshot; 0 for an empty store.
    func currentSnapshot() throws -> Int64 {
        try database.rows("SELECT coalesce(max(id), 0) FROM snapshots", []) { $0.integer(0) }[0]
    }

    /// The newest snapshot that was made by `time`; nil if there was none yet.
    func snapshot(asOf time: Timestamp) throws -> Int64? {
        let found = try database.rows(
            "SELECT max(id) FROM snapshots WHERE committed_at <= ?", [.integer(time.microseconds)]
        ) { $0.integerIfPresent(0) }
        return found.first ?? nil
    }

    /// All snapshots that changed `view`, or any view, the newest first.
    func snapshots(of view: String? = nil) throws -> [SnapshotRecord] {
        try database.reading {
            var changes: [Int64: [SnapshotRecord.Change]] = [:]
            try database.query(
                "SELECT snapshot, view, rows_added, rows_removed FROM snapshot_changes ORDER BY snapshot, view"
            ) { row in
                let change = SnapshotRecord.Change(
                    view: row.text(1), rowsAdded: Int(row.integer(2)), rowsRemoved: Int(row.integer(3)))
                changes[row.integer(0), default: []].append(change)
            }
            let records = try database.rows("SELECT id, committed_at, reason FROM snapshots ORDER BY id DESC") {
                SnapshotRecord(
                    id: $0.integer(0), committed: Timestamp(microseconds: $0.integer(1)), reason: $0.text(2),
                    changes: changes[$0.integer(0)] ?? [])
            }
            guard let view else { return records }
            return records.filter { $0.changes.contains { $0.view == view } }
        }
    }

    // MARK: - What is lost

    /// Why `view` cannot be read at `snapshot`; nil if it can. A deletion tells more than a compaction, and that
    /// more than damage.
    func loss(of view: String, at snapshot: Int64) throws -> SnapshotLoss? {
        try database.rows(
            """
            SELECT deletion FROM lost_snapshots WHERE view = ? AND first <= ? AND last >= ?
            ORDER BY deletion DESC LIMIT 1
            """, [.text(view), .integer(snapshot), .integer(snapshot)]
        ) { SnapshotLoss(deletion: $0.integer(0)) }.first
    }

    /// What is lost of all views, by view.
    func losses() throws -> [String: [(snapshots: ClosedRange<Int64>, loss: SnapshotLoss)]] {
        var losses: [String: [(snapshots: ClosedRange<Int64>, loss: SnapshotLoss)]] = [:]
        try database.query("SELECT view, first, last, deletion FROM lost_snapshots ORDER BY deletion DESC") { row in
            let snapshots = row.integer(1)...max(row.integer(1), row.integer(2))
            losses[row.text(0), default: []].append((snapshots, SnapshotLoss(deletion: row.integer(3))))
        }
        return losses
    }

    /// Notes that snapshots listed files of `view` that are going to be removed; within a transaction.
    ///
    /// Ranges that touch are kept as one, so that their number stays small.
    func noteLoss(of snapshots: [ClosedRange<Int64>], view: String, by loss: SnapshotLoss) throws {
        let cause: [SQLiteValue] = [.text(view), .integer(loss.deletion)]
        let known = try database.rows("SELECT first, last FROM lost_snapshots WHERE view = ? AND deletion = ?", cause) {
            $0.integer(0)...max($0.integer(0), $0.integer(1))
        }
        try database.query("DELETE FROM lost_snapshots WHERE view = ? AND deletion = ?", cause)
        for range in Self.joining(known + snapshots) {
            try database.query(
                "INSERT INTO lost_snapshots (view, first, last, deletion) VALUES (?, ?, ?, ?)",
                [.text(view), .integer(range.lowerBound), .integer(range.upperBound), .integer(loss.deletion)])
        }
    }

    /// The same numbers in as few ranges as can be.
    private static func joining(_ ranges: [ClosedRange<Int64>]) -> [ClosedRange<Int64>] {
        var joined: [ClosedRange<Int64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}
