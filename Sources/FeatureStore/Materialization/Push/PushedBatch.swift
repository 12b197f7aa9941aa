import Columnar

/// Rows that were checked and packed, ready to be committed: what takes time, before any lock is taken.
struct PushedBatch: Sendable {
    /// Packed bytes of a batch: far below what SQLite takes as one value, and small enough to be held a few times over.
    static let maximumBytes = 32 << 20
    static let maximumIDLength = 256

    let target: PushTarget
    /// Under the layout's fields; null where a row does not say when it became known.
    let rows: Table
    let payload: Buffer
    let id: String?
    /// How far the batch takes the stream that it is a part of.
    let advance: StreamAdvance?

    /// Checks the rows of `table` as those of the view's source.
    ///
    /// The column of `created` may be missing, or null: such rows become known by the push.
    ///
    /// - Throws: `DataError` naming row and column, `StoreError.badRequest` for a batch that is too large or an id that is
    ///   empty or too long.
    init(
        _ table: Table, origin: String, for target: PushTarget, id: String? = nil, advance: StreamAdvance? = nil
    ) throws {
        if let id, id.isEmpty || id.utf8.count > Self.maximumIDLength {
            throw StoreError.badRequest(
                "a batch id has 1 to \(Self.maximumIDLength) bytes, and this one has \(id.utf8.count)")
        }
        try target.layout.view.refuseOnline()
        self.target = target
        self.id = id
        self.advance = advance
        let layout = target.layout
        var given = table
        if layout.hasCreated, let name = target.source.created, table.index(of: name) == nil {
            given = Table(
                fields: table.fields + [Field(name, .instant)],
                columns: table.columns + [.nulls(.instant, count: table.rowCount)], rowCount: table.rowCount)
        }
        var parts: [Table] = []
        try SourceReader(
            table: given, origin: origin, source: target.source, layout: layout, rejections: .refusing,
            mayLackCreated: true
        ).read { parts.append(try $0.table(layout.fields)) }
        rows = parts.count == 1 ? parts[0] : .concatenating(parts, fields: layout.fields)
        payload = PackedTable.pack(rows)
        guard payload.count <= Self.maximumBytes else {
            throw StoreError.badRequest(
                "\(origin): \(rows.rowCount) rows take \(payload.count >> 20) MiB, and a push takes at most "
                    + "\(Self.maximumBytes >> 20) MiB at once; push them in parts, or bring a file in with 'fstore ingest --from'"
            )
        }
    }

    /// The rows as they count once the push's time is known.
    func rows(pushedAt time: Timestamp) -> Table {
        guard let index = target.layout.createdIndex, rows.columns[index].validity != nil else { return rows }
        var columns = rows.columns
        columns[index] = columns[index].fillingNulls(with: time)
        return Table(fields: rows.fields, columns: columns, rowCount: rows.rowCount)
    }
}
