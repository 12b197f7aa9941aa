import CArrowABI

/// Reads a batch: a struct array whose children are the columns.
struct ArrowBatchReader {
    private let batch: ForeignBatch
    private let rows: Range<Int>

    var rowCount: Int { rows.count }

    /// - Throws: `DataError` if the batch does not have `columnCount` columns, or more than `maximumRows` rows.
    init(_ batch: ForeignBatch, columnCount: Int, maximumRows: Int) throws(DataError) {
        let array = batch.array
        guard array.n_children == columnCount else {
            throw DataError("an Arrow batch has \(array.n_children) columns where its schema has \(columnCount)")
        }
        guard array.length <= maximumRows else {
            throw DataError("the Arrow stream has more than \(Int32.max) rows; split it into several tables")
        }
        let root = ForeignArray(array, batch: batch)
        rows = try root.physicalRange(of: 0..<Int(max(array.length, 0)))
        let validity = try root.validity(rows)
        guard (validity?.countSetBits() ?? rows.count) == rows.count else {
            throw DataError("an Arrow batch has rows that are null as a whole; filter them out first")
        }
        self.batch = batch
    }

    func table(_ schemas: [ArrowColumnSchema]) throws(DataError) -> Table {
        var fields: [Field] = []
        var columns: [Column] = []
        for (i, schema) in schemas.enumerated() {
            guard let child = batch.array.children?[i]?.pointee else {
                throw DataError("is missing from an Arrow batch", column: schema.name)
            }
            do {
                columns.append(try ForeignArray(child, batch: batch).column(schema.layout, rows: rows))
            } catch {
                throw DataError(error.message, column: schema.name)
            }
            fields.append(Field(schema.name, schema.layout.type, isNullable: schema.isNullable))
        }
        return Table(fields: fields, columns: columns, rowCount: rows.count)
    }
}
