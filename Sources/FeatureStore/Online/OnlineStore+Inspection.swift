import Columnar
import Foundation

/// How large the online store is, and who reads it.
public struct OnlineStatistics: Hashable, Sendable, Codable {
    public var path: String
    /// The number of the last commit.
    public var commit: UInt64
    public var pageSize: Int
    /// Bytes of the data file.
    public var fileBytes: Int
    /// Bytes of the pages in use.
    public var usedBytes: Int
    /// Bytes of pages that later commits use again.
    public var freeBytes: Int
    /// Up to where the file can grow before it is mapped anew; nil where this user may only look.
    public var mapBytes: Int?
    /// Places among LMDB's readers that are taken, over all processes; nil where this user may only look.
    public var readers: Int?
    public var maximumReaders: Int
    /// Places of processes that were killed, which were freed just now.
    public var staleReaders: Int?
    public var views: [View]

    /// One view's rows.
    public struct View: Hashable, Sendable, Codable {
        public var view: String
        public var rows: Int
        /// Bytes of the pages that hold its rows, and tiles of its events.
        public var bytes: Int
        /// Pages from the root to a row.
        public var depth: Int
        /// Schemas that its rows may have.
        public var schemas: Int
        /// RFC 3339; when its rows were last written.
        public var updated: String?
        /// Whether the definitions still have it.
        public var isDefined: Bool
    }
}

extension OnlineStore {
    /// - Parameter defined: the views that the definitions have.
    func statistics(defined: Set<String>) throws -> OnlineStatistics {
        let lease = opened.lease
        let environment = lease.environment
        let file = lease.file
        return try lease.withSnapshot { snapshot in
            let names = try OnlineRecords.views(snapshot, path: path)
            let records = try OnlineRecords(snapshot, path: path)
            let views = try names.map { name in
                let tree = try snapshot.tree(Self.databaseName(of: name))
                let tiles = try snapshot.tree(TileKey.databaseName(of: name))
                let record = try records?.record(of: name)
                return OnlineStatistics.View(
                    view: name, rows: tree?.entries ?? 0,
                    bytes: ((tree?.pages ?? 0) + (tiles?.pages ?? 0)) * file.pageSize,
                    depth: tree?.depth ?? 0, schemas: record?.schemas.count ?? 0,
                    updated: record?.state?.updated.description, isDefined: defined.contains(name))
            }
            let free = try snapshot.freePageCount()
            return OnlineStatistics(
                path: path, commit: snapshot.commitNumber, pageSize: file.pageSize,
                fileBytes: file.pageCount * file.pageSize,
                usedBytes: (Int(snapshot.commit.lastPage) + 1 - free) * file.pageSize, freeBytes: free * file.pageSize,
                mapBytes: environment?.mapSize,  // One of them is that of this snapshot.
                readers: environment.map { max(0, $0.readerProcesses().count - 1) },
                maximumReaders: LMDBEnvironment.maximumReaders, staleReaders: environment?.staleReadersAtOpening,
                views: views)
        }
    }

    /// Writes the last commit to a data file in `folder`, which exists and has none.
    func copy(to folder: String) throws {
        let lease = opened.lease
        try withExtendedLifetime(lease) {
            guard let environment = lease.environment else {
                throw OnlineError(
                    "copying takes a place among the readers, and this user may not write to \(path)/lock.mdb")
            }
            try environment.copy(to: folder)
        }
    }
}
