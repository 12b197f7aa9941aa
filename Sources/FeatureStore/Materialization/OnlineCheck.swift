import Columnar
import Foundation

/// Compares a view's online rows with what they must be: readable, under keys that can be looked up, and the newest of
/// their keys in the history, bit for bit.
struct OnlineCheck {
    let target: PushTarget
    /// In order of arrival; nil where rows are not compared.
    let history: [HistoryPart]?
    let now: Timestamp

    private var view: OnlineView { target.online }

    func run(_ snapshot: LMDBSnapshot, path: String) throws -> OnlineCheckReport.View {
        var report = OnlineCheckReport.View(view: view.name)
        guard let tree = try snapshot.tree(OnlineStore.databaseName(of: view.name)),
            let record = try OnlineRecords(snapshot, path: path)?.record(of: view.name), !record.keyTypes.isEmpty
        else { return report }
        guard record.keyTypes == view.keyTypes else {
            report.report("its stored keys are not those of its definition; materialize it again with --full")
            return report
        }
        if let tiles = try OnlineRecords(snapshot, path: path)?.tiles(of: view.name) {
            report.rows = try TileCheck(view: view, tiles: tiles).run(snapshot) { report.report($0) }
            return report
        }
        var rows = try ViewRowReader(record, view)
        let expected = try history.map { try ExpectedRows($0, record, view, target.layout) }
        report.isCompared = expected != nil
        var next = 0
        try snapshot.forEach(in: tree) { key, value in
            if report.rows & 0xfff == 0 { try Cancellation.check() }
            report.rows += 1
            guard let (row, projection) = try rows.read(value) else {
                report.report("the row of key \(rows.name(key)) is damaged or of a newer version")
                return true
            }
            guard rows.isKey(key) else {
                report.report("the key \(rows.name(key)) is no key of the view's types")
                return true
            }
            guard let expected else { return true }
            while next < expected.count, expected.order(next, key) < 0 {
                note(missing: next, of: expected, record, rows, &report)
                next += 1
            }
            guard next < expected.count, expected.order(next, key) == 0 else {
                report.report("the key \(rows.name(key)) is not in the history")
                return true
            }
            try compare(row, projection, with: next, of: expected, record, rows.name(key), &report)
            next += 1
            return true
        }
        if let expected {
            while next < expected.count {
                note(missing: next, of: expected, record, rows, &report)
                next += 1
            }
        }
        if report.rows != tree.entries { report.report("it says to have \(tree.entries) rows, and has \(report.rows)") }
        return report
    }

    private func compare(
        _ row: StoredRow, _ projection: RowProjection, with place: Int, of expected: ExpectedRows, _ record: ViewRecord,
        _ key: String, _ report: inout OnlineCheckReport.View
    ) throws {
        let newest = expected.age(place)
        if (row.eventTime, row.created) == (newest.eventTime, newest.created) {
            if try expected.hasValues(of: row, projection, place) {
                report.agreeing += 1
            } else if max(row.age.sequence, record.state?.position ?? 0) < newest.sequence {
                // A later row of the same times.
                report.waiting += 1
            } else {
                report.report("the row of key \(key) has other values than the history's row of the same times")
            }
        } else if (row.eventTime, row.created) > (newest.eventTime, newest.created) {
            report.report("the row of key \(key) is newer than any in the history")
        } else if try expected.isDue(place, against: row, reached: record.state?.position ?? 0) {
            report.report("the row of key \(key) is older than what the history says was brought online")
        } else {
            report.waiting += 1
        }
    }

    private func note(
        missing place: Int, of expected: ExpectedRows, _ record: ViewRecord, _ rows: ViewRowReader,
        _ report: inout OnlineCheckReport.View
    ) {
        let event = expected.age(place).eventTime
        let isBeforeAll = event != RowAge.unknownTime && event < record.state?.earliest?.microseconds ?? .min
        let isOld =
            target.layout.view.ttl.map {
                event != RowAge.unknownTime
                    && event.addingReportingOverflow($0.microseconds).partialValue < now.microseconds
            } ?? false
        if isBeforeAll || isOld {
            report.leftOut += 1
        } else if expected.sequence(place) > record.state?.position ?? 0 {
            report.waiting += 1
        } else {
            report.report("the key \(expected.withKey(place, rows.name)) of the history is not online")
        }
    }
}

/// Reads rows of a view as they are stored, whatever their schemas.
struct ViewRowReader {
    private let record: ViewRecord
    private let selection: OnlineSelection
    private let keys: KeyEncoder
    private var projections: [UInt16: RowProjection] = [:]

    init(_ record: ViewRecord, _ view: OnlineView) throws {
        self.record = record
        selection = OnlineSelection(view)
        keys = KeyEncoder(view.keyTypes)
    }

    /// Nil if the bytes are no row, or do not hold what their schema says.
    mutating func read(_ value: UnsafeRawBufferPointer) throws -> (StoredRow, RowProjection)? {
        guard let row = StoredRow(value), let projection = try projection(row.schemaID), projection.fits(row),
            projection.variableBytesFit(row)
        else { return nil }
        return (row, projection)
    }

    private mutating func projection(_ schemaID: UInt16) throws -> RowProjection? {
        if let known = projections[schemaID] { return known }
        guard let schema = record.schema(id: schemaID) else { return nil }
        let made = try RowProjection(schema, for: selection)
        projections[schemaID] = made
        return made
    }

    /// Whether looking up the values that the bytes stand for would find these bytes.
    func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= EncodedKeys.maximumLength, let values = keys.decode(bytes), let again = keys.encode(values)
        else { return false }
        return bytes.elementsEqual(again)
    }

    func values(_ bytes: UnsafeRawBufferPointer) -> [Value]? { keys.decode(bytes) }

    func name(_ bytes: UnsafeRawBufferPointer) -> String {
        keys.decode(bytes).map { $0.map(\.description).joined(separator: ", ") }
            ?? Value.bytes(Array(bytes)).description
    }
}

/// The newest row of each key in the history, in the order of keys.
private final class ExpectedRows {
    private let batch: OnlineBatch
    private let encoder: RowEncoder
    private let projection: RowProjection
    private let parts: [HistoryPart]
    private let layout: ViewLayout
    private var dueRows: LatestRows?
    private var dueEvents: (events: Column?, created: Column?)
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 8)

    init(_ parts: [HistoryPart], _ record: ViewRecord, _ view: OnlineView, _ layout: ViewLayout) throws {
        self.parts = parts
        self.layout = layout
        let latest = try LatestRows(
            of: parts, layout: layout, bounds: .init(time: Timestamp(microseconds: .max), earliest: nil))
        batch = try OnlineBatch(latest, of: parts, layout: layout)
        let schema = RowSchema(id: 0, features: view.features)
        encoder = RowEncoder(
            schema, events: batch.events, created: batch.created, sequences: batch.sequences, features: batch.features)
        projection = try RowProjection(schema, for: OnlineSelection(view))
    }

    deinit { memory.deallocate() }

    var count: Int { batch.keys.count }

    func age(_ place: Int) -> RowAge { encoder.age(of: place) }

    func sequence(_ place: Int) -> Int64 { batch.sequences?[place] ?? 0 }

    /// Negative, zero or positive as the key orders before, equals or orders after `key`.
    func order(_ place: Int, _ key: UnsafeRawBufferPointer) -> Int {
        let own = batch.keys.bytes(at: place)
        guard let left = own.baseAddress, let right = key.baseAddress else { return own.count - key.count }
        let order = Int(memcmp(left, right, min(own.count, key.count)))
        return order == 0 ? own.count - key.count : order
    }

    func withKey<Result>(_ place: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withExtendedLifetime(batch) { body(batch.keys.bytes(at: place)) }
    }

    /// Whether the history's row has the stored one's values. What the stored row's schema lacks was added later.
    func hasValues(of row: StoredRow, _ stored: RowProjection, _ place: Int) throws -> Bool {
        let length = encoder.length(of: place)
        if memory.count < length {
            memory.deallocate()
            memory = .allocate(byteCount: length * 2, alignment: 8)
        }
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[..<length])
        encoder.write(place, age: age(place), to: bytes)
        guard let expected = StoredRow(UnsafeRawBufferPointer(bytes)) else { return false }
        return zip(stored.slots, projection.slots).allSatisfy { slot, wanted in
            if slot.offset < 0 { return true }
            if row.isNull(slot) || expected.isNull(wanted) { return row.isNull(slot) == expected.isNull(wanted) }
            return row.valueBytes(slot).elementsEqual(expected.valueBytes(wanted))
        }
    }

    /// Whether a row that is newer than `row` was in the part of the history that is said to be online.
    func isDue(_ place: Int, against row: StoredRow, reached: Int64) throws -> Bool {
        if sequence(place) <= reached { return true }
        if dueRows == nil {
            let due = parts.filter { $0.sequences.upperBound <= reached }
            let latest = try LatestRows(
                of: due, layout: layout, bounds: .init(time: Timestamp(microseconds: .max), earliest: nil))
            let rows = try OnlineBatch(latest, of: due, layout: layout)
            (dueRows, dueEvents) = (latest, (rows.events, rows.created))
        }
        guard let dueRows, let found = find(place, in: dueRows.keys) else { return false }
        func time(_ column: Column?) -> Int64 {
            column.flatMap { $0.isNull(found) ? nil : $0.elements(as: Int64.self)[found] } ?? RowAge.unknownTime
        }
        return (time(dueEvents.events), time(dueEvents.created)) > (row.eventTime, row.created)
    }

    private func find(_ place: Int, in keys: EncodedKeys) -> Int? {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys.compare(middle, with: batch.keys, place) < 0 { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys.compare(low, with: batch.keys, place) == 0 ? low : nil
    }
}

extension StoredRow {
    /// The bytes of a value that is not null.
    ///
    /// - Precondition: a projection that fits this row, with all variable bytes, has `slot`.
    fileprivate func valueBytes(_ slot: RowProjection.Slot) -> UnsafeRawBufferPointer {
        switch slot.type {
        case .string, .bytes: variableBytes(slot) ?? UnsafeRawBufferPointer(start: nil, count: 0)
        default: UnsafeRawBufferPointer(rebasing: bytes[slot.offset..<slot.offset + slot.type.slotWidth])
        }
    }
}
