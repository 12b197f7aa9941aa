import Columnar
import Foundation

/// Batches of one view on their way into a transaction.
///
/// Batches whose keys ascend, from one to the next too, into a view that holds no rows are appended.
struct ViewWriting {
    private let owner: OnlineTransaction
    private let transaction: LMDBWriteTransaction
    private let database: LMDBDatabase
    private let view: OnlineView
    private let schema: RowSchema
    private var record: ViewRecord
    private(set) var summary = WriteSummary()
    /// Whether the database takes ascending keys at its end, without a search; the first key out of order ends that.
    private var isAppending: Bool
    /// The last key that was appended.
    private var last: [UInt8] = []
    private var puts = 0
    private var bytes = 0

    init(
        _ owner: OnlineTransaction, _ transaction: LMDBWriteTransaction, _ database: LMDBDatabase, _ view: OnlineView,
        _ schema: RowSchema, _ record: ViewRecord
    ) throws {
        self.owner = owner
        self.transaction = transaction
        self.database = database
        self.view = view
        self.schema = schema
        self.record = record
        isAppending = try transaction.statistics(of: database).entries == 0
    }

    /// Keeps the view's new state; nothing may be put afterwards.
    mutating func end(_ state: ViewState) throws {
        record.state = state
        try owner.end(view, record, puts: puts, bytes: bytes)
    }

    /// Writes a batch: per key the greatest row by `RowAge` stays.
    ///
    /// - Throws: `OnlineError`, `LMDBError`.
    mutating func put(_ batch: OnlineBatch) throws {
        try batch.check(for: view)
        puts += batch.keys.count
        bytes += batch.expectedBytes(for: view)
        let keys = batch.keys
        let encoder = RowEncoder(
            schema, events: batch.events, created: batch.created, sequences: batch.sequences, features: batch.features)
        let cursor = try transaction.cursor(database)
        var previous = -1
        for row in 0..<keys.count {
            if row & 0xfff == 0 { try Cancellation.check() }
            let key = keys.bytes(at: row)
            if key.isEmpty || keys.isNull(row) {
                summary.withoutKey += 1
                continue
            }
            guard key.count <= EncodedKeys.maximumLength else { throw Self.keyTooLong(key.count, view, row) }
            if isAppending {
                isAppending = previous >= 0 ? keys.compare(previous, with: keys, row) < 0 : isBehindLast(key)
            }
            previous = row
            let age = encoder.age(of: row)
            if !isAppending, let stored = try cursor.value(for: key).flatMap({ StoredRow($0) }), age < stored.age {
                summary.outdated += 1
                continue
            }
            let length = encoder.length(of: row)
            guard length <= RowSchema.maximumRowLength else { throw Self.rowTooLong(length, view, row) }
            encoder.write(row, age: age, to: try cursor.reserve(length, for: key, appending: isAppending))
            summary.written += 1
        }
        if isAppending, previous >= 0 { last = Array(keys.bytes(at: previous)) }
    }

    private func isBehindLast(_ key: UnsafeRawBufferPointer) -> Bool {
        last.withUnsafeBytes { last in
            guard let before = last.baseAddress, let behind = key.baseAddress else { return true }
            let order = memcmp(before, behind, min(last.count, key.count))
            return order == 0 ? last.count < key.count : order < 0
        }
    }

    private static func keyTooLong(_ length: Int, _ view: OnlineView, _ row: Int) -> OnlineError {
        OnlineError(
            "its key takes \(length) bytes, more than \(EncodedKeys.maximumLength); use a shorter join key, such as a hash",
            view: view.name, row: row + 1)
    }

    private static func rowTooLong(_ length: Int, _ view: OnlineView, _ row: Int) -> OnlineError {
        OnlineError(
            "it takes \(length) bytes, more than \(RowSchema.maximumRowLength); keep large values elsewhere and store a link",
            view: view.name, row: row + 1)
    }
}

extension OnlineBatch {
    /// What a caller could get wrong, told before anything is written.
    func check(for view: OnlineView) throws {
        guard !view.keyTypes.isEmpty else { throw OnlineError("it has no join keys", view: view.name) }
        guard features.count == view.features.count else {
            throw OnlineError("\(features.count) columns for \(view.features.count) features", view: view.name)
        }
        for (feature, column) in zip(view.features, features) where column.type != feature.type.dataType {
            throw OnlineError("'\(feature.name)' is \(feature.type), not \(column.type)", view: view.name)
        }
        let columns = features + [events, created].compactMap { $0 }
        guard columns.allSatisfy({ $0.count == keys.count }) else {
            throw OnlineError("its columns have not as many rows as there are keys", view: view.name)
        }
        for times in [events, created].compactMap({ $0 }) where times.type.byteWidth != 8 {
            throw OnlineError("its times must be timestamps, not \(times.type)", view: view.name)
        }
        if let events = events, events.nullCount > 0,
            let row = (0..<events.count).first(where: { events.isNull($0) })
        {
            throw OnlineError("the event time is null", view: view.name, row: row + 1)
        }
    }
}
