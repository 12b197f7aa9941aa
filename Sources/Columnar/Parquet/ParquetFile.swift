/// A Parquet file, mapped into memory: its schema and statistics, and its columns read on demand.
///
/// Any number of threads may read at once. The file must not change while it is open.
///
///     let file = try ParquetFile(path: "trips.parquet")
///     let table = try file.read(columns: ["driver_id", "fare"])
public final class ParquetFile: Sendable {
    public let path: String
    /// The columns that can be read, in the file's order.
    public let fields: [Field]
    /// The other columns: maps, structures, decimals. They do no harm until they are asked for.
    public let unreadableColumns: [UnreadableColumn]
    public let rowCount: Int
    public let rowGroups: [RowGroup]
    public let keyValueMetadata: [String: String]
    /// The program that wrote the file, as it named itself.
    public let createdBy: String?

    /// Consecutive rows that are stored together.
    public struct RowGroup: Sendable {
        public let rowCount: Int
    }

    /// What the footer says of one column's rows within a row group.
    public struct ColumnChunk: Sendable {
        public let compressedBytes: Int
        public let uncompressedBytes: Int
        /// Nil where the writer did not say it.
        public let nullCount: Int?
        /// Bounds of the values that are neither null nor NaN, in the column's own type (ticks for times that are not in
        /// microseconds); nil where the writer did not say them, or not in an order that can be relied on.
        public let minimum: Value?
        public let maximum: Value?
    }

    /// Nil for a file whose bytes are in memory.
    private var map: MappedFile? { bytes.owner as? MappedFile }
    let bytes: Buffer
    /// Where the footer begins.
    let dataEnd: Int
    let columns: [ParquetColumn]
    /// Of all row groups, as the footer tells them: a leaf of the schema each.
    private let chunks: [ParquetMetadata.ColumnChunk]
    private let leafCount: Int
    private let positions: [String: Int]

    /// Maps the file and reads its footer.
    /// - Throws: `DataError` if the file is missing, is no Parquet file, is cut off, or is encrypted.
    public convenience init(path: String) throws(DataError) {
        try self.init(bytes: try MappedFile(path: path).buffer, path: path)
    }

    /// A file whose bytes are in memory; `path` is what errors call it.
    init(bytes: Buffer, path: String) throws(DataError) {
        self.path = path
        self.bytes = bytes
        let footer = try Self.footer(of: bytes, path: path)
        dataEnd = footer.lowerBound
        let damaged = DataError("has an unreadable footer; the file is damaged, write it again", file: path)
        var reader = ThriftReader(UnsafeRawBufferPointer(rebasing: bytes.bytes[footer]))
        guard let metadata = try? ParquetMetadata(reading: &reader), let schema = try? ParquetSchema(metadata.schema)
        else { throw damaged }
        var rows = 0
        for count in metadata.rowCounts {
            let (sum, overflows) = rows.addingReportingOverflow(Int(count))
            guard !overflows, (0...Int64(Int32.max)).contains(count) else { throw damaged }
            rows = sum
        }
        guard metadata.chunks.count == metadata.rowCounts.count * schema.leafCount else { throw damaged }
        // An early writer in Rust left the sum out.
        guard rows == metadata.rowCount || metadata.rowCount == 0 else { throw damaged }
        columns = schema.columns
        fields = schema.columns.map(\.field)
        positions = Dictionary(zip(fields.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        unreadableColumns = schema.unreadable
        rowCount = rows
        keyValueMetadata = metadata.keyValues
        createdBy = metadata.createdBy
        chunks = metadata.chunks
        leafCount = schema.leafCount
        rowGroups = metadata.rowCounts.map { RowGroup(rowCount: Int($0)) }
    }

    /// Complexity: O(1).
    func chunk(of column: Int, rowGroup: Int) -> ParquetMetadata.ColumnChunk {
        chunks[rowGroup * leafCount + columns[column].leaf]
    }

    /// What the footer says of a chunk's values.
    func statistics(of chunk: ParquetMetadata.ColumnChunk) -> ParquetMetadata.Statistics? {
        chunk.statistics?.values(in: UnsafeRawBufferPointer(rebasing: bytes.bytes[dataEnd...]))
    }

    /// What the footer says of a column's rows within a row group.
    public func columnChunk(of column: Int, rowGroup: Int) -> ColumnChunk {
        let chunk = chunk(of: column, rowGroup: rowGroup)
        return ColumnChunk(chunk, statistics(of: chunk), of: columns[column])
    }

    /// The footer's bytes (parquet.thrift's file layout: magic, data, footer, its length in 4 bytes, magic).
    private static func footer(of bytes: Buffer, path: String) throws(DataError) -> Range<Int> {
        let magic: [UInt8] = Array("PAR1".utf8)
        guard bytes.count > 0 else { throw DataError("is empty, not a Parquet file", file: path) }
        guard bytes.count >= 12, bytes.bytes.prefix(4).elementsEqual(magic) else {
            let isEncrypted = bytes.bytes.prefix(4).elementsEqual("PARE".utf8)
            throw DataError(
                isEncrypted
                    ? "has an encrypted footer; decrypt the file first"
                    : "is not a Parquet file (it does not begin with 'PAR1')", file: path)
        }
        guard bytes.bytes.suffix(4).elementsEqual(magic) else {
            throw DataError(
                "is not a whole Parquet file (it does not end with 'PAR1'); it was cut off, write or copy it again",
                file: path)
        }
        let length = Int(bytes.base.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt32.self))
        guard length <= bytes.count - 12 else {
            throw DataError("has an unreadable footer; the file is damaged, write it again", file: path)
        }
        return bytes.count - 8 - length..<bytes.count - 8
    }

    /// Tells the system that chunks will not be read again soon, so that their bytes no longer count as this process's memory.
    /// They can be read all the same, and columns that lie in them stay good.
    ///
    /// Chunks that lie behind each other are released at once, which costs less than one by one.
    public func release(_ column: Int, rowGroups: Range<Int>) {
        var pending: Range<Int>?
        for rowGroup in rowGroups {
            guard let place = place(of: chunk(of: column, rowGroup: rowGroup)) else { continue }
            if let before = pending, before.upperBound <= place.lowerBound,
                place.lowerBound - before.upperBound <= Self.chunkGap
            {
                pending = before.lowerBound..<place.upperBound
            } else {
                if let pending { map?.release(pending) }
                pending = place
            }
        }
        if let pending { map?.release(pending) }
    }

    /// Bytes between chunks that count as lying behind each other.
    private static let chunkGap = 4096

    /// Where a chunk lies; nil if what the footer says of it cannot be.
    private func place(of chunk: ParquetMetadata.ColumnChunk) -> Range<Int>? {
        let start = min(chunk.dictionaryPageOffset.flatMap { $0 > 0 ? $0 : nil } ?? .max, chunk.dataPageOffset)
        guard let first = Int(exactly: start), let size = Int(exactly: chunk.compressedSize), first >= 0, size > 0,
            first < bytes.count
        else { return nil }
        return first..<first + min(size, bytes.count - first)
    }

    /// The position of the column named `name` among `fields`; the first one's, if there are more.
    public func index(of name: String) -> Int? { positions[name] }
}
