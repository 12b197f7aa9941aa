import CArrowABI
import Foundation

/// Takes tables that other libraries in the same process lend (Arrow C stream interface).
public enum ArrowImport {
    /// The most rows a table may get from a stream: rows are numbered with 32 bits when they are gathered.
    private static let maximumRows = Int(Int32.max)

    /// All batches of a stream as one table.
    ///
    /// One batch is used in place where its layout is ours and released when its last column is gone; several are
    /// copied together. Read into our layout are 32-bit offsets, string views, fixed-size bytes and dictionaries
    /// (their values). A column of Arrow's null type becomes strings, all null; a date in milliseconds a timestamp.
    ///
    /// The stream is consumed: it is released, also when an error is thrown.
    ///
    /// The interface does not tell how long buffers are, so it takes the producer's word for that. All else is
    /// checked: lengths, offsets, indices, and the sizes that string views come with.
    ///
    /// - Throws: `DataError` with the column's name, for a type without a column here or for data that contradicts
    ///   itself; with the producer's message if the producer failed.
    public static func table(from stream: UnsafeMutablePointer<ArrowArrayStream>) throws(DataError) -> Table {
        guard let release = stream.pointee.release else {
            throw DataError("the Arrow stream has been read already; ask for a new one")
        }
        defer {
            release(stream)
            stream.pointee.release = nil
        }
        let columns = try schema(of: stream)
        var batches: [Table] = []
        var rows = 0
        while let batch = try nextBatch(of: stream) {
            try Cancellation.check()
            let reader = try ArrowBatchReader(batch, columnCount: columns.count, maximumRows: maximumRows - rows)
            guard reader.rowCount > 0 else { continue }
            rows += reader.rowCount
            batches.append(try reader.table(columns))
        }
        let fields = columns.enumerated().map { i, column in
            let isNullable = column.isNullable || batches.contains { $0.columns[i].nullCount > 0 }
            return Field(column.name, column.layout.type, isNullable: isNullable)
        }
        return Table.concatenating(batches, fields: fields)
    }

    private static func schema(
        of stream: UnsafeMutablePointer<ArrowArrayStream>
    ) throws(DataError) -> [ArrowColumnSchema] {
        var schema = ArrowSchema()
        guard let status = stream.pointee.get_schema?(stream, &schema) else {
            throw DataError("the Arrow stream has no get_schema callback")
        }
        guard status == 0 else { throw failure(of: stream, status: status, doing: "tell its schema") }
        guard schema.release != nil else { throw DataError("the Arrow stream gave a schema that is released already") }
        defer { schema.release?(&schema) }
        return try ArrowColumnSchema.columns(of: schema)
    }

    /// The next batch; nil at the end.
    private static func nextBatch(
        of stream: UnsafeMutablePointer<ArrowArrayStream>
    ) throws(DataError) -> ForeignBatch? {
        var array = ArrowArray()
        guard let status = stream.pointee.get_next?(stream, &array) else {
            throw DataError("the Arrow stream has no get_next callback")
        }
        guard status == 0 else { throw failure(of: stream, status: status, doing: "give its next rows") }
        return array.release == nil ? nil : ForeignBatch(array)
    }

    private static func failure(
        of stream: UnsafeMutablePointer<ArrowArrayStream>, status: Int32, doing what: String
    ) -> DataError {
        let told = stream.pointee.get_last_error?(stream).map { String(cString: $0) }
        return DataError("the Arrow stream could not \(what): \(told ?? String(cString: strerror(status)))")
    }
}
