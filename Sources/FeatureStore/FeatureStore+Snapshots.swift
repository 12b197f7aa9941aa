import Columnar

/// A snapshot of the history, with what it changed and whether it can still be read.
public struct SnapshotDescription: Hashable, Sendable, Codable {
    public struct Change: Hashable, Sendable, Codable {
        public var view: String
        /// Rows in segments that it added, and in segments that it took away.
        public var rowsAdded: Int
        public var rowsRemoved: Int
    }

    public struct Loss: Hashable, Sendable, Codable {
        public var view: String
        /// `compacted`, `damaged`, or `deleted (deletion 3)`.
        public var reason: String
    }

    public var id: Int64
    /// When it was made, RFC 3339.
    public var time: String
    /// The verb that made it.
    public var reason: String
    public var changes: [Change]
    /// The views that cannot be read at this snapshot any more.
    public var unreadable: [Loss]
}

extension FeatureStore {
    /// The snapshots of all views, or those that changed `view`, the newest first.
    ///
    /// - Throws: `StoreError.unknown` if there is no such view.
    public func snapshots(of view: String? = nil) throws -> [SnapshotDescription] {
        let losses = try catalog.losses()
        let records = try catalog.snapshots(of: view)
        if let view, records.isEmpty { _ = try layout(of: view) }
        return records.map { record in
            let lost = losses.filter { view == nil || $0.key == view }.compactMap { name, losses in
                losses.first { $0.snapshots.contains(record.id) }.map {
                    SnapshotDescription.Loss(view: name, reason: $0.loss.description)
                }
            }
            return SnapshotDescription(
                id: record.id, time: record.committed.description, reason: record.reason,
                changes: record.changes.filter { view == nil || $0.view == view }.map {
                    .init(view: $0.view, rowsAdded: $0.rowsAdded, rowsRemoved: $0.rowsRemoved)
                },
                unreadable: lost.sorted { $0.view < $1.view })
        }
    }
}
