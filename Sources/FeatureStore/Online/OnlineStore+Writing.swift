import Columnar
import Foundation

extension OnlineStore {
    /// Writes a batch and the view's position in one durable transaction.
    ///
    /// - Parameter position: What the rows include (`ViewState.position`); nil leaves it as it is.
    /// - Throws: `OnlineError`, `LMDBError`; the store is then as it was.
    @discardableResult
    func write(
        _ batch: OnlineBatch, to view: OnlineView, mode: WriteMode = .merging, position: Int64? = nil, now: Timestamp
    ) throws -> WriteSummary {
        try transaction(on: [view.name], expecting: batch.expectedBytes(for: view)) { transaction in
            var state = try transaction.state(of: view.name) ?? ViewState(updated: now)
            state.position = position ?? state.position
            state.updated = now
            return try transaction.write(batch, to: view, mode: mode, state: state)
        }
    }

    /// Runs `body` in one transaction, durable on disk when it returns and undone if it throws, over views that it names.
    ///
    /// It may run `body` again, from the start, if the map has to grow.
    ///
    /// - Parameter bytes: About what will be written, so that the map rarely has to.
    func transaction<Result>(
        on views: [String], expecting bytes: Int = 0, _ body: (OnlineTransaction) throws -> Result
    ) throws -> Result {
        var databases: [String: LMDBDatabase] = [:]
        for view in views { databases[view] = try databaseForWriting(view) }
        guard let records = try records else { throw OnlineError("the online store has no records") }
        return try environment.write(expecting: bytes * 2) { transaction in
            try body(
                OnlineTransaction(
                    transaction, environment: environment, records: records, databases: databases))
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
}

extension OnlineBatch {
    /// About the bytes that its keys and rows take.
    func expectedBytes(for view: OnlineView) -> Int {
        let rows = keys.count * (RowSchema(id: 0, features: view.features).fixedLength + 24)
        return keys.bytes.count + rows
            + features.reduce(0) { $0 + ($1.type.isVariableWidth ? $1.values.count : 0) }
    }
}
