import Columnar

extension OnlineTransaction {
    /// Begins to write events of a view with aggregates.
    ///
    /// - Parameters:
    ///   - layout: what the view needs now. Where tiles are merged with what is there, they are written by the layout of
    ///     that: readers say whether it is enough.
    ///   - now: what the time is.
    func beginTiles(_ view: OnlineView, _ layout: TileLayout, mode: WriteMode, now: Timestamp) throws -> TileWriting {
        guard !view.keyTypes.isEmpty else { throw OnlineError("it has no join keys", view: view.name) }
        guard let rows = databases[view.name], let tiles = databases[TileKey.databaseName(of: view.name)] else {
            preconditionFailure("'\(view.name)' is no view with tiles of this transaction")
        }
        var record = try record(of: view.name) ?? ViewRecord()
        let known = try OnlineRecords(transaction, meta, path: environment.path).tiles(of: view.name)
        let adopted = try record.adoptTiles(known, of: view, layout, mode: mode)
        if adopted != known { try OnlineRecords.set(adopted, of: view.name, transaction, meta) }
        if mode == .replacing {
            try transaction.removeAll(from: rows)
            try transaction.removeAll(from: tiles)
        }
        return try TileWriting(self, transaction, rows: rows, tiles: tiles, view, record, adopted, now: now)
    }

    /// Counts what was written to a database, of which the commit's pages follow.
    func count(puts: Int, bytes: Int, in database: LMDBDatabase) throws {
        guard puts > 0 else { return }
        pages += try transaction.pagesAtMost(
            puts: puts, bytes: bytes, pageSize: environment.file.pageSize, in: database)
    }
}

/// What a view's tiles are written by. Its number is in every key's state.
struct TileRecord: Hashable, Sendable, Codable {
    var number: UInt16
    var layout: TileLayout
}

extension ViewRecord {
    /// Makes the record fit a view with aggregates, and returns what its tiles are written by.
    mutating func adoptTiles(
        _ known: TileRecord?, of view: OnlineView, _ wanted: TileLayout, mode: WriteMode
    ) throws -> TileRecord {
        switch mode {
        case .replacing:
            (keyTypes, schemas) = (view.keyTypes, [])
            return TileRecord(number: (known?.number ?? 0) &+ 1, layout: wanted)
        case .merging:
            if keyTypes.isEmpty { keyTypes = view.keyTypes }
            guard keyTypes == view.keyTypes, schemas.isEmpty else {
                throw OnlineError("its keys are stored otherwise; materialize it again with --full", view: view.name)
            }
            var adopted = known ?? TileRecord(number: 1, layout: wanted)
            adopted.layout.forget(otherThan: wanted)
            return adopted
        }
    }
}
