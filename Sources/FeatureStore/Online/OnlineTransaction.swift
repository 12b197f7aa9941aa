import Columnar
import Foundation

/// A transaction that writes views; ended by `OnlineStore.transaction`, inside of which alone it may be used.
final class OnlineTransaction {
    let transaction: LMDBWriteTransaction
    let environment: LMDBEnvironment
    let meta: LMDBDatabase
    /// By view; those of tiles by their own names.
    let databases: [String: LMDBDatabase]
    /// An upper bound of the pages that the commit will write.
    var pages = 0

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

    func record(of view: String) throws -> ViewRecord? {
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
        var writing = try begin(view, mode: mode)
        try writing.put(batch)
        try writing.end(state)
        return writing.summary
    }

    /// Begins to write batches of a view.
    func begin(_ view: OnlineView, mode: WriteMode) throws -> ViewWriting {
        guard !view.keyTypes.isEmpty else { throw OnlineError("it has no join keys", view: view.name) }
        guard let database = databases[view.name] else {
            preconditionFailure("'\(view.name)' is no view of this transaction")
        }
        var record = try record(of: view.name) ?? ViewRecord()
        let schema = try record.adopt(view, mode: mode)
        if mode == .replacing { try transaction.removeAll(from: database) }
        return try ViewWriting(self, transaction, database, view, schema, record)
    }

    /// Keeps a view's record, and counts what was written.
    func end(_ view: OnlineView, _ record: ViewRecord, puts: Int, bytes: Int) throws {
        guard let database = databases[view.name] else { return }
        try OnlineRecords.set(record, of: view.name, transaction, meta)
        pages += try transaction.pagesAtMost(
            puts: puts, bytes: bytes, pageSize: environment.file.pageSize, in: database)
    }

    /// Takes the disk space that the commit needs, so that it cannot fail for want of it.
    ///
    /// - Throws: `LMDBError` if the disk is full. Where a file system cannot set space aside, it does nothing.
    func reserveDiskSpace() throws { try environment.reserveDiskSpace(pages: pages) }
}
