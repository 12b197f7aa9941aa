import Columnar
import Foundation

/// Reads a source file, or a table in its stead, as tables of a view's layout, typed, checked, row by row accounted for.
///
/// A row that does not fit (a value of another type, a null key or time, a key too long) goes to `rejections`,
/// which stops the reading or sets the row aside.
struct SourceReader {
    private let path: String
    private let layout: ViewLayout
    /// The source's own names of the layout's columns, as messages name them.
    private let columnNames: [String]
    private let input: Input
    private let rejections: RowRejections
    private let mayLackCreated: Bool

    private enum Input {
        case parquet(ParquetFile, columns: [Int])
        case csv(CSVReader, columns: [(name: String, type: DataType)])
        case table(Table)
    }

    /// Rows that are decoded at once: enough to keep both cores busy, few enough for 1 GB at 60 bytes a row.
    private static let batchRows = 10_000_000
    private static let csvBatchRows = 1_000_000

    /// Opens `path` (relative to `root`) and checks that it has the columns that the view needs.
    init(
        path: String, root: String, source: Source, layout: ViewLayout, rejections: RowRejections
    ) throws(DataError) {
        self.path = path
        self.layout = layout
        self.rejections = rejections
        mayLackCreated = false
        let wanted = Self.fileColumns(of: layout, source)
        columnNames = wanted
        let absolute = SourceFiles.absolutePath(path, root: root)
        if TableFile.isParquet(path) {
            let file = try Self.naming(path) { () throws(DataError) in try ParquetFile(path: absolute) }
            if let unreadable = file.unreadableColumns.first(where: { wanted.contains($0.name) }) {
                throw DataError(unreadable.reason, file: path, column: unreadable.name)
            }
            input = .parquet(file, columns: try Self.places(of: wanted, among: file.fields, in: path))
        } else if TableFile.isCSV(path) {
            let reader = try Self.naming(path) { () throws(DataError) in try CSVReader(path: absolute) }
            for name in wanted where !reader.header.contains(name) {
                throw Self.missing(name, among: reader.header, in: path)
            }
            input = .csv(reader, columns: zip(wanted, layout.fields).map { ($0, $1.type) })
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
        self.mayLackCreated = mayLackCreated
        columnNames = Self.fileColumns(of: layout, source)
        let places = try Self.places(of: columnNames, among: table.fields, in: origin)
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

    /// The file's names of the layout's columns, in the layout's order.
    static func fileColumns(of layout: ViewLayout, _ source: Source) -> [String] {
        let fileNames = Dictionary(source.fieldMapping.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return layout.fields.enumerated().map { i, field in
            switch i {
            case layout.eventIndex: source.timestamp ?? field.name
            case layout.createdIndex: source.created ?? field.name
            case layout.endIndex: source.validTo ?? field.name
            default: fileNames[field.name] ?? field.name
            }
        }
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

    /// Hands over the file's rows, table by table, in the file's order.
    func read(_ consume: (Table) throws -> Void) throws {
        switch input {
        case .parquet(let file, let columns):
            var firstRow = 1
            for groups in Self.batches(file) {
                let table = try Self.naming(path) { () throws(DataError) in
                    try file.read(columns: columns, rowGroups: groups)
                }
                try consume(try checked(table.columns, firstRow: firstRow, rowNumbers: nil))
                firstRow += table.rowCount
            }
        case .table(let table):
            for start in stride(from: 0, to: table.rowCount, by: Self.batchRows) {
                let batch = table.slice(start..<min(start + Self.batchRows, table.rowCount))
                try consume(try checked(batch.columns, firstRow: start + 1, rowNumbers: nil))
            }
        case .csv(let reader, let columns):
            while true {
                try Cancellation.check()
                let batch = try Self.naming(path) { () throws(DataError) in
                    try reader.read(columns: columns, maximumRows: Self.csvBatchRows) {
                        (error, record) throws(DataError) in
                        try rejections.reject(error.inFile(path), record: record)
                    }
                }
                guard let batch else { return }
                try consume(try checked(batch.columns, firstRow: 1, rowNumbers: reader.rowLines))
            }
        }
    }

    /// Runs of row groups of about `batchRows` rows each.
    private static func batches(_ file: ParquetFile) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0
        var rows = 0
        for (i, group) in file.rowGroups.enumerated() {
            if rows > 0 && rows + group.rowCount > batchRows {
                batches.append(start..<i)
                (start, rows) = (i, 0)
            }
            rows += group.rowCount
        }
        if start < file.rowGroups.count { batches.append(start..<file.rowGroups.count) }
        return batches
    }

    /// The columns in the layout's types; rows that do not fit are rejected and left out.
    private func checked(_ columns: [Column], firstRow: Int, rowNumbers: [Int]?) throws -> Table {
        let fields = layout.fields
        let rowCount = columns.first?.count ?? 0
        var typed: [Column] = []
        var bad: [Int: DataError] = [:]
        func note(_ row: Int, _ column: Int, _ message: String) {
            if bad[row] == nil {
                bad[row] = DataError(
                    message, file: path, row: rowNumbers?[row] ?? firstRow + row, column: columnNames[column])
            }
        }
        for (index, (field, column)) in zip(fields, columns).enumerated() {
            guard let converted = column.converted(to: field.type) else {
                throw DataError(
                    "a column of type \(column.type) cannot become \(field.type); change the declared type or the file",
                    file: path, column: columnNames[index])
            }
            for row in converted.unfitRows {
                note(
                    row, index,
                    "\(column.value(at: row)) does not fit \(field.type); correct the row or the declared type")
            }
            typed.append(converted.column)
        }
        for index in layout.requiredIndices where typed[index].validity != nil {
            if mayLackCreated, index == layout.createdIndex { continue }
            let role = index < layout.keys.count ? "a key" : "a time"
            for row in 0..<rowCount where typed[index].isNull(row) {
                note(row, index, "\(role) is null; every row of history needs one")
            }
        }
        if let start = layout.eventIndex, let end = layout.endIndex {
            let (starts, ends) = (typed[start].elements(as: Int64.self), typed[end].elements(as: Int64.self))
            for row in 0..<rowCount
            where !typed[end].isNull(row) && !typed[start].isNull(row) && ends[row] < starts[row] {
                note(row, end, "the row ends before it begins")
            }
        }
        let encoder = KeyEncoder(layout.keys.map(\.type))
        if encoder.fixedWidth == nil {
            let keys = encoder.encode(layout.keyIndices.map { typed[$0] })
            let offsets = keys.offsets.elements(as: Int64.self)
            for row in 0..<rowCount where offsets[row + 1] - offsets[row] > Int64(EncodedKeys.maximumLength) {
                note(
                    row, 0,
                    "the key takes \(offsets[row + 1] - offsets[row]) bytes, more than \(EncodedKeys.maximumLength); "
                        + "use a shorter key, for example a hash of it")
            }
        }
        return try withoutRejected(Table(fields: fields, columns: typed, rowCount: rowCount), bad)
    }

    private func withoutRejected(_ table: Table, _ bad: [Int: DataError]) throws -> Table {
        guard !bad.isEmpty else { return table }
        for row in bad.keys.sorted() {
            guard let error = bad[row] else { continue }
            let record = zip(table.fields, table.columns).map { "\($0.name)=\($1.value(at: row))" }
            try rejections.reject(error, record: record.joined(separator: " "))
        }
        let kept = (0..<Int32(table.rowCount)).filter { bad[Int($0)] == nil }
        return table.taking(kept[...])
    }
}
