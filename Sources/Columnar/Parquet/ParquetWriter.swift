import Foundation

/// Writes tables to a Parquet file, row group by row group, with memory bounded by a row group.
///
/// Format version 1 data pages, one a column and row group; statistics; lists as three-level LIST.
/// A writer that is abandoned before `close()` removes its file.
public final class ParquetWriter {
    private let path: String
    private let fields: [Field]
    private let options: ParquetWriterOptions
    private let file: OutputStreamFile
    private var pending: [Table] = []
    private var pendingRows = 0
    private var groups: [WrittenRowGroup] = []
    private var rowCount = 0
    private var isClosed = false

    struct WrittenRowGroup {
        let rowCount: Int
        let chunks: [WrittenChunk]
    }

    /// - Throws: `DataError` if the file cannot be made.
    public init(path: String, fields: [Field], options: ParquetWriterOptions = .init()) throws(DataError) {
        self.path = path
        self.fields = fields
        self.options = options
        precondition(options.rowGroupRows > 0)
        file = try OutputStreamFile(path: path)
        try file.write(Buffer(copying: "PAR1".utf8))
    }

    deinit { if !isClosed { file.remove() } }

    /// Appends the rows of `table`, whose fields are the writer's.
    public func write(_ table: Table) throws(DataError) {
        precondition(table.fields.map(\.type) == fields.map(\.type))
        var start = 0
        while start < table.rowCount {
            let end = min(table.rowCount, start + options.rowGroupRows - pendingRows)
            pending.append(table.slice(start..<end))
            pendingRows += end - start
            start = end
            if pendingRows == options.rowGroupRows { try flush() }
        }
    }

    /// Writes what is pending and the footer.
    public func close() throws(DataError) -> ParquetSummary {
        if pendingRows > 0 { try flush() }
        let footer = ParquetFooter(fields: fields, groups: groups, rowCount: rowCount, options: options)
        try file.write(footer.bytes())
        try file.close(isDurable: options.isDurable)
        isClosed = true
        return ParquetSummary(rows: rowCount, bytes: file.position)
    }

    /// Encodes columns side by side, then writes them in order.
    private func flush() throws(DataError) {
        let rows = Table.concatenating(pending, fields: fields)
        pending = []
        pendingRows = 0
        let options = options
        let encoded = Parallel.map(Array(zip(fields, rows.columns))) { field, column in
            ChunkEncoder(
                column, encoding: options.encodings[field.name] ?? .automatic, codec: options.compression
            ).encode()
        }
        var chunks: [WrittenChunk] = []
        for chunk in encoded {
            // Values that a reader may use in place have to be aligned in the file, as they are in its map.
            if let values = chunk.valuesOffset { try file.pad(toMultipleOf: 64, of: file.position + values) }
            chunks.append(WrittenChunk(chunk, at: Int64(file.position)))
            for part in chunk.parts { try file.write(part) }
        }
        groups.append(WrittenRowGroup(rowCount: rows.rowCount, chunks: chunks))
        rowCount += rows.rowCount
    }
}

/// A file that is written from start to end.
final class OutputStreamFile {
    private let path: String
    private let descriptor: Int32
    private var isOpen = true
    /// Bytes written so far.
    private(set) var position = 0

    init(path: String) throws(DataError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DataError("cannot be written (\(String(cString: strerror(errno))))", file: path)
        }
    }

    deinit { if isOpen { Foundation.close(descriptor) } }

    func write(_ buffer: Buffer) throws(DataError) {
        var done = 0
        while done < buffer.count {
            let count = Foundation.write(descriptor, buffer.base + done, buffer.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure()
            }
            done += count
        }
        position += buffer.count
    }

    /// Writes zeros so that what will lie at `place` begins at a multiple of `size`.
    func pad(toMultipleOf size: Int, of place: Int) throws(DataError) {
        let missing = (size - place % size) % size
        if missing > 0 { try write(MutableBuffer(zeroed: missing).freeze()) }
    }

    func close(isDurable: Bool) throws(DataError) {
        if isDurable && fsync(descriptor) != 0 { throw failure() }
        isOpen = false
        if Foundation.close(descriptor) != 0 { throw failure() }
    }

    func remove() { unlink(path) }

    private func failure() -> DataError {
        errno == ENOSPC || errno == EDQUOT
            ? DataError("cannot be written, the disk is full; free some space and run the command again", file: path)
            : DataError("cannot be written (\(String(cString: strerror(errno))))", file: path)
    }
}
