import Columnar
import Foundation

/// A transaction that writes views; ended by `OnlineStore.transaction`, inside of which alone it may be used.
final class OnlineTransaction {
    private let transaction: LMDBWriteTransaction
    private let environment: LMDBEnvironment
    private let meta: LMDBDatabase
    private let databases: [String: LMDBDatabase]
    /// An upper bound of the pages that the commit will write.
    private var pages = 0

    init(
        _ transaction: LMDBWriteTransaction, environment: LMDBEnvironment, meta: LMDBDatabase,
        databases: [String: LMDBDatabase]
    ) {
        self.transaction = transaction
        self.environment = environment
        self.meta = meta
        self.databases = databases
    }

    /// How far a view's history is online; nil if nothing of it ever was.
    func state(of view: String) throws -> ViewState? { try record(of: view)?.state }

    private func record(of view: String) throws -> ViewRecord? {
        try OnlineRecords(transaction, meta, path: environment.path).record(of: view)
    }

    /// Writes a batch and the view's new state.
    ///
    /// Keys may come in any order and repeatedly; strictly ascending ones are fastest, and are appended where the view
    /// holds no rows. Per key the greatest row by `RowAge` stays.
    ///
    /// - Throws: `OnlineError`, `LMDBError`.
    func write(
        _ batch: OnlineBatch, to view: OnlineView, mode: WriteMode = .merging, state: ViewState
    ) throws -> WriteSummary {
        try batch.check(for: view)
        guard let database = databases[view.name] else {
            preconditionFailure("'\(view.name)' is no view of this transaction")
        }
        var record = try record(of: view.name) ?? ViewRecord()
        let schema = try record.adopt(view, mode: mode)
        if mode == .replacing { try transaction.removeAll(from: database) }
        let summary = try put(batch, view, schema, database)
        record.state = state
        try OnlineRecords.set(record, of: view.name, transaction, meta)
        pages += try transaction.pagesAtMost(
            puts: batch.keys.count, bytes: batch.expectedBytes(for: view), pageSize: environment.file.pageSize,
            in: database)
        return summary
    }

    /// Takes the disk space that the commit needs, so that it cannot fail for want of it.
    ///
    /// - Throws: `LMDBError` if the disk is full. Where a file system cannot set space aside, it does nothing.
    func reserveDiskSpace() throws { try environment.reserveDiskSpace(pages: pages) }

    private func put(
        _ batch: OnlineBatch, _ view: OnlineView, _ schema: RowSchema, _ database: LMDBDatabase
    ) throws -> WriteSummary {
        let keys = batch.keys
        let encoder = RowEncoder(
            schema, events: batch.events, created: batch.created, sequences: batch.sequences, features: batch.features)
        let cursor = try transaction.cursor(database)
        // An empty database takes ascending keys at its end, without a search; the first key out of order ends that.
        var isAppending = try transaction.statistics(of: database).entries == 0
        var previous = -1
        var summary = WriteSummary()
        for row in 0..<keys.count {
            if row & 0xfff == 0 { try Cancellation.check() }
            let key = keys.bytes(at: row)
            if key.isEmpty || keys.isNull(row) {
                summary.withoutKey += 1
                continue
            }
            guard key.count <= EncodedKeys.maximumLength else { throw Self.keyTooLong(key.count, view, row) }
            if isAppending, previous >= 0 { isAppending = keys.compare(previous, with: keys, row) < 0 }
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
        return summary
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
    fileprivate func check(for view: OnlineView) throws {
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
