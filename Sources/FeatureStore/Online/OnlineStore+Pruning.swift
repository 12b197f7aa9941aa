import Columnar
import Foundation

extension OnlineStore {
    /// Rows that one transaction removes, so that other writers wait for a moment only.
    private static let rowsAtOnce = 10_000

    /// Removes the rows of a view whose events are before `limit`; returns how many there were.
    ///
    /// It commits bit by bit: if it is cut off, some are gone and the rest is removed the next time.
    ///
    /// - Parameter progress: called with the rows looked at so far, and all.
    func prune(
        _ view: String, before limit: Timestamp, progress: (_ rows: Int, _ all: Int) -> Void = { _, _ in }
    ) throws -> Int {
        var (removed, looked) = (0, 0)
        var start: [UInt8] = []
        while true {
            try Cancellation.check()
            var old: [[UInt8]] = []
            var next: [UInt8]?
            // Not while a snapshot is held: what is freed after it is not used again as long as it is.
            try withSnapshot { snapshot in
                (old, next) = ([], nil)
                guard let tree = try snapshot.tree(Self.databaseName(of: view)) else { return }
                var seen = 0
                try snapshot.forEach(in: tree, from: start) { key, value in
                    guard old.count < Self.rowsAtOnce, seen < 100 * Self.rowsAtOnce else {
                        next = Array(key)
                        return false
                    }
                    seen += 1
                    if Self.isOld(value, limit) { old.append(Array(key)) }
                    return true
                }
                looked += seen
                progress(min(looked, tree.entries), tree.entries)
            }
            if !old.isEmpty { removed += try remove(old, from: view, before: limit) }
            guard let next else { break }
            start = next
        }
        return removed
    }

    private func remove(_ keys: [[UInt8]], from view: String, before limit: Timestamp) throws -> Int {
        try writing(to: [view]) { transaction, _, meta, databases in
            guard let database = databases[view] else { return 0 }
            var removed = 0
            for key in keys {
                try key.withUnsafeBytes { key in
                    // A newer one may have come meanwhile.
                    guard let value = try transaction.value(for: key, in: database), Self.isOld(value, limit) else {
                        return
                    }
                    _ = try transaction.remove(key, from: database)
                    removed += 1
                }
            }
            if var record = try OnlineRecords(transaction, meta, path: path).record(of: view), var state = record.state
            {
                state.earliest = max(state.earliest ?? limit, limit)
                record.state = state
                try OnlineRecords.set(record, of: view, transaction, meta)
            }
            return removed
        }
    }

    private static func isOld(_ value: UnsafeRawBufferPointer, _ limit: Timestamp) -> Bool {
        guard let row = StoredRow(value), row.eventTime != RowAge.unknownTime else { return false }
        return row.eventTime < limit.microseconds
    }
}
