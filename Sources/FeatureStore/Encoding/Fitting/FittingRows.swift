import Columnar

/// The rows that encoders are fitted on, read column by column and block by block, as often as is needed.
struct FittingRows: Sendable {
    /// How messages name them.
    let origin: String
    /// Rows that count.
    let count: Int
    private let source: Source
    /// The rows of each block.
    private let blocks: [Range<Int>]
    /// The rows that count, ascending; nil for all.
    private let selected: [Int32]?

    private enum Source: Sendable {
        case table(Table)
        case parquet(ParquetFile)
    }

    private static let tableBlockRows = 131_072

    init(_ table: Table, origin: String, selected: [Int32]? = nil) {
        self.origin = origin
        self.selected = selected
        source = .table(table)
        count = selected?.count ?? table.rowCount
        blocks = stride(from: 0, to: table.rowCount, by: Self.tableBlockRows).map {
            $0..<min($0 + Self.tableBlockRows, table.rowCount)
        }
    }

    init(_ file: ParquetFile, selected: [Int32]? = nil) {
        origin = file.path
        self.selected = selected
        source = .parquet(file)
        count = selected?.count ?? file.rowCount
        var start = 0
        blocks = file.rowGroups.map { group in
            defer { start += group.rowCount }
            return start..<start + group.rowCount
        }
    }

    /// The place of the first column of one of `names`.
    func index(of names: [String]) -> Int? {
        switch source {
        case .table(let table): names.lazy.compactMap { table.index(of: $0) }.first
        case .parquet(let file): names.lazy.compactMap { file.index(of: $0) }.first
        }
    }

    /// Hands over a column's rows that count, in order, as `type`.
    ///
    /// - Throws: `DataError` if a value does not fit the type.
    func forEachBlock(
        of column: Int, as type: DataType, _ body: (Column) throws -> Void
    ) throws {
        var next = 0
        for (number, rows) in blocks.enumerated() {
            try Cancellation.check()
            var chosen: ArraySlice<Int32>?
            if let selected {
                let first = next
                while next < selected.count, Int(selected[next]) < rows.upperBound { next += 1 }
                if first == next { continue }
                chosen = selected[first..<next]
            }
            var block = try converted(try read(column, number, rows), to: type, column)
            if let chosen, chosen.count < rows.count {
                block = block.taking(rows: chosen.map { $0 - Int32(rows.lowerBound) })
            }
            try body(block)
        }
    }

    private func read(_ column: Int, _ block: Int, _ rows: Range<Int>) throws(DataError) -> Column {
        switch source {
        case .table(let table): table.columns[column].slice(rows)
        case .parquet(let file): try file.readColumn(column, rowGroup: block)
        }
    }

    private func converted(_ column: Column, to type: DataType, _ place: Int) throws(DataError) -> Column {
        if column.type == .bool, type == .float64 { return column.asNumbers }
        guard let converted = column.converted(to: type), converted.unfitRows.isEmpty else {
            let name =
                switch source {
                case .table(let table): table.fields[place].name
                case .parquet(let file): file.fields[place].name
                }
            throw DataError(
                "values of type \(column.type) do not fit the type \(type) that is needed", file: origin, column: name)
        }
        return converted.column
    }
}

extension Column {
    /// A bool column as float64, 0 or 1.
    fileprivate var asNumbers: Column {
        let target = MutableBuffer(uninitialized: count * 8)
        let numbers = target.elements(as: Double.self)
        let bits = bits
        for row in 0..<count { numbers[row] = bits[row] ? 1 : 0 }
        return Column(.float64, count: count, values: target.freeze(), validity: validity)
    }
}

extension Column {
    /// The rows at `rows`, in that order.
    func taking(rows: [Int32]) -> Column { rows.withUnsafeBufferPointer { taking($0) } }
}
