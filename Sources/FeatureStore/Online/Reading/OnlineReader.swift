import Columnar
import Foundation

/// Reads features of one or more views by key, from any number of threads at once.
///
/// Views, schemas and transactions are resolved once and kept; a read neither allocates nor calls the system. A view
/// that is first materialized, or changes its schema, while the reader lives is noticed by the next read; a store that is
/// replaced as a whole, within a fraction of a second.
final class OnlineReader: Sendable {
    let selections: [OnlineSelection]
    let contexts: ReadContextPool

    /// - Throws: `OnlineError` if a view is stored with other types of keys or features; `LMDBError`.
    init(_ store: OnlineStore, _ selections: [OnlineSelection]) throws {
        self.selections = selections
        contexts = ReadContextPool { try ReadContext(store, selections) }
        try contexts.withContext { try $0.checkTypes() }
    }

    /// Reads a batch: for every selection the rows of its keys, all of the same commit.
    ///
    /// - Parameter keys: For each selection in order, keys of its view's types.
    /// - Throws: `OnlineError` if a stored row is damaged; `LMDBError`.
    func read(_ keys: [EncodedKeys], now: Timestamp) throws -> [OnlineRows] {
        precondition(keys.count == selections.count && keys.allSatisfy { $0.count == keys[0].count })
        return try withExtendedLifetime(keys) {
            try withRows(
                count: keys.first?.count ?? 0, now: now,
                key: { selection, row, _ in keys[selection].wholeBytes(at: row) },
                { found in found.map { $0.columns() } })
        }
    }

    /// Runs `body` with the rows of a batch where they lie: for every selection in order, those of its keys.
    ///
    /// - Parameters:
    ///   - count: rows.
    ///   - key: the bytes of a row's key for a selection, perhaps written with the writer; nil for a key that cannot be
    ///     stored.
    ///   - body: is run once; must not use the store in another way, and should be short.
    /// - Throws: what `key` throws; `OnlineError` if a stored row is damaged; `LMDBError`.
    @inline(__always)
    func withRows<Result>(
        count: Int, now: Timestamp,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?,
        _ body: ([FoundRows]) throws -> Result
    ) throws -> Result {
        try contexts.withContext { context in
            // Only a registered snapshot stays whole for as long as the body takes.
            guard context.isRegistered else {
                return try body(try context.reading { try find(count, context, now, copies: true, key: key) })
            }
            return try context.reading { try body(try find(count, context, now, copies: false, key: key)) }
        }
    }

    @inline(__always)
    private func find(
        _ count: Int, _ context: ReadContext, _ now: Timestamp, copies: Bool,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?
    ) throws -> [FoundRows] {
        var found = selections.map { FoundRows($0.view.features, count: count) }
        for view in context.views { view.computed?.reset() }
        try context.find(count: count, key: key) { selection, row, key, value in
            let view = context.views[selection]
            if let computed = view.computed {
                guard key.count > 0 else { return }
                let stored = try context.computedRow(value, key, of: view, computed, now: now)
                found[selection].set(row, stored, computed.projection, isOver: false)
                return
            }
            guard let value else { return }
            let (stored, projection) = try context.row(value, key, of: view)
            guard projection.variableBytesFit(stored) else { throw view.damaged(key) }
            found[selection].set(row, stored, projection, isOver: view.isOver(stored, projection, now: now))
        }
        if copies { for selection in found.indices { found[selection].copyRows() } }
        return found
    }

    /// Reads rows' numbers as vectors of float32: booleans 0 or 1, NaN for what is null, unknown or too old. All rows are
    /// of one commit.
    ///
    /// - Parameters:
    ///   - count: rows.
    ///   - width: floats of a row, as the selections' places say.
    ///   - key: the bytes of a row's key for a selection, perhaps written with the writer; nil for a key that cannot be
    ///     stored.
    ///   - target: room for `count` rows.
    /// - Throws: what `key` throws; `OnlineError` if a stored row is damaged; `LMDBError`.
    @inline(__always)
    func readVectors(
        count: Int, width: Int, now: Timestamp, into target: UnsafeMutableBufferPointer<Float>,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?
    ) throws {
        precondition(target.count == count * width)
        guard let start = target.baseAddress, count > 0 else { return }
        try contexts.withContext { context in
            try context.reading {
                try context.find(count: count, key: key) { selection, row, key, value in
                    let view = context.views[selection]
                    let vector = start + row * width
                    if let computed = view.computed, key.count > 0 {
                        computed.reset()
                        let stored = try context.computedRow(value, key, of: view, computed, now: now)
                        computed.projection.floats?.write(stored, to: vector)
                        return
                    }
                    guard let value else { return view.missing.writeNaNs(to: vector) }
                    let (stored, projection) = try context.row(value, key, of: view)
                    if view.isOver(stored, projection, now: now) { return view.missing.writeNaNs(to: vector) }
                    projection.floats?.write(stored, to: vector)
                }
            }
        }
    }
}
