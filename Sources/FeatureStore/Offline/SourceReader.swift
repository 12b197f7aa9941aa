import Columnar
import Foundation

/// Reads a source file, or a table in its stead, in pieces of a view's layout.
///
/// A row that does not fit goes to `rejections`, which stops the reading or sets the row aside.
struct SourceReader {
    private let path: String
    private let layout: ViewLayout
    private let columns: SourceColumns
    private let check: RowCheck
    private let input: Input
    private let rejections: RowRejections

    private enum Input {
        /// The file's columns by number.
        case parquet(ParquetFile, columns: [Int: Int])
        case csv(CSVReader, columns: [(name: String, type: DataType)])
        case table(Table)
    }

    /// Rows of a piece, about: a column of it is a few megabytes.
    var pieceRows = 1_048_576

    /// Opens `path` (relative to `root`) and checks that it has the columns that the view needs.
    init(
        path: String, root: String, source: Source, layout: ViewLayout, rejections: RowRejections
    ) throws(DataError) {
        self.path = path
        self.layout = layout
        self.rejections = rejections
        let columns = try SourceColumns(of: layout, source)
        self.columns = columns
        let wanted = columns.readIndices.map { columns.names[$0] }
        check = RowCheck(layout: layout, columns: columns, path: path)
        let absolute = SourceFiles.absolutePath(path, root: root)
        if TableFile.isParquet(path) {
            let file = try Self.naming(path) { () throws(DataError) in try ParquetFile(path: absolute) }
            if let unreadable = file.unreadableColumns.first(where: { wanted.contains($0.name) }) {
                throw DataError(unreadable.reason, file: path, column: unreadable.name)
            }
            let places = try Self.places(of: wanted, among: file.fields, in: path)
            input = .parquet(file, columns: Dictionary(uniqueKeysWithValues: zip(columns.readIndices, places)))
        } else if TableFile.isCSV(path) {
            let reader = try Self.naming(path) { () throws(DataError) in try CSVReader(path: absolute) }
            for name in wanted where !reader.header.contains(name) {
                throw Self.missing(name, among: reader.header, in: path)
            }
            input = .csv(reader, columns: columns.readIndices.map { (columns.names[$0], columns.fields[$0].type) })
        } else {
            throw DataError("is neither Parquet nor CSV by its name; name it .parquet, .csv or .csv.gz", file: path)
        }
    }

    /// Takes a table that has the columns of a source's files; `origin` is how messages name it.
    ///
    /// - Parameter mayLackCreated: whether rows need not say when they became known; it is null in them then.
    init(
        table: Table, origin: String, source: Source, layout: ViewLayout, rejections: RowRejections,
        mayLackCreated: Bool = false
    ) throws(DataError) {
        path = origin
        self.layout = layout
        self.rejections = rejections
        let columns = try SourceColumns(of: layout, source)
        self.columns = columns
        let wanted = columns.readIndices.map { columns.names[$0] }
        check = RowCheck(layout: layout, columns: columns, path: origin, mayLackCreated: mayLackCreated)
        let places = try Self.places(of: wanted, among: table.fields, in: origin)
        input = .table(
            Table(
                fields: places.map { table.fields[$0] }, columns: places.map { table.columns[$0] },
                rowCount: table.rowCount))
    }

    private static func places(
        of names: [String], among fields: [Field], in path: String
    ) throws(DataError) -> [Int] {
        var places: [Int] = []
        for name in names {
            guard let place = fields.firstIndex(where: { $0.name == name }) else {
                throw missing(name, among: fields.map(\.name), in: path)
            }
            places.append(place)
        }
        return places
    }

    private static func missing(_ name: String, among names: [String], in path: String) -> DataError {
        let suggestion = Spelling.nearest(to: name, in: names).map { "did you mean '\($0)'?" }
        return DataError(
            "there is no column '\(name)' (\(suggestion ?? "the columns are \(names.joined(separator: ", "))"))",
            file: path)
    }

    /// Runs `body`, telling errors of the file under the name that the user knows it by.
    private static func naming<T>(_ path: String, _ body: () throws(DataError) -> T) throws(DataError) -> T {
        do {
            return try body()
        } catch {
            throw error.inFile(path)
        }
    }

    /// Hands over the rows in the source's order. Those of a Parquet file are not read yet.
    func read(_ consume: (SourcePiece) throws -> Void) throws {
        switch input {
        case .parquet(let file, let columns):
            var firstRow = 0
            for (number, group) in file.rowGroups.enumerated() {
                for start in stride(from: 0, to: group.rowCount, by: pieceRows) {
                    // A last piece that would be small goes with the one before.
                    let rest = group.rowCount - start
                    let end = rest < pieceRows * 3 / 2 ? group.rowCount : start + pieceRows
                    try consume(
                        SourcePiece(
                            ParquetPiece(
                                file: file, columns: columns, rowGroup: number, rows: start..<end,
                                firstRow: firstRow + start, check: check)))
                    if end == group.rowCount { break }
                }
                firstRow += group.rowCount
            }
        case .table(let table):
            for start in stride(from: 0, to: table.rowCount, by: pieceRows) {
                let piece = table.slice(start..<min(start + pieceRows, table.rowCount))
                try consume(try checked(piece.columns) { start + $0 + 1 })
            }
        case .csv(let reader, let columns):
            while true {
                try Cancellation.check()
                let batch = try Self.naming(path) { () throws(DataError) in
                    try reader.read(columns: columns, maximumRows: pieceRows) {
                        (error, record) throws(DataError) in
                        try rejections.reject(error.inFile(path), record: record)
                    }
                }
                guard let batch else { return }
                try consume(try checked(batch.columns) { reader.rowLines[$0] })
            }
        }
    }

    /// The rows in the layout's types, computed features among them, without rows that do not fit.
    ///
    /// - Parameter stored: the columns that are read, in the order of their numbers.
    private func checked(_ stored: [Column], rowNumber: (Int) -> Int) throws -> SourcePiece {
        let rowCount = stored.first?.count ?? 0
        let byIndex = Dictionary(uniqueKeysWithValues: zip(columns.readIndices, stored))
        let problems = try check.problems(in: byIndex, rowCount: rowCount, rowNumber: rowNumber)
        // Computed features have no column of their own; their places are not read.
        var typed = columns.fields.map { Column.nulls($0.type, count: 0) }
        for (index, column) in byIndex { typed[index] = try check.converted(column, at: index).column }
        for index in columns.formulas.keys {
            let computed = try columns.computed(index, rowCount: rowCount) { typed[$0] }
            typed[index] = computed ?? typed[index]
        }
        let table = Table(
            fields: layout.fields, columns: Array(typed[..<layout.fields.count]), rowCount: rowCount)
        return SourcePiece(try rejections.leavingOut(problems, from: table))
    }
}
