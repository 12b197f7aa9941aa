import Columnar
import Foundation
import Synchronization

/// The newest row of every key of every view, in one LMDB environment, to be read in microseconds.
///
/// Any number of processes and threads may read while one writes; they see the last commit. A view's write is one
/// transaction, whatever its size: its changed pages are held in memory up to LMDB's limit and then spilled to disk.
final class OnlineStore: Sendable {
    /// Names become keys of LMDB, with a prefix.
    static let maximumViewNameLength = 480

    let path: String
    let isReadOnly: Bool
    let lease: LMDBLease
    private let knownRecords: Mutex<OnlineRecords?>

    var environment: LMDBEnvironment { lease.environment }

    /// Opens the store in a folder, and makes it if there is none unless it is to be read only.
    ///
    /// - Throws: `LMDBError`, or `OnlineError` if a newer version wrote the store.
    init(
        path: String, isReadOnly: Bool = false, mapSize: Int = LMDBEnvironment.initialMapSize,
        mapSizeLimit: Int = LMDBEnvironment.maximumMapSize
    ) throws {
        self.path = path
        self.isReadOnly = isReadOnly
        let lease = try LMDBLease(path: path, isReadOnly: isReadOnly, mapSize: mapSize, mapSizeLimit: mapSizeLimit)
        self.lease = lease
        knownRecords = Mutex(nil)
        if try records == nil, !isReadOnly {
            let database = try lease.environment.databaseForWriting(OnlineRecords.databaseName)
            try lease.environment.write { try OnlineRecords.writeFormat($0, database) }
        }
    }

    /// The store's records, or nil while nothing was ever written.
    var records: OnlineRecords? {
        get throws {
            if let known = knownRecords.withLock({ $0 }) { return known }
            guard let database = try environment.database(OnlineRecords.databaseName) else { return nil }
            try environment.read { try OnlineRecords.checkFormat($0, database) }
            let found = OnlineRecords(database: database)
            knownRecords.withLock { $0 = found }
            return found
        }
    }

    /// The database of a view's rows, or nil if it never had any.
    func database(of view: String) throws -> LMDBDatabase? { try environment.database("view:" + view) }

    func databaseForWriting(_ view: String) throws -> LMDBDatabase {
        guard !isReadOnly else { throw OnlineError("the online store is open to be read only", view: view) }
        guard view.utf8.count <= Self.maximumViewNameLength else {
            throw OnlineError(
                "its name is longer than \(Self.maximumViewNameLength) bytes; use a shorter one", view: view)
        }
        return try environment.databaseForWriting("view:" + view)
    }

    // MARK: - Views

    /// The names of all views that hold rows, in order.
    func views() throws -> [String] {
        guard let records = try records else { return [] }
        return try environment.read { try records.views($0) }
    }

    /// How far a view is materialized; nil if it never was.
    func state(of view: String) throws -> ViewState? {
        guard let records = try records else { return nil }
        return try environment.read { try records.record(of: view, $0)?.state }
    }

    /// The number of rows of a view. Complexity: O(1).
    func rowCount(of view: String) throws -> Int {
        guard let database = try database(of: view) else { return 0 }
        return try environment.read { try $0.count(of: database) }
    }

    /// Removes a view's rows and what is known of it.
    func remove(view: String) throws {
        guard let records = try records else { return }
        let database = try databaseForWriting(view)
        try environment.write { transaction in
            try transaction.removeAll(from: database)
            let nextSchemaID = try records.record(of: view, transaction.snapshot)?.nextSchemaID ?? 1
            try records.set(ViewRecord(nextSchemaID: nextSchemaID), of: view, transaction)
        }
    }
}
