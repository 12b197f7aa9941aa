import Columnar
import Foundation

extension OnlineStore {
    /// Writes a batch and the view's position in one durable transaction.
    ///
    /// Keys may come in any order and repeatedly; strictly ascending ones are fastest, and are appended where the view
    /// holds no rows. Per key the greatest row by (event time, created, order of writing) stays.
    ///
    /// - Parameter position: What the rows include (`ViewState.position`); nil leaves it as it is.
    /// - Throws: `OnlineError`, `LMDBError`; the store is then as it was.
    @discardableResult
    func write(
        _ batch: OnlineBatch, to view: OnlineView, mode: WriteMode = .merging, position: Int64? = nil, now: Timestamp
    ) throws -> WriteSummary {
        try check(batch, for: view)
        let database = try databaseForWriting(view.name)
        guard let records = try records else { throw OnlineError("the online store has no records", view: view.name) }
        let expected = batch.keys.bytes.count + RowEncoder.expectedBytes(batch, view)
        return try environment.write(expecting: expected * 2) { transaction in
            var record = try records.record(of: view.name, transaction.snapshot) ?? ViewRecord()
            let schema = try record.adopt(view, mode: mode)
            if mode == .replacing { try transaction.removeAll(from: database) }
            let summary = try Self.put(batch, view, schema, transaction, database)
            record.state = ViewState(position: position ?? record.state?.position ?? 0, updated: now)
            try records.set(record, of: view.name, transaction)
            return summary
        }
    }

    /// Removes the rows of some keys; returns how many there were.
    @discardableResult
    func remove(_ keys: EncodedKeys, from view: String) throws -> Int {
        guard try database(of: view) != nil else { return 0 }
        let database = try databaseForWriting(view)
        return try environment.write { transaction in
            var removed = 0
            for row in 0..<keys.count where !keys.isNull(row) {
                let key = keys.bytes(at: row)
                guard !key.isEmpty, key.count <= EncodedKeys.maximumLength else { continue }
                if try transaction.remove(key, from: database) { removed += 1 }
            }
            return removed
        }
    }

    private static func put(
        _ batch: OnlineBatch, _ view: OnlineView, _ schema: RowSchema, _ transaction: LMDBWriteTransaction,
        _ database: LMDBDatabase
    ) throws -> WriteSummary {
        let keys = batch.keys
        let encoder = RowEncoder(schema, events: batch.events, created: batch.created, features: batch.features)
        let cursor = try transaction.cursor(database)
        // An empty database takes ascending keys at its end, without a search; the first key out of order ends that.
        var isAppending = try transaction.snapshot.count(of: database) == 0
        var previous = -1
        var summary = WriteSummary()
        for row in 0..<keys.count {
            if row & 0xfff == 0 { try Cancellation.check() }
            let key = keys.bytes(at: row)
            if key.isEmpty || keys.isNull(row) {
                summary.withoutKey += 1
                continue
            }
            guard key.count <= EncodedKeys.maximumLength else { throw keyTooLong(key.count, view, row) }
            if isAppending, previous >= 0 { isAppending = keys.compare(previous, with: keys, row) < 0 }
            previous = row
            let age = encoder.age(of: row)
            if !isAppending, let stored = try cursor.value(for: key).flatMap({ StoredRow($0) }), age < stored.age {
                summary.outdated += 1
                continue
            }
            let length = encoder.length(of: row)
            guard length <= RowSchema.maximumRowLength else { throw rowTooLong(length, view, row) }
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

    /// What a caller could get wrong, told before anything is written.
    private func check(_ batch: OnlineBatch, for view: OnlineView) throws {
        guard !view.keyTypes.isEmpty else { throw OnlineError("it has no join keys", view: view.name) }
        guard batch.features.count == view.features.count else {
            throw OnlineError("\(batch.features.count) columns for \(view.features.count) features", view: view.name)
        }
        for (feature, column) in zip(view.features, batch.features) where column.type != feature.type.dataType {
            throw OnlineError("'\(feature.name)' is \(feature.type), not \(column.type)", view: view.name)
        }
        let columns = batch.features + [batch.events, batch.created].compactMap { $0 }
        guard columns.allSatisfy({ $0.count == batch.keys.count }) else {
            throw OnlineError("its columns have not as many rows as there are keys", view: view.name)
        }
        for times in [batch.events, batch.created].compactMap({ $0 }) where times.type.byteWidth != 8 {
            throw OnlineError("its times must be timestamps, not \(times.type)", view: view.name)
        }
        if let events = batch.events, events.nullCount > 0,
            let row = (0..<events.count).first(where: { events.isNull($0) })
        {
            throw OnlineError("the event time is null", view: view.name, row: row + 1)
        }
    }
}

extension RowEncoder {
    /// About the bytes that the rows of a batch will take.
    static func expectedBytes(_ batch: OnlineBatch, _ view: OnlineView) -> Int {
        let rows = batch.keys.count * (RowSchema(id: 0, features: view.features).fixedLength + 16)
        return rows + batch.features.reduce(0) { $0 + ($1.type.isVariableWidth ? $1.values.count : 0) }
    }
}
