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
    /// - Parameters:
    ///   - bytes: About what will be written, so that the map rarely has to.
    ///   - durability: `.withNext` where what is written can be had again, after a power cut, from elsewhere.
    func transaction<Result>(
        on views: [String], tilesOf tiled: [String] = [], expecting bytes: Int = 0,
        durable durability: LMDBEnvironment.Durability = .atOnce,
        _ body: (OnlineTransaction) throws -> Result
    ) throws -> Result {
        try writing(to: views, tilesOf: tiled, expecting: bytes * 2, durable: durability) {
            transaction, environment, meta, rows in
            try body(OnlineTransaction(transaction, environment: environment, meta: meta, databases: rows))
        }
    }

    /// Waits until everything written so far is on disk: to be called before what it could be had from again is removed.
    func sync() throws {
        let lease = opened.lease
        try withExtendedLifetime(lease) { try lease.environment?.sync() }
    }

    /// Removes the rows of some keys; returns how many there were.
    @discardableResult
    func remove(_ keys: EncodedKeys, from view: String) throws -> Int {
        let keys = (0..<keys.count).compactMap { row in keys.wholeBytes(at: row).map { Array($0) } }
        return try remove(keys.filter { !$0.isEmpty && $0.count <= EncodedKeys.maximumLength }[...], from: view)
    }

    /// Removes the rows of encoded keys; returns how many there were.
    func remove(_ keys: ArraySlice<[UInt8]>, from view: String) throws -> Int {
        try writing(to: [view], tilesOf: try tiled(view)) { transaction, _, _, databases in
            guard let database = databases[view] else { return 0 }
            return try keys.count { key in
                if let tiles = databases[TileKey.databaseName(of: view)] {
                    try transaction.removeAll(beginningWith: key, from: tiles)
                }
                return try key.withUnsafeBytes { try transaction.remove($0, from: database) }
            }
        }
    }

    /// Removes a view's rows and what is known of it.
    func remove(view: String) throws {
        try writing(to: [view], tilesOf: try tiled(view)) { transaction, _, meta, databases in
            guard let database = databases[view] else { return }
            try transaction.removeAll(from: database)
            if let tiles = databases[TileKey.databaseName(of: view)] {
                try transaction.removeAll(from: tiles)
                try OnlineRecords.removeTiles(of: view, transaction, meta)
            }
            let nextSchemaID = try OnlineRecords(transaction, meta, path: path).record(of: view)?.nextSchemaID ?? 1
            try OnlineRecords.set(ViewRecord(nextSchemaID: nextSchemaID), of: view, transaction, meta)
        }
    }

    /// The view where it has tiles, else nothing.
    func tiled(_ view: String) throws -> [String] {
        let hasTiles = try withSnapshot { try OnlineRecords($0, path: path)?.tiles(of: view) != nil }
        return hasTiles ? [view] : []
    }

    /// Runs `body` in a durable transaction on the store that is in the folder now, with the databases of its records and
    /// of the views' rows, which are made where they are new.
    func writing<Result>(
        to views: [String], tilesOf tiled: [String] = [], expecting bytes: Int = 0,
        durable durability: LMDBEnvironment.Durability = .atOnce,
        _ body: (
            _ transaction: LMDBWriteTransaction, _ environment: LMDBEnvironment, _ meta: LMDBDatabase,
            _ rows: [String: LMDBDatabase]
        ) throws -> Result
    ) throws -> Result {
        try followReplacement(creating: true)
        // Keeps the environment open, whatever takes the folder's name meanwhile.
        let lease = opened.lease
        return try withExtendedLifetime(lease) {
            guard !isReadOnly, let environment = lease.environment else {
                throw OnlineError("the online store is open to be read only", view: views.first)
            }
            let meta = try environment.databaseForWriting(OnlineRecords.databaseName)
            var databases: [String: LMDBDatabase] = [:]
            for view in views { databases[view] = try Self.database(of: view, in: environment) }
            for view in tiled {
                let name = TileKey.databaseName(of: view)
                databases[name] = try environment.databaseForWriting(name)
            }
            return try environment.write(expecting: bytes, durable: durability) {
                try body($0, environment, meta, databases)
            }
        }
    }

    private static func database(of view: String, in environment: LMDBEnvironment) throws -> LMDBDatabase {
        guard view.utf8.count <= maximumViewNameLength else {
            throw OnlineError(
                "its name is longer than \(maximumViewNameLength) bytes; use a shorter one", view: view)
        }
        return try environment.databaseForWriting(databaseName(of: view))
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
