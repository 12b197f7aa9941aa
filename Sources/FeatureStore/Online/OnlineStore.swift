import Columnar
import Foundation
import Synchronization

/// The newest row of every key of every view, in one LMDB environment, to be read in microseconds.
///
/// Any number of processes and threads may read while one writes; they see the last commit. A view's write is one
/// transaction, whatever its size: its changed pages are held in memory up to LMDB's limit and then spilled to disk.
///
/// If another store takes the folder's name, this one goes over to it: at the next write, and soon for readers.
final class OnlineStore: Sendable {
    /// Names become keys of LMDB, with a prefix.
    static let maximumViewNameLength = 480

    let path: String
    let isReadOnly: Bool
    private let lease: @Sendable () throws -> LMDBLease
    private let current: Mutex<Opened>

    /// The environment that the folder held when we last looked.
    struct Opened: Sendable {
        let lease: LMDBLease
        /// Counts the environments that the store has had.
        let generation: Int
    }

    var opened: Opened { current.withLock { $0 } }

    /// Opens the store in a folder, and makes it if there is none unless it is to be read only.
    ///
    /// - Throws: `LMDBError`, or `OnlineError` if a newer version wrote the store.
    convenience init(
        path: String, isReadOnly: Bool = false, mapSize: Int = LMDBEnvironment.initialMapSize,
        mapSizeLimit: Int = LMDBEnvironment.maximumMapSize
    ) throws {
        try self.init(path: path, isReadOnly: isReadOnly) {
            try LMDBLease(path: path, isReadOnly: isReadOnly, mapSize: mapSize, mapSizeLimit: mapSizeLimit)
        }
    }

    /// Opens a store's data file to look at, without a lock: a copy, or what this user may not touch.
    convenience init(file path: String) throws {
        try self.init(path: path, isReadOnly: true) { try LMDBLease(file: path) }
    }

    private init(path: String, isReadOnly: Bool, lease: @escaping @Sendable () throws -> LMDBLease) throws {
        self.path = path
        self.isReadOnly = isReadOnly
        self.lease = lease
        let opened = try lease()
        try Self.prepare(opened, path, isReadOnly: isReadOnly)
        current = Mutex(Opened(lease: opened, generation: 0))
    }

    /// Checks the store's format, or notes it in a new one.
    private static func prepare(_ lease: LMDBLease, _ path: String, isReadOnly: Bool) throws {
        let hasRecords = try lease.withSnapshot { snapshot in
            guard let records = try OnlineRecords(snapshot, path: path) else { return false }
            try records.checkFormat()
            return true
        }
        guard !hasRecords, !isReadOnly, let environment = lease.environment else { return }
        let database = try environment.databaseForWriting(OnlineRecords.databaseName)
        try environment.write { try OnlineRecords.writeFormat($0, database) }
    }

    /// Goes over to the store that has the name now, if it is another than before.
    ///
    /// - Parameter creating: make one if there is none.
    /// - Throws: if there is one that cannot be opened; the one before is kept then.
    func followReplacement(creating: Bool) throws {
        try current.withLock { current in
            switch current.lease.standing {
            case .current: return
            case .removed where !creating: return
            case .removed, .replaced: break
            }
            let opened = try lease()
            try Self.prepare(opened, path, isReadOnly: isReadOnly)
            current = Opened(lease: opened, generation: current.generation + 1)
        }
    }

    /// Runs `body` on a snapshot of the last commit, perhaps more than once, of which the last counts.
    func withSnapshot<Result>(_ body: (LMDBSnapshot) throws -> Result) throws -> Result {
        try opened.lease.withSnapshot(body)
    }

    // MARK: - Views

    /// The name of the database that holds a view's rows.
    static func databaseName(of view: String) -> String { "view:" + view }

    /// The names of all views that hold rows, in order.
    func views() throws -> [String] {
        try withSnapshot { try OnlineRecords.views($0, path: path) }
    }

    /// How far a view is materialized; nil if it never was.
    func state(of view: String) throws -> ViewState? {
        try withSnapshot { try OnlineRecords($0, path: path)?.record(of: view)?.state }
    }

    /// The number of rows of a view. Complexity: O(1).
    func rowCount(of view: String) throws -> Int {
        try withSnapshot { try $0.tree(Self.databaseName(of: view))?.entries ?? 0 }
    }
}
