import Columnar
import Foundation

/// Reads Parquet and CSV files, told apart by their names.
public enum TableFile {
    /// All columns; in a CSV file those in `declared` have that type, and the others the types that fit all values.
    public static func read(_ path: String, declared: [String: DataType] = [:]) throws(DataError) -> Table {
        if isParquet(path) {
            let file = try ParquetFile(path: path)
            try refuseUnreadableColumns(of: file)
            return try file.read()
        }
        let (reader, columns) = try csv(path, declared)
        var tables: [Table] = []
        while let table = try reader.read(columns: columns, maximumRows: 1_000_000) {
            try Cancellation.check()
            tables.append(table)
        }
        return .concatenating(tables, fields: columns.map { Field($0.name, $0.type) })
    }

    /// The first rows, and where it costs nothing to know, how many there are.
    public static func head(of path: String, rows: Int) throws(DataError) -> (table: Table, rowCount: Int?) {
        if isParquet(path) {
            let file = try ParquetFile(path: path)
            try refuseUnreadableColumns(of: file)
            let columns = Array(file.fields.indices)
            var groups = 0..<0
            var found = 0
            while found < rows, groups.upperBound < file.rowGroups.count {
                found += file.rowGroups[groups.upperBound].rowCount
                groups = 0..<groups.upperBound + 1
            }
            let table = try file.read(columns: columns, rowGroups: groups)
            return (table.slice(0..<min(rows, table.rowCount)), file.rowCount)
        }
        let (reader, columns) = try csv(path, [:])
        let fields = columns.map { Field($0.name, $0.type) }
        let table = try reader.read(columns: columns, maximumRows: max(1, rows)) ?? .concatenating([], fields: fields)
        return (table.slice(0..<min(rows, table.rowCount)), nil)
    }

    /// A column that is asked for with all others must not be left out unseen.
    private static func refuseUnreadableColumns(of file: ParquetFile) throws(DataError) {
        guard let column = file.unreadableColumns.first else { return }
        throw DataError(column.reason, file: file.path, column: column.name)
    }

    private static func csv(
        _ path: String, _ declared: [String: DataType]
    ) throws(DataError) -> (CSVReader, [(name: String, type: DataType)]) {
        guard isCSV(path) else {
            throw DataError("is neither Parquet nor CSV by its name; name it .parquet, .csv or .csv.gz", file: path)
        }
        let columns = try CSVReader.inferTypes(path: path).map { (name: $0.name, type: declared[$0.name] ?? $0.type) }
        return (try CSVReader(path: path), columns)
    }

    /// The path as it is found from any folder, so that a record of it stays good.
    static func absolutePath(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    /// Whether two files, by their names, are written alike.
    static func hasSameFormat(_ path: String, _ other: String) -> Bool {
        func format(_ path: String) -> String? {
            isParquet(path) ? "parquet" : [".csv.gz", ".csv", ".tsv.gz", ".tsv"].first(where: path.hasSuffix)
        }
        return format(path) == format(other)
    }

    static func isParquet(_ path: String) -> Bool { path.hasSuffix(".parquet") || path.hasSuffix(".pq") }

    static func isCSV(_ path: String) -> Bool {
        [".csv", ".csv.gz", ".tsv", ".tsv.gz"].contains(where: path.hasSuffix)
    }
}
