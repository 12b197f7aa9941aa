import Foundation

/// An open Parquet file: its schema, and its columns as far as they are asked for.
///
/// The file is mapped; only pages of the columns asked for are touched. Reads may run on any number of threads.
/// Source: the Apache Parquet format, parquet.thrift and Encodings.md, version 2.10.
public final class ParquetFile: Sendable {
    /// What the footer says of a row group.
    public struct RowGroup: Sendable {
        public let rowCount: Int
    }

    public let path: String
    /// The top-level columns. One that cannot be read is listed too, and refused only when asked for.
    public let fields: [Field]
    public let rowCount: Int
    public let rowGroups: [RowGroup]
    public let keyValueMetadata: [String: String]
    /// The program that wrote the file, as it calls itself.
    public let createdBy: String?
    let columns: [ParquetColumn]
    let metadata: ParquetMetadata
    let bytes: Buffer
    private let positions: [String: Int]

    /// Maps the file and reads its footer.
    ///
    /// - Throws: `DataError` if the file is missing, no Parquet file, damaged, or encrypted.
    public init(path: String) throws(DataError) {
        self.path = path
        bytes = try MappedFile(path: path).buffer
        let footer = try Self.footer(of: bytes, path: path)
        var reader = ThriftReader(footer.bytes)
        do throws(ThriftReader.Failure) {
            metadata = try ParquetMetadata(reading: &reader)
            columns = try ParquetColumn.columns(of: metadata.schema)
        } catch {
            throw DataError("has an unreadable footer; the file is damaged", file: path)
        }
        fields = columns.map(\.field)
        keyValueMetadata = metadata.keyValues
        createdBy = metadata.createdBy
        let leaves = columns.map(\.leaf).max() ?? -1
        var rows = 0
        for group in metadata.rowGroups {
            let (sum, overflow) = rows.addingReportingOverflow(Int(group.rowCount))
            guard group.rowCount >= 0, group.rowCount <= Int32.max, group.chunks.count > leaves, !overflow else {
                throw DataError("has a row group that cannot be; the file is damaged", file: path)
            }
            rows = sum
        }
        guard rows == Int(metadata.rowCount) else {
            throw DataError(
                "has \(rows) rows where its footer says \(metadata.rowCount); the file is damaged", file: path)
        }
        rowCount = rows
        rowGroups = metadata.rowGroups.map { RowGroup(rowCount: Int($0.rowCount)) }
        positions = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func footer(of bytes: Buffer, path: String) throws(DataError) -> Buffer {
        let magic = Array("PAR1".utf8)
        guard bytes.count > 0 else { throw DataError("is empty", file: path) }
        guard bytes.count >= 12, bytes.bytes.starts(with: magic) else {
            if bytes.bytes.starts(with: Array("PARE".utf8)) {
                throw DataError("is encrypted; decrypt it first", file: path)
            }
            throw DataError("is not a Parquet file (it does not begin with 'PAR1')", file: path)
        }
        guard bytes.bytes.suffix(4).elementsEqual(magic) else {
            throw DataError(
                "is cut off or still being written (it does not end with 'PAR1'); copy it again", file: path)
        }
        let length = Int(bytes.base.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt32.self))
        guard length <= bytes.count - 12 else {
            throw DataError("has a footer that is cut off; copy it again", file: path)
        }
        return bytes.slice(bytes.count - 8 - length..<bytes.count - 8)
    }

    /// The position of the top-level column `name`.
    public func index(of name: String) -> Int? { positions[name] }

    /// The greatest value of a column of 64-bit integers or times in a row group; nil if the file does not say.
    public func maximum(of column: Int, rowGroup: Int) -> Int64? {
        guard columns[column].physical == .int64, !columns[column].isList,
            let bytes = metadata.rowGroups[rowGroup].chunks[columns[column].leaf].statistics?.maximum, bytes.count == 8
        else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
    }

    /// One column of one row group.
    ///
    /// A chunk of one plain, uncompressed page without nulls is not copied: the column points into the map.
    public func readColumn(_ column: Int, rowGroup: Int) throws(DataError) -> Column {
        try readColumn(column, rowGroups: rowGroup..<rowGroup + 1)
    }

    /// The rows of `rowGroups`, columns side by side on the cores.
    public func read(columns wanted: [Int], rowGroups groups: Range<Int>) throws(DataError) -> Table {
        let read = try Parallel.tryMap(wanted) { column throws(DataError) in
            try self.readColumn(column, rowGroups: groups)
        }
        return Table(
            fields: wanted.map { fields[$0] }, columns: read,
            rowCount: groups.reduce(0) { $0 + rowGroups[$1].rowCount })
    }

    /// All rows of the named columns; of all columns by default.
    public func read(columns names: [String]? = nil) throws(DataError) -> Table {
        var wanted: [Int] = []
        for name in names ?? fields.map(\.name) {
            guard let index = index(of: name) else {
                let suggestion = Spelling.nearest(to: name, in: fields.map(\.name)).map { " (did you mean '\($0)'?)" }
                throw DataError("there is no column '\(name)'\(suggestion ?? "")", file: path)
            }
            wanted.append(index)
        }
        return try read(columns: wanted, rowGroups: 0..<rowGroups.count)
    }

    private func readColumn(_ number: Int, rowGroups groups: Range<Int>) throws(DataError) -> Column {
        let column = columns[number]
        do throws(ParquetDamage) {
            if let refusal = column.refusal { throw ParquetDamage(refusal) }
            var decoder = ChunkDecoder(column, expectedRows: groups.reduce(0) { $0 + rowGroups[$1].rowCount })
            for group in groups {
                try decoder.append(
                    metadata.rowGroups[group].chunks[column.leaf], in: bytes, rows: rowGroups[group].rowCount)
            }
            return decoder.finish()
        } catch {
            throw DataError("the column \(error.reason)", file: path, column: column.name)
        }
    }
}
