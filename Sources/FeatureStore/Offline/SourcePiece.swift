import Columnar

/// Consecutive rows of a source in a view's layout, whose columns are decoded when they are asked for.
struct SourcePiece: Sendable {
    let rowCount: Int
    private let content: Content

    private enum Content: Sendable {
        /// Typed and checked.
        case table(Table)
        case file(ParquetPiece)
    }

    /// Rows that fit.
    init(_ table: Table) {
        rowCount = table.rowCount
        content = .table(table)
    }

    init(_ piece: ParquetPiece) {
        rowCount = piece.rows.count
        content = .file(piece)
    }

    /// The rows as they lie in a file; nil for rows in memory, which have been checked.
    var unchecked: ParquetPiece? {
        if case .file(let piece) = content { piece } else { nil }
    }

    /// Bytes that the rows take in memory.
    var heldBytes: Int {
        if case .table(let table) = content {
            table.columns.reduce(0) { $0 + $1.byteCount(of: 0..<rowCount) }
        } else {
            0
        }
    }

    /// All columns, which are named by `fields`.
    ///
    /// - Precondition: all rows fit.
    func table(_ fields: [Field]) throws(DataError) -> Table {
        var columns: [Column] = []
        for index in fields.indices { columns.append(try column(index)) }
        return Table(fields: fields, columns: columns, rowCount: rowCount)
    }

    /// A column in the layout's type.
    ///
    /// - Precondition: all rows fit.
    func column(_ index: Int) throws(DataError) -> Column {
        switch content {
        case .table(let table): table.columns[index]
        case .file(let piece): try piece.column(index)
        }
    }
}

/// Consecutive rows of a Parquet source's row group.
struct ParquetPiece: Sendable {
    let file: ParquetFile
    /// The file's columns by number (`SourceColumns`).
    let columns: [Int: Int]
    let rowGroup: Int
    /// Places within the row group.
    let rows: Range<Int>
    /// The place of the first row in the file.
    let firstRow: Int
    let check: RowCheck

    /// A column in the type that it is read in, or a computed one; values that do not fit are null.
    func column(_ index: Int) throws(DataError) -> Column {
        let computed = try check.columns.computed(index, rowCount: rows.count) { (input) throws(DataError) in
            try column(input)
        }
        if let computed { return computed }
        return try check.converted(try stored(index), at: index).column
    }

    /// What is wrong with rows, by their places; empty if all fit. Only columns that might hold what does not fit are read.
    func problems() throws(DataError) -> [Int: DataError] {
        let wanted = check.columnsToLookAt(
            type: { file.fields[place(of: $0)].type },
            hasNulls: { file.columnChunk(of: place(of: $0), rowGroup: rowGroup).nullCount != 0 })
        var read: [Int: Column] = [:]
        for index in wanted { read[index] = try stored(index) }
        return try check.problems(in: read, rowCount: rows.count) { firstRow + $0 + 1 }
    }

    /// All rows but those that do not fit, which go to `rejections`.
    func table(rejecting problems: [Int: DataError], to rejections: RowRejections) throws -> Table {
        let typed = try Parallel.tryMap(Array(check.layout.fields.indices)) { (index) throws(DataError) in
            try column(index)
        }
        return try rejections.leavingOut(
            problems, from: Table(fields: check.layout.fields, columns: typed, rowCount: rows.count))
    }

    /// The place in the file of a column that is read.
    private func place(of index: Int) -> Int {
        guard let place = columns[index] else { preconditionFailure("column \(index) is computed, not read") }
        return place
    }

    /// A column as it is in the file.
    private func stored(_ index: Int) throws(DataError) -> Column {
        try Cancellation.check()
        // The file is read once from one end to the other, and need not stay in memory.
        let place = place(of: index)
        defer { file.release(place, rowGroups: rowGroup..<rowGroup + 1) }
        do throws(DataError) {
            if rows.count == file.rowGroups[rowGroup].rowCount {
                return try file.readColumn(place, rowGroup: rowGroup)
            }
            return try file.pages(of: place, rowGroup: rowGroup).read(rows: rows)
        } catch {
            throw error.inFile(check.path)
        }
    }
}
