import Columnar

/// Reads a view's online rows in the order of their keys, some at a time, as they are stored, whatever their age.
struct OnlineScan {
    let layout: ViewLayout
    let view: OnlineView
    /// What the bytes of all keys begin with.
    let prefix: [UInt8]
    let limit: Int

    /// Rows of a batch.
    private static let batchRows = 16_384

    /// Calls `body` with batches of rows, which have the layout's fields, while it returns true.
    ///
    /// All rows are of one commit, where this user may take a place among the readers; else each batch is of one.
    ///
    /// - Returns: the rows that were handed over.
    func run(_ store: OnlineStore, _ body: (Table) throws -> Bool) throws -> Int {
        var start = prefix
        var rows = 0
        func goOn(_ batch: (rows: Table, next: [UInt8]?)) throws -> Bool {
            rows += batch.rows.rowCount
            guard batch.rows.rowCount > 0, try body(batch.rows), let next = batch.next, rows < limit else {
                return false
            }
            start = next
            return true
        }
        guard store.opened.lease.environment != nil else {
            while try goOn(store.withSnapshot { try batch($0, store.path, from: start, limit - rows) }) {}
            return rows
        }
        try store.withSnapshot { snapshot in
            while try goOn(batch(snapshot, store.path, from: start, limit - rows)) {}
        }
        return rows
    }

    /// - Returns: rows from `start` on, and the key that comes next.
    private func batch(
        _ snapshot: LMDBSnapshot, _ path: String, from start: [UInt8], _ limit: Int
    ) throws -> (rows: Table, next: [UInt8]?) {
        try Cancellation.check()
        var batch = BatchOfRows(layout, view)
        var next: [UInt8]?
        guard let tree = try snapshot.tree(OnlineStore.databaseName(of: view.name)),
            let record = try OnlineRecords(snapshot, path: path)?.record(of: view.name)
        else { return (try batch.table(), nil) }
        var reader = try ViewRowReader(record, view)
        let size = min(limit, Self.batchRows)
        try snapshot.forEach(in: tree, from: start) { key, value in
            guard key.starts(with: prefix) else { return false }
            guard batch.count < size else {
                next = Array(key)
                return false
            }
            guard let (row, projection) = try reader.read(value), let values = reader.values(key) else {
                throw OnlineError(
                    "the stored row of key \(reader.name(key)) is damaged or of a newer version; materialize the view "
                        + "again with --full", view: view.name)
            }
            batch.append(values, row, projection)
            return true
        }
        return (try batch.table(), next)
    }
}

/// Rows where they lie in the map, until they are made a table.
private struct BatchOfRows {
    private let layout: ViewLayout
    private let view: OnlineView
    private var keys: [ColumnBuilder]
    private var rows: [(StoredRow, RowProjection)] = []

    init(_ layout: ViewLayout, _ view: OnlineView) {
        self.layout = layout
        self.view = view
        keys = view.keyTypes.map { ColumnBuilder($0.dataType) }
    }

    var count: Int { rows.count }

    mutating func append(_ values: [Value], _ row: StoredRow, _ projection: RowProjection) {
        for place in keys.indices where !keys[place].append(values[place]) {
            preconditionFailure("a key was decoded as another type than its own")
        }
        rows.append((row, projection))
    }

    mutating func table() throws -> Table {
        var found = FoundRows(view.features, count: rows.count)
        for (place, (row, projection)) in rows.enumerated() { found.set(place, row, projection, isOver: false) }
        var features = found.columns().features
        var columns: [Column] = []
        for place in keys.indices { columns.append(keys[place].finish()) }
        if !layout.isTimeless { columns.append(times { $0.eventTime }) }
        if layout.hasCreated { columns.append(times { $0.created }) }
        if layout.hasEnd { columns.append(features.removeLast()) }
        return Table(fields: layout.fields.map { Field($0.name, $0.type) }, columns: columns + features)
    }

    private func times(_ time: (StoredRow) -> Int64) -> Column {
        var builder = ColumnBuilder(.instant)
        for (row, _) in rows {
            let time = time(row)
            if time == RowAge.unknownTime { builder.appendNull() } else { builder.append(fixed: time) }
        }
        return builder.finish()
    }
}
