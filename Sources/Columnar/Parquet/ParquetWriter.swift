/// Writes tables to a Parquet file, row group by row group, with memory bounded by a row group.
///
/// Version 1 data pages, which every reader knows; lists, also those of fixed size, as three-level LIST; times in seconds
/// as milliseconds. Every column is declared optional. A writer that is abandoned before `close()` removes its file.
///
///     let writer = try ParquetWriter(path: "trips.parquet", fields: table.fields)
///     try writer.write(table)
///     let summary = try writer.close()
public final class ParquetWriter {
    private let path: String
    private let fields: [Field]
    private let options: ParquetWriterOptions
    private let file: OutputStreamFile
    private var pending: [Table] = []
    private var pendingRows = 0
    /// Bytes of each column's pending rows.
    private var pendingBytes: [Int]
    private var groups: [WrittenRowGroup] = []
    private var rowCount = 0
    private var isClosed = false
    /// What went wrong, after which the file cannot be finished.
    private var failure: DataError?

    struct WrittenRowGroup {
        let rowCount: Int
        var chunks: [WrittenChunk]
    }

    /// - Throws: `DataError` if the file cannot be made, or a column is a list of lists.
    public init(path: String, fields: [Field], options: ParquetWriterOptions = .init()) throws(DataError) {
        self.path = path
        self.fields = fields
        self.options = options
        pendingBytes = [Int](repeating: 0, count: fields.count)
        precondition(options.rowGroupRows > 0)
        for field in fields where !field.type.isWritable {
            throw DataError(
                "has type \(field.type), which cannot be written; flatten it", file: path, column: field.name)
        }
        file = try OutputStreamFile(path: path)
        try file.write(Buffer(copying: "PAR1".utf8))
    }

    deinit { abandon() }

    /// Removes the file, unless it was closed; nothing can be written afterwards.
    public func abandon() {
        guard !isClosed else { return }
        isClosed = true
        pending = []
        file.remove()
    }

    /// Appends the rows of `table`, whose columns have the types of the writer's fields.
    public func write(_ table: Table) throws(DataError) {
        precondition(table.fields.map(\.type) == fields.map(\.type))
        var start = 0
        while start < table.rowCount {
            let end = endOfRoom(for: table, from: start)
            guard end > start else {
                try flush()
                continue
            }
            pending.append(table.slice(start..<end))
            pendingRows += end - start
            for (i, column) in table.columns.enumerated() { pendingBytes[i] += column.byteCount(of: start..<end) }
            start = end
            if pendingRows == options.rowGroupRows { try flush() }
        }
    }

    /// Up to which row of `table` the row group that is being filled has room; `start` if it has none.
    private func endOfRoom(for table: Table, from start: Int) -> Int {
        var end = min(table.rowCount, start + options.rowGroupRows - pendingRows)
        for (column, filled) in zip(table.columns, pendingBytes) {
            let room = options.rowGroupColumnBytes - filled
            var tooFar = end + 1
            // Bytes grow with the rows, so the last row that fits is found by halving.
            if column.byteCount(of: start..<end) > room { (end, tooFar) = (start, end) }
            while tooFar - end > 1 {
                let middle = end + (tooFar - end) / 2
                if column.byteCount(of: start..<middle) > room { tooFar = middle } else { end = middle }
            }
        }
        // A row that is larger than a row group has one to itself.
        return pendingRows == 0 ? max(end, start + 1) : end
    }

    /// Writes what is pending, and the footer. If that fails the file is removed.
    public func close() throws(DataError) -> ParquetSummary {
        precondition(!isClosed)
        if pendingRows > 0 { try flush() }
        try finishing { () throws(DataError) in
            try writeIndexes()
            let footer = ParquetFooter(fields: fields, groups: groups, rowCount: rowCount, options: options)
            try file.write(footer.bytes())
            try file.close(isDurable: options.isDurable)
        }
        isClosed = true
        return ParquetSummary(rows: rowCount, bytes: file.position)
    }

    private func flush() throws(DataError) {
        let rows = pending.count == 1 ? pending[0] : Table.concatenating(pending, fields: fields)
        pending = []
        pendingRows = 0
        pendingBytes = [Int](repeating: 0, count: fields.count)
        try finishing { () throws(DataError) in try append(rows) }
    }

    /// Encodes columns side by side, then writes them in order.
    private func append(_ rows: Table) throws(DataError) {
        let (options, path) = (options, path)
        let encoded = try Parallel.tryMap(Array(zip(fields, rows.columns))) { (field, column) throws(DataError) in
            do throws(DataError) {
                return try ChunkEncoder(column, named: field.name, options: options).encode()
            } catch {
                throw DataError(error.message, file: path, column: field.name)
            }
        }
        var chunks: [WrittenChunk] = []
        for chunk in encoded {
            // Values that a reader may use in place have to be aligned in the file, as they are in its map.
            if chunk.isAligned { try file.pad(toMultipleOf: 64) }
            chunks.append(WrittenChunk(chunk, at: file.position))
            for part in chunk.parts { try file.write(part) }
        }
        groups.append(WrittenRowGroup(rowCount: rows.rowCount, chunks: chunks))
        rowCount += rows.rowCount
    }

    /// Writes Bloom filters and the page index behind the last row group, where a reader finds them side by side.
    private func writeIndexes() throws(DataError) {
        for group in groups.indices {
            for i in groups[group].chunks.indices {
                guard let filter = groups[group].chunks[i].chunk.bloomFilter else { continue }
                groups[group].chunks[i].bloomFilter = try section(filter.bytes())
            }
        }
        for group in groups.indices {
            for i in groups[group].chunks.indices {
                guard let index = PageIndexEncoder.columnIndex(of: groups[group].chunks[i].chunk) else { continue }
                groups[group].chunks[i].columnIndex = try section(index)
            }
        }
        for group in groups.indices {
            for i in groups[group].chunks.indices {
                let written = groups[group].chunks[i]
                let index = PageIndexEncoder.offsetIndex(of: written.chunk, at: written.offset)
                groups[group].chunks[i].offsetIndex = try section(index)
            }
        }
    }

    private func section(_ bytes: Buffer) throws(DataError) -> ParquetMetadata.Section {
        defer { withExtendedLifetime(bytes) {} }
        let offset = Int64(file.position)
        try file.write(bytes)
        return .init(offset: offset, length: Int32(truncatingIfNeeded: bytes.count))
    }

    /// Runs `body`, unless something went wrong before: then the file lacks rows, and is not to be taken for a whole one.
    private func finishing(_ body: () throws(DataError) -> Void) throws(DataError) {
        if let failure { throw failure }
        do throws(DataError) {
            try body()
        } catch {
            failure = error
            file.remove()
            throw error
        }
    }
}

extension DataType {
    /// Whether it is a single value, or a list of such.
    fileprivate var isWritable: Bool {
        switch self {
        case .list(.list), .list(.fixedSizeList), .fixedSizeList(.list, _), .fixedSizeList(.fixedSizeList, _): false
        default: true
        }
    }
}
