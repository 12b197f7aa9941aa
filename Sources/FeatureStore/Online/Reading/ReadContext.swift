import Columnar
import Foundation

/// What one thread needs to read: its place among LMDB's readers, each view's tree and how to read its rows, and memory
/// for the keys that are looked for together.
///
/// Invariant: used by the thread that has its turn.
final class ReadContext: @unchecked Sendable {
    let turn = ReaderTurn()
    let views: [ViewContext]
    private let store: OnlineStore
    @exclusivity(unchecked) private var generation: Int
    @exclusivity(unchecked) private(set) var reader: LMDBReader
    /// The commit that the views' trees are of.
    @exclusivity(unchecked) private var resolvedAt = UInt64.max
    /// Nanoseconds, when to see whether another store has taken the folder.
    @exclusivity(unchecked) private var nextLook = 0
    let group: LookupGroup

    private static let nanosecondsBetweenLooks = 200_000_000

    /// A context whose turn is the calling thread's.
    init(_ store: OnlineStore, _ selections: [OnlineSelection]) throws {
        self.store = store
        let opened = store.opened
        generation = opened.generation
        reader = try LMDBReader(opened.lease, turn: turn)
        views = try selections.map(ViewContext.init)
        group = LookupGroup()
    }

    /// Whether what is read stays whole for as long as it takes.
    var isRegistered: Bool { reader.isRegistered }

    /// Runs `body` on the newest commit, perhaps more than once, of which the last counts.
    @inline(__always)
    func reading<Result>(_ body: () throws -> Result) throws -> Result {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        let now = time.tv_sec * 1_000_000_000 + time.tv_nsec
        if now >= nextLook || reader.isInherited { try look(at: now) }
        return try reader.reading {
            if reader.commitNumber != resolvedAt { try resolve() }
            return try body()
        }
    }

    /// Goes over to the store that is in the folder now, if it is another; while there is none, or none that can be
    /// opened, the one before is read.
    @inline(never)
    private func look(at now: Int) throws {
        nextLook = now + Self.nanosecondsBetweenLooks
        if reader.isInherited {
            try store.followReplacement(creating: false)
        } else {
            try? store.followReplacement(creating: false)
        }
        let opened = store.opened
        guard opened.generation != generation else { return }
        reader = try LMDBReader(opened.lease, turn: turn)
        generation = opened.generation
        resolvedAt = .max
        for view in views { view.forget() }
    }

    @inline(never)
    private func resolve() throws {
        let snapshot = try reader.snapshot()
        for view in views {
            view.tree = try snapshot.tree(view.databaseName)
            try view.computed?.resolve(snapshot)
        }
        resolvedAt = snapshot.commitNumber
    }

    /// A found row of a view and how to read it, which is then as long as its schema says.
    ///
    /// - Throws: `OnlineError` if it is damaged.
    @inline(__always)
    func row(
        _ value: UnsafeRawBufferPointer, _ key: LMDBKey, of view: ViewContext
    ) throws -> (StoredRow, RowProjection) {
        guard let row = StoredRow(value) else { throw view.damaged(key) }
        let projection = try view.projection(row.schemaID, key) { try record(of: view) }
        guard projection.fits(row) else { throw view.damaged(key) }
        return (row, projection)
    }

    /// What is told of a key of a view with aggregates, at `now`; good until the next batch is read.
    ///
    /// - Throws: `OnlineError` if it is damaged, or does not tell what is asked.
    func computedRow(
        _ value: UnsafeRawBufferPointer?, _ key: LMDBKey, of view: ViewContext, _ computed: ComputedView, now: Timestamp
    ) throws -> StoredRow {
        try computed.row(value, key, at: now, reader, store: store, damaged: view.damaged)
    }

    /// What is given of a key: its row, or the row that is computed of what is kept of it; nil where there is none, or one
    /// that is too old.
    ///
    /// - Throws: `OnlineError` if it is damaged, or does not tell what is asked.
    @inline(__always)
    func given(
        _ value: UnsafeRawBufferPointer?, _ key: LMDBKey, of view: ViewContext, now: Timestamp
    ) throws -> (row: StoredRow, projection: RowProjection)? {
        if let computed = view.computed {
            guard key.count > 0 else { return nil }
            return (try computedRow(value, key, of: view, computed, now: now), computed.projection)
        }
        guard let value else { return nil }
        let (stored, projection) = try row(value, key, of: view)
        return view.isOver(stored, projection, now: now) ? nil : (stored, projection)
    }

    /// What the snapshot's store knows of a view.
    @inline(never)
    private func record(of view: ViewContext) throws -> ViewRecord? {
        try OnlineRecords(try reader.snapshot(), path: store.path)?.record(of: view.selection.view.name)
    }

    /// - Throws: `OnlineError` if a view is stored with other types of keys or features.
    func checkTypes() throws {
        try reading {
            for view in views {
                guard var record = try record(of: view), !record.keyTypes.isEmpty else { continue }
                guard view.computed == nil else {
                    try checkTiles(view)
                    continue
                }
                _ = try record.adopt(view.selection.view, mode: .merging)
            }
        }
    }

    /// - Throws: `OnlineError` if what is kept of a view's keys does not tell what is asked.
    private func checkTiles(_ view: ViewContext) throws {
        guard let aggregates = view.selection.aggregates,
            let tiles = try OnlineRecords(try reader.snapshot(), path: store.path)?.tiles(of: view.selection.view.name)
        else { return }
        _ = try TilePlan(
            aggregates.plan, from: tiles.layout, availability: aggregates.availability, view: view.selection.view.name)
    }
}
