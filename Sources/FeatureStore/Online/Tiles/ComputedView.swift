import Columnar

/// A selection of a view with aggregates within a context: how its features are told from what is kept of a key.
///
/// Invariant: used by one thread at a time, that of the context that owns it.
final class ComputedView {
    private let view: String
    private let plan: AggregatePlan
    private let availability: Availability
    private let isStrict: Bool
    private let row: ComputedRow
    let projection: RowProjection
    private let memory = RowMemory()
    let databaseName: String
    private let recordName: [UInt8]
    @exclusivity(unchecked) private var tree: LMDBTree?
    @exclusivity(unchecked) private var reader: TileReader?
    /// The record by which the reader was made.
    @exclusivity(unchecked) private var record: [UInt8] = []

    init(_ selection: OnlineSelection, _ aggregates: OnlineSelection.Aggregates) throws {
        view = selection.view.name
        plan = aggregates.plan
        availability = aggregates.availability
        isStrict = aggregates.isStrict
        row = ComputedRow(of: selection.view.features)
        projection = try RowProjection(row.schema, for: selection)
        databaseName = TileKey.databaseName(of: selection.view.name)
        recordName = Array(OnlineRecords.tilesName(of: selection.view.name).utf8)
    }

    func forget() {
        tree = nil
        reader = nil
        record = []
    }

    /// Finds the view's tiles in a commit, and what they are written by.
    func resolve(_ snapshot: LMDBSnapshot) throws {
        tree = try snapshot.tree(databaseName)
        guard let meta = try snapshot.tree(OnlineRecords.databaseName) else { return }
        let isKnown = try recordName.withUnsafeBytes { name in
            try snapshot.value(for: name, in: meta).map { $0.elementsEqual(record) } ?? record.isEmpty
        }
        guard !isKnown else { return }
        reader = nil
        record = try recordName.withUnsafeBytes { try snapshot.value(for: $0, in: meta).map { Array($0) } ?? [] }
    }

    /// From here on rows that were told may be overwritten.
    func reset() { memory.reset() }

    /// A key's features, as of `now`.
    ///
    /// - Parameter stored: what is kept under the key; nil for nothing.
    /// - Throws: `OnlineError` if the bytes are damaged, or do not tell what is asked.
    func row(
        _ stored: UnsafeRawBufferPointer?, _ key: LMDBKey, at now: Timestamp, _ reader: LMDBReader,
        store: OnlineStore, damaged: (LMDBKey) -> OnlineError
    ) throws -> StoredRow {
        let tiles = try self.reader ?? makeReader(reader, store)
        if isStrict, stored == nil { try refuseWhatIsGone(at: now, reader, store) }
        let eventTime: Int64?
        do {
            eventTime = try tiles.read(
                UnsafeRawBufferPointer(start: key.base, count: key.count), stored, at: now.microseconds,
                TileReader.Tiles(pages: reader.pages, tree: tree))
        } catch is TileReader.Damage {
            throw damaged(key)
        } catch is SketchError {
            throw damaged(key)
        } catch is LMDBDamage {
            throw reader.damaged
        }
        return row.write(tiles.values, eventTime: eventTime, in: memory)
    }

    /// A key of which nothing is kept had no events, or had some that are gone: of a time that looks back on those, nothing
    /// can be told. (A key with lifetimes is always kept.)
    @inline(never)
    private func refuseWhatIsGone(at time: Timestamp, _ reader: LMDBReader, _ store: OnlineStore) throws {
        guard let records = try OnlineRecords(try reader.snapshot(), path: store.path),
            let layout = try records.tiles(of: view)?.layout, !layout.hasLifetime,
            let boundary = try records.record(of: view)?.state?.windowsBoundary,
            layout.boundary(at: time.microseconds) < boundary.microseconds
        else { return }
        throw OnlineError(
            "what windows at \(time) looked back on is no longer kept online; read a later time, or a training set",
            view: view)
    }

    @inline(never)
    private func makeReader(_ reader: LMDBReader, _ store: OnlineStore) throws -> TileReader {
        guard let tiles = try OnlineRecords(try reader.snapshot(), path: store.path)?.tiles(of: view) else {
            throw OnlineError("its aggregates are not online; run 'fstore materialize \(view)'", view: view)
        }
        let made = TileReader(
            try TilePlan(plan, from: tiles.layout, availability: availability, view: view), tiles.layout,
            number: tiles.number, outputs: plan.outputs.count, view: view, isStrict: isStrict)
        self.reader = made
        return made
    }
}
