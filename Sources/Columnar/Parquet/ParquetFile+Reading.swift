extension ParquetFile {
    /// One column of one row group. Values are not copied where they lie in the file as the column needs them.
    public func readColumn(_ column: Int, rowGroup: Int) throws(DataError) -> Column {
        try reading(column) { () throws(DataError) in try reader(of: column, rowGroup: rowGroup).read() }
    }

    /// Some columns of one row group, decoded on all cores.
    public func read(rowGroup: Int, columns: [Int]) throws(DataError) -> Table {
        try checkMemory(columns, rows: rowGroups[rowGroup].rowCount)
        let read = try Parallel.tryMap(columns) { (column) throws(DataError) in
            try self.readColumn(column, rowGroup: rowGroup)
        }
        return Table(fields: columns.map { fields[$0] }, columns: read, rowCount: rowGroups[rowGroup].rowCount)
    }

    /// The columns of those names, or all that can be read, of all row groups.
    /// - Throws: `DataError` also for a name that the file does not have or that cannot be read.
    public func read(columns names: [String]? = nil) throws(DataError) -> Table {
        var selected = Array(fields.indices)
        if let names {
            selected = []
            for name in names { selected.append(try readableIndex(of: name)) }
        }
        return try read(columns: selected, rowGroups: rowGroups.indices)
    }

    /// Some columns of consecutive row groups, decoded on all cores; values of fixed width go straight to their final place.
    public func read(columns: [Int], rowGroups range: Range<Int>) throws(DataError) -> Table {
        guard range.count > 1 else {
            guard let only = range.first else {
                let empty = columns.map { Column.nulls(fields[$0].type, count: 0) }
                return Table(fields: columns.map { fields[$0] }, columns: empty, rowCount: 0)
            }
            return try read(rowGroup: only, columns: columns)
        }
        let rows = rowGroups[range].reduce(0) { $0 + $1.rowCount }
        try checkMemory(columns, rows: rows)
        let targets = try columns.map { (i) throws(DataError) in try Target(self.columns[i], rows: rows) }
        // A row group's columns one after the other, so that the file is read from front to back.
        var parts: [Part] = []
        var firstRow = 0
        for rowGroup in range {
            for i in columns.indices {
                parts.append(Part(column: columns[i], rowGroup: rowGroup, firstRow: firstRow, target: targets[i]))
            }
            firstRow += rowGroups[rowGroup].rowCount
        }
        let pieces = try Parallel.tryMap(parts) { (part) throws(DataError) in try self.read(part) }
        let joined = Parallel.map(Array(columns.indices)) { i in
            let own = stride(from: i, to: pieces.count, by: columns.count).map { pieces[$0] }
            return targets[i].join(
                own, rowCounts: self.rowGroups[range].map(\.rowCount), type: self.fields[columns[i]].type)
        }
        return Table(fields: columns.map { fields[$0] }, columns: joined, rowCount: rows)
    }

    /// A column's values in one row group as runs of equal ones; nil unless it is written with a dictionary throughout,
    /// without nulls, and not a list. Complexity: O(runs) where values are stored as runs.
    public func readRuns(_ column: Int, rowGroup: Int) throws(DataError) -> DictionaryRuns? {
        try reading(column) { () throws(DataError) in try reader(of: column, rowGroup: rowGroup).readRuns() }
    }

    /// - Throws: if the columns are sure to need more memory than there is.
    private func checkMemory(_ columns: [Int], rows: Int) throws(DataError) {
        let width = columns.reduce(0) { $0 + (fields[$1].type.byteWidth ?? (fields[$1].type == .bool ? 0 : 8)) }
        let (bytes, overflows) = rows.multipliedReportingOverflow(by: width)
        do throws(DataError) {
            try MemoryLimit.check(total: overflows ? .max : bytes)
        } catch {
            throw error.inFile(path)
        }
    }

    private func readableIndex(of name: String) throws(DataError) -> Int {
        if let index = index(of: name) { return index }
        if let column = unreadableColumns.first(where: { $0.name == name }) {
            throw DataError(column.reason, file: path, column: name)
        }
        let suggestion = Spelling.nearest(to: name, in: fields.map(\.name)).map { " (did you mean '\($0)'?)" }
        throw DataError("has no column '\(name)'\(suggestion ?? "")", file: path)
    }

    private func reader(of column: Int, rowGroup: Int) throws(DataError) -> ColumnChunkReader {
        let pages = try ChunkPages(
            chunk(of: column, rowGroup: rowGroup), of: columns[column], in: bytes, dataEnd: dataEnd)
        return try ColumnChunkReader(
            pages, of: columns[column], rowCount: rowGroups[rowGroup].rowCount, in: bytes)
    }

    /// Names file and column in errors.
    func reading<Result>(
        _ column: Int, _ body: () throws(DataError) -> Result
    ) throws(DataError) -> Result {
        do throws(DataError) {
            return try body()
        } catch {
            throw DataError(error.message, file: path, column: fields[column].name)
        }
    }
}

// MARK: - All row groups at once

/// Where the row groups of one column come together.
private struct Target: @unchecked Sendable {
    /// Memory for values of fixed width, of which each part writes its own rows; nil for other types.
    let values: MutableBuffer?

    init(_ column: ParquetColumn, rows: Int) throws(DataError) {
        guard column.list == nil, column.isCollectedAsFixedWidth, let width = column.valueType.byteWidth else {
            values = nil
            return
        }
        try MemoryLimit.check(rows, width: width)
        values = MutableBuffer(uninitialized: rows * width)
    }

    func join(_ pieces: [Piece], rowCounts: [Int], type: DataType) -> Column {
        guard let values else {
            return Column.concatenating(
                pieces.compactMap { if case .column(let column) = $0 { column } else { nil } }, type: type)
        }
        let rows = rowCounts.reduce(0, +)
        var validity = ValidityBuilder(capacity: rows)
        for (piece, count) in zip(pieces, rowCounts) {
            if case .values(let bitmap?) = piece {
                validity.append(packed: bitmap.buffer.base, count: count)
            } else {
                validity.append(repeating: true, count: count)
            }
        }
        return Column(type, count: rows, values: values.freeze(), validity: validity.finish())
    }
}

/// A column of a row group, and where its rows go.
private struct Part: Sendable {
    let column: Int
    let rowGroup: Int
    let firstRow: Int
    let target: Target
}

private enum Piece: Sendable {
    /// The values are in their place; this is their validity.
    case values(Bitmap?)
    case column(Column)
}

extension ParquetFile {
    private func read(_ part: Part) throws(DataError) -> Piece {
        try Cancellation.check()
        guard let values = part.target.values, let width = fields[part.column].type.byteWidth else {
            return .column(try readColumn(part.column, rowGroup: part.rowGroup))
        }
        return try reading(part.column) { () throws(DataError) in
            let reader = try reader(of: part.column, rowGroup: part.rowGroup)
            return .values(try reader.readFixedWidth(into: values.base + part.firstRow * width))
        }
    }
}
