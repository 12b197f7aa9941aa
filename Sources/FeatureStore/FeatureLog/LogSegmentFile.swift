import Columnar
import Foundation

/// A segment of a log: its rows in Parquet, and an index of their request ids beside.
struct LogSegmentFile {
    private let parquet: ParquetFile
    private let indexPath: String
    private let fields: [Field]

    /// - Parameter fields: as the database keeps them.
    /// - Throws: `DataError` if it cannot be read.
    init(_ file: String, fields: String, in folder: String) throws(DataError) {
        parquet = try ParquetFile(path: "\(folder)/\(file)")
        indexPath = Self.indexPath(of: file, in: folder)
        self.fields = Self.fields(of: fields)
        guard self.fields.map(\.name) == parquet.fields.map(\.name) else {
            throw DataError("has other columns than were written", file: parquet.path)
        }
    }

    static func text(of fields: [Field]) -> String {
        fields.map { "\($0.name):\(FeatureType($0.type).map(\.description) ?? "")" }.joined(separator: ",")
    }

    private static func fields(of text: String) -> [Field] {
        text.split(separator: ",").compactMap { field in
            let parts = field.split(separator: ":").map(String.init)
            guard parts.count == 2, let type = FeatureType(parts[1]) else { return nil }
            return Field(parts[0], type.dataType)
        }
    }

    /// Row groups, in order.
    var rowGroupCount: Int { parquet.rowGroups.count }

    func rowCount(of group: Int) -> Int { parquet.rowGroups[group].rowCount }

    /// The rows of a row group, under the types that they were written with.
    func table(ofRowGroup group: Int) throws(DataError) -> Table {
        let read = try parquet.read(rowGroup: group, columns: Array(fields.indices))
        var columns: [Column] = []
        for (field, column) in zip(fields, read.columns) {
            guard let converted = column.converted(to: field.type), converted.unfitRows.isEmpty else {
                throw DataError("is not of type \(field.type)", file: parquet.path, column: field.name)
            }
            columns.append(converted.column)
        }
        return Table(fields: fields, columns: columns, rowCount: read.rowCount)
    }

    private static func indexPath(of file: String, in folder: String) -> String {
        "\(folder)/\(file.dropLast(".parquet".count)).requests"
    }

    func requestIndex() throws(DataError) -> RequestIndex { try RequestIndex(path: indexPath) }

    /// The rows at `places`, ascending, in their order: row groups without any are not read.
    func rows(at places: [Int]) throws(DataError) -> Table {
        var tables: [Table] = []
        var (start, next) = (0, 0)
        for (group, content) in parquet.rowGroups.enumerated() where next < places.count {
            let end = start + content.rowCount
            let first = next
            while next < places.count, places[next] < end { next += 1 }
            if next > first {
                let local = places[first..<next].map { Int32($0 - start) }
                tables.append(try table(ofRowGroup: group).taking(local[...]))
            }
            start = end
        }
        return .concatenating(tables, fields: fields)
    }

    static func remove(_ file: String, in folder: String) {
        unlink("\(folder)/\(file)")
        unlink(indexPath(of: file, in: folder))
    }
}

extension FeatureType {
    /// The type of a column; nil if none of ours is held so.
    package init?(_ type: DataType) {
        if case .fixedSizeList(.float32, let count) = type {
            self = .vector(count: count)
            return
        }
        let known: [FeatureType] = [.bool, .int32, .int64, .float32, .float64, .string, .bytes, .timestamp]
        guard let found = known.first(where: { $0.dataType == type }) else { return nil }
        self = found
    }
}
