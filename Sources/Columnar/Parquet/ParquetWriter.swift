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
    /// Row groups that are being written column by column.
    private var underWay: RowGroupsUnderWay?
    /// What went wrong, after which the file cannot be finished.
    private var failure: DataError?

    private struct RowGroupsUnderWay {
        let rowCounts: [Int]
        /// The chunks of each row group so far.
        var chunks: [[WrittenChunk]]
        var column = 0
    }

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
        precondition(table.fields.map(\.type) == fields.map(\.type) && underWay == nil)
        var full: [Table] = []
        var start = 0
        while start < table.rowCount {
            let end = endOfRoom(for: table, from: start)
            if end > start {
                pending.append(table.slice(start..<end))
                pendingRows += end - start
                for (i, column) in table.columns.enumerated() { pendingBytes[i] += column.byteCount(of: start..<end) }
            }
            if end == start || pendingRows == options.rowGroupRows { full.append(takePending()) }
            start = end
        }
        try finishing { () throws(DataError) in try append(full) }
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
        precondition(!isClosed && underWay == nil)
        try finishing { () throws(DataError) in
            if pendingRows > 0 { try append([takePending()]) }
            try writeIndexes()
            let footer = ParquetFooter(fields: fields, groups: groups, rowCount: rowCount, options: options)
            try file.write(footer.bytes())
            try file.close(isDurable: options.isDurable)
        }
        isClosed = true
        return ParquetSummary(rows: rowCount, bytes: file.position, checksum: file.checksum)
    }

    private func takePending() -> Table {
        let rows = pending.count == 1 ? pending[0] : Table.concatenating(pending, fields: fields)
        pending = []
        pendingRows = 0
        pendingBytes = [Int](repeating: 0, count: fields.count)
        return rows
    }

    /// Encodes columns side by side, and writes them in order.
    private func append(_ rowGroups: [Table]) throws(DataError) {
        let columns = fields.count
        let encoder = ColumnEncoder(path: path, options: options)
        var chunks: [WrittenChunk] = []
        try Parallel.inOrder(rowGroups.count * columns) { [fields] (i) throws(DataError) in
            try encoder.encode(rowGroups[i / columns].columns[i % columns], of: fields[i % columns])
        } consume: { (i, chunk) throws(DataError) in
            chunks.append(try place(chunk))
            guard chunks.count == columns else { return }
            finish(WrittenRowGroup(rowCount: rowGroups[i / columns].rowCount, chunks: chunks))
            chunks = []
        }
    }

    private struct ColumnEncoder: Sendable {
        let path: String
        let options: ParquetWriterOptions

        func encode(_ column: Column, of field: Field) throws(DataError) -> EncodedChunk {
            do throws(DataError) {
                return try ChunkEncoder(column, named: field.name, options: options).encode()
            } catch {
                throw DataError(error.message, file: path, column: field.name)
            }
        }
    }

    private func place(_ chunk: EncodedChunk) throws(DataError) -> WrittenChunk {
        try Cancellation.check()
        // Values that a reader may use in place have to be aligned in the file, as they are in its map.
        if chunk.isAligned { try file.pad(toMultipleOf: 64) }
        let written = WrittenChunk(chunk, at: file.position)
        for part in chunk.parts { try file.write(part) }
        return written
    }

    private func finish(_ group: WrittenRowGroup) {
        groups.append(group)
        rowCount += group.rowCount
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

// MARK: - Column by column

extension ParquetWriter {
    /// Begins row groups of these many rows, whose columns are then written one after the other with `writeColumn`: so that
    /// parts of a single column need to be in memory, however many rows there are.
    ///
    /// In the file the first column's chunks of all these row groups come first, then the second's, and so on: the format
    /// places a row group's chunks where it likes.
    public func beginRowGroups(_ rowCounts: [Int]) throws(DataError) {
        precondition(underWay == nil && !rowCounts.isEmpty && rowCounts.allSatisfy { $0 > 0 })
        try finishing { () throws(DataError) in if pendingRows > 0 { try append([takePending()]) } }
        underWay = RowGroupsUnderWay(rowCounts: rowCounts, chunks: rowCounts.map { _ in [] })
    }

    /// Writes the next column of the row groups that were begun; the last column ends them.
    ///
    /// - Parameter make: the column's values of a row group; `rows` are their places among the rows of all these row
    ///   groups. Called side by side on the cores.
    public func writeColumn(
        _ make: @Sendable (_ rowGroup: Int, _ rows: Range<Int>) throws(DataError) -> Column
    ) throws(DataError) {
        guard var columns = underWay else { preconditionFailure("no row groups were begun") }
        let field = fields[columns.column]
        let encoder = ColumnEncoder(path: path, options: options)
        let starts = columns.rowCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        try finishing { () throws(DataError) in
            try Parallel.inOrder(columns.rowCounts.count) { (group) throws(DataError) in
                let column = try make(group, starts[group]..<starts[group + 1])
                precondition(column.count == starts[group + 1] - starts[group] && column.type == field.type)
                return try encoder.encode(column, of: field)
            } consume: { (group, chunk) throws(DataError) in
                columns.chunks[group].append(try place(chunk))
            }
        }
        columns.column += 1
        underWay = columns
        guard columns.column == fields.count else { return }
        for (count, chunks) in zip(columns.rowCounts, columns.chunks) {
            finish(WrittenRowGroup(rowCount: count, chunks: chunks))
        }
        underWay = nil
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
