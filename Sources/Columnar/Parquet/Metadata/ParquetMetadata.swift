/// A file's footer, as far as it is used (parquet.thrift, FileMetaData).
struct ParquetMetadata: Sendable {
    var schema: [SchemaElement] = []
    var rowCount: Int64 = 0
    /// The rows of each row group.
    var rowCounts: [Int64] = []
    /// All chunks, those of a row group behind each other.
    var chunks: [ColumnChunk] = []
    var keyValues: [String: String] = [:]
    var createdBy: String?

    struct SchemaElement: Sendable {
        var name = ""
        /// Whether it has values itself, instead of children; `type` is nil if it is of a kind of the future.
        var isLeaf = false
        var type: PhysicalType?
        var typeLength: Int32 = 0
        var repetition = Repetition.required
        var childCount: Int32 = 0
        var logical: LogicalType?
    }

    /// A chunk as the footer tells it. There may be tens of thousands, of which few are touched, so it refers to what takes
    /// memory of its own.
    struct ColumnChunk: Sendable {
        var type: PhysicalType = .int32
        var codec: Int32 = 0
        var valueCount: Int64 = 0
        var compressedSize: Int64 = 0
        var uncompressedSize: Int64 = 0
        var dataPageOffset: Int64 = 0
        var dictionaryPageOffset: Int64?
        var statistics: StatisticsPlace?
        /// Where the page index and the Bloom filter are.
        var offsetIndex: Section?
        var columnIndex: Section?
        var bloomFilter: Section?
        var isInAnotherFile = false
        var isEncrypted = false
    }

    /// Bytes elsewhere in the file; the length is nil where the writer did not say it.
    struct Section: Sendable {
        var offset: Int64
        var length: Int32?
    }

    /// Statistics whose bounds lie in the footer.
    struct StatisticsPlace: Sendable {
        var nullCount: Int64?
        var minimum: Range<Int32>?
        var maximum: Range<Int32>?
        var legacyMinimum: Range<Int32>?
        var legacyMaximum: Range<Int32>?
    }

    struct Statistics: Sendable {
        var nullCount: Int64?
        /// In the order that the column's type defines.
        var minimum: [UInt8]?
        var maximum: [UInt8]?
        /// Of writers before 2017, in the order of signed numbers or signed bytes.
        var legacyMinimum: [UInt8]?
        var legacyMaximum: [UInt8]?
    }
}
