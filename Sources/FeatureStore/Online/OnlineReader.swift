import Columnar
import Foundation
import Synchronization

/// Reads features of one or more views by key, from any number of threads at once.
///
/// Views, schemas and transactions are resolved once and kept; a read neither allocates nor calls the system. A view
/// that is first materialized, or changes its schema, while the reader lives is noticed by the next read.
final class OnlineReader: Sendable {
    let store: OnlineStore
    let selections: [OnlineSelection]
    private let idle: Mutex<[ReadContext]>

    /// - Throws: `OnlineError` if a view is stored with other types of keys or features; `LMDBError`.
    init(_ store: OnlineStore, _ selections: [OnlineSelection]) throws {
        self.store = store
        self.selections = selections
        idle = Mutex([])
        let context = ReadContext(store, selections)
        let snapshot = try context.begin()
        defer { context.end() }
        for view in context.views { try view.checkTypes(snapshot, context.records) }
    }

    /// Runs `body` on a snapshot of the last commit; all reads in it see the same data.
    ///
    /// `body` must not read or write the store in another way, and should be short: while a snapshot lives, the pages
    /// it sees are not reused, and the map cannot grow.
    func withSnapshot<Result>(_ body: (OnlineSnapshot) throws -> Result) throws -> Result {
        let context = idle.withLock { $0.popLast() } ?? ReadContext(store, selections)
        let snapshot = try context.begin()
        defer {
            context.end()
            idle.withLock { $0.append(context) }
        }
        return try body(OnlineSnapshot(context: context, snapshot: snapshot))
    }

    /// Reads a batch: for every selection the rows of its keys, all of the same commit.
    ///
    /// - Parameter keys: For each selection in order, keys of its view's types.
    /// - Throws: `OnlineError` if a stored row is damaged; `LMDBError`.
    func read(_ keys: [EncodedKeys], now: Timestamp) throws -> [OnlineRows] {
        precondition(keys.count == selections.count)
        return try withSnapshot { snapshot in
            try keys.indices.map { try snapshot.rows(of: keys[$0], selection: $0, now: now) }
        }
    }

    /// Reads one row's numbers as float32: vectors flattened, booleans 0 or 1, nulls NaN.
    ///
    /// - Parameter target: Room for the selection's `floatCount`; all NaN where the status is not `.present`.
    /// - Returns: `.present`, `.notFound` or `.outsideMaxAge`, of the row as a whole.
    func readFloats(
        _ key: UnsafeRawBufferPointer, selection: Int = 0, now: Timestamp,
        into target: UnsafeMutableBufferPointer<Float>
    ) throws -> FeatureStatus {
        try withSnapshot { try $0.readFloats(key, selection: selection, now: now, into: target) }
    }
}

/// What one thread needs to read: a transaction to renew, and each view's database and projections.
///
/// Invariant: used by one thread at a time; the reader's pool sees to that.
final class ReadContext: @unchecked Sendable {
    let views: [ViewContext]
    private(set) var records: OnlineRecords?
    private let store: OnlineStore
    private let reader: LMDBReader
    private var areAllResolved: Bool
    private var resolvedAt = -1

    init(_ store: OnlineStore, _ selections: [OnlineSelection]) {
        self.store = store
        reader = LMDBReader(store.lease)
        views = selections.map(ViewContext.init)
        areAllResolved = selections.isEmpty
    }

    func begin() throws -> LMDBSnapshot {
        let snapshot = try reader.begin()
        // A view without a database may get one with any commit.
        if areAllResolved || snapshot.commitNumber == resolvedAt { return snapshot }
        resolvedAt = snapshot.commitNumber
        reader.end()
        areAllResolved = true
        for view in views where view.database == nil {
            view.database = try store.database(of: view.selection.view.name)
            if view.database == nil { areAllResolved = false }
        }
        // Made before any view's database, so there if one of those is.
        records = try store.records
        return try reader.begin()
    }

    func end() { reader.end() }
}

/// One selection within a context: its database, and how to read each schema met so far.
final class ViewContext {
    let selection: OnlineSelection
    var database: LMDBDatabase?
    private var projections: [RowProjection] = []

    init(_ selection: OnlineSelection) { self.selection = selection }

    /// The row under `key` and how to read it; nil if there is none.
    ///
    /// - Throws: `OnlineError` if it is damaged.
    @inline(__always)
    func row(
        for key: UnsafeRawBufferPointer, _ snapshot: LMDBSnapshot, _ records: OnlineRecords?
    ) throws -> (row: StoredRow, projection: RowProjection)? {
        guard let database, let bytes = try snapshot.value(for: key, in: database) else { return nil }
        guard let row = StoredRow(bytes) else { throw damaged(key) }
        let projection = try projection(for: row.schemaID, key, snapshot, records)
        guard projection.fits(row) else { throw damaged(key) }
        return (row, projection)
    }

    @inline(__always)
    private func projection(
        for schemaID: UInt16, _ key: UnsafeRawBufferPointer, _ snapshot: LMDBSnapshot, _ records: OnlineRecords?
    ) throws -> RowProjection {
        for projection in projections where projection.schema.id == schemaID { return projection }
        guard let schema = try records?.record(of: selection.view.name, snapshot)?.schema(id: schemaID) else {
            throw damaged(key)
        }
        let made = try RowProjection(
            schema, wanted: selection.view.features, end: selection.hasEnd ? OnlineView.end : nil,
            view: selection.view.name)
        projections.append(made)
        return made
    }

    /// Whether a row is older than the view's TTL allows, or ended.
    @inline(__always)
    func isOver(_ row: StoredRow, _ projection: RowProjection, now: Timestamp) -> Bool {
        if let end = projection.end, !row.isNull(end), row.load(end, as: Int64.self) <= now.microseconds { return true }
        let eventTime = row.eventTime
        guard let limit = selection.timeToLive?.microseconds, eventTime != RowAge.unknownTime else { return false }
        let (age, isBeyondRange) = now.microseconds.subtractingReportingOverflow(eventTime)
        return isBeyondRange ? eventTime < 0 : age > limit
    }

    func damaged(_ key: UnsafeRawBufferPointer) -> OnlineError {
        let values = KeyEncoder(selection.view.keyTypes).decode(key)
        let name = values.map { $0.map(\.description).joined(separator: ", ") } ?? Value.bytes(Array(key)).description
        return OnlineError(
            "the stored row of key \(name) is damaged or of a newer version; materialize the view again with --full",
            view: selection.view.name)
    }

    /// - Throws: `OnlineError` if the view is stored with other types of keys or features.
    func checkTypes(_ snapshot: LMDBSnapshot, _ records: OnlineRecords?) throws {
        guard var record = try records?.record(of: selection.view.name, snapshot), !record.keyTypes.isEmpty
        else { return }
        _ = try record.adopt(selection.view, mode: .merging)
    }
}
