import Columnar

/// One selection within a context: its view's tree in the snapshot, and how to read rows of each schema met so far.
final class ViewContext {
    let selection: OnlineSelection
    let databaseName: String
    /// Fills the view's part of a vector where there is no row.
    let missing: FloatPlan
    /// Tells the features of a view with aggregates; nil for others.
    let computed: ComputedView?
    /// Nil while the view has no rows.
    @exclusivity(unchecked) var tree: LMDBTree?
    @exclusivity(unchecked) private var projections: [RowProjection] = []
    /// The projection of the row before: rows of one schema follow each other.
    @exclusivity(unchecked) private var last: RowProjection?
    @exclusivity(unchecked) private var lastSchemaID: UInt16 = 0
    private let maximumAge: Int64

    init(_ selection: OnlineSelection) throws {
        self.selection = selection
        computed = try selection.aggregates.map { try ComputedView(selection, $0) }
        databaseName = OnlineStore.databaseName(of: selection.view.name)
        missing = FloatPlan(ofNothing: selection)
        maximumAge = selection.timeToLive?.microseconds ?? .max
    }

    /// Forgets what was learned of a store that has been replaced.
    func forget() {
        tree = nil
        last = nil
        projections = []
        computed?.forget()
    }

    /// How to read rows of a schema.
    ///
    /// - Parameter record: the view's record in the snapshot.
    /// - Throws: `OnlineError` if there is no such schema, or it has a wanted feature under another type.
    @inline(__always)
    func projection(_ schemaID: UInt16, _ key: LMDBKey, record: () throws -> ViewRecord?) throws -> RowProjection {
        if let last, schemaID == lastSchemaID { return last }
        return try learn(schemaID, key, record)
    }

    @inline(never)
    private func learn(
        _ schemaID: UInt16, _ key: LMDBKey, _ record: () throws -> ViewRecord?
    ) throws -> RowProjection {
        let found: RowProjection
        if let known = projections.first(where: { $0.schema.id == schemaID }) {
            found = known
        } else {
            guard let schema = try record()?.schema(id: schemaID) else { throw damaged(key) }
            found = try RowProjection(schema, for: selection)
            projections.append(found)
        }
        last = found
        lastSchemaID = schemaID
        return found
    }

    /// Whether a row is older than the view's TTL allows, or ended.
    @inline(__always)
    func isOver(_ row: StoredRow, _ projection: RowProjection, now: Timestamp) -> Bool {
        if let end = projection.end, !row.isNull(end), row.load(end, as: Int64.self) <= now.microseconds { return true }
        let eventTime = row.eventTime
        guard maximumAge != .max, eventTime != RowAge.unknownTime else { return false }
        let (age, isBeyondRange) = now.microseconds.subtractingReportingOverflow(eventTime)
        return isBeyondRange ? eventTime < 0 : age > maximumAge
    }

    func damaged(_ key: LMDBKey) -> OnlineError {
        let bytes = UnsafeRawBufferPointer(start: key.base, count: key.count)
        let values = KeyEncoder(selection.view.keyTypes).decode(bytes)
        let name = values.map { $0.map(\.description).joined(separator: ", ") } ?? Value.bytes(Array(bytes)).description
        return OnlineError(
            "the stored row of key \(name) is damaged or of a newer version; materialize the view again with --full",
            view: selection.view.name)
    }
}
