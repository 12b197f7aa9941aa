import Columnar

/// Pushed rows on their way into the hot log and out of it.
///
/// They are packed under the names of the view's layout as it is then. A feature that the view gets later is null in
/// them, one that it loses is passed over: as in segments.
enum PushedRows {
    /// Names of the columns that a segment made of pushed rows has beside the layout's: by which push a row came, and when.
    static let sequenceColumn = "pushed_sequence"
    static let timeColumn = "pushed_timestamp"

    /// The columns of such a segment.
    static func fields(_ layout: ViewLayout) -> [Field] {
        layout.fields + [
            Field(sequenceColumn, .int64, isNullable: false), Field(timeColumn, .instant, isNullable: false),
        ]
    }

    /// The rows of a batch under the layout's fields; where they do not say when they became known, it was by the push.
    ///
    /// - Throws: `DataError` if the bytes are damaged, or not those of this view.
    static func table(of batch: HotBatch, payload: Buffer, layout: ViewLayout) throws(DataError) -> Table {
        let packed: Table
        do {
            packed = try PackedTable.unpack(payload)
        } catch {
            throw named(error, batch, layout)
        }
        var columns: [Column] = []
        for (index, field) in layout.fields.enumerated() {
            var column = packed.column(field.name) ?? .nulls(field.type, count: packed.rowCount)
            if index == layout.createdIndex { column = column.fillingNulls(with: batch.pushedAt) }
            guard column.type == field.type, column.validity == nil || !layout.requiredIndices.contains(index) else {
                throw named(DataError("its column '\(field.name)' is not that of the view"), batch, layout)
            }
            columns.append(column)
        }
        return Table(fields: layout.fields, columns: columns, rowCount: packed.rowCount)
    }

    private static func named(_ error: DataError, _ batch: HotBatch, _ layout: ViewLayout) -> DataError {
        DataError("push \(batch.sequence) of \(layout.view.name) in the hot log cannot be read: \(error.message)")
    }
}

extension Column {
    /// A column of times with `time` for its nulls.
    func fillingNulls(with time: Timestamp) -> Column {
        guard let validity, nullCount > 0 else {
            return validity == nil ? self : Column(type, count: count, values: values)
        }
        let filled = MutableBuffer(uninitialized: count * 8)
        let (source, target) = (elements(as: Int64.self), filled.elements(as: Int64.self))
        for row in 0..<count { target[row] = validity[row] ? source[row] : time.microseconds }
        return Column(type, count: count, values: filled.freeze())
    }
}
