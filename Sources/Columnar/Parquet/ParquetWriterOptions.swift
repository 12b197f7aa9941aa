/// How a file is laid out.
public struct ParquetWriterOptions: Sendable {
    /// How a column's values are encoded.
    public enum Encoding: Hashable, Sendable {
        /// A dictionary where values repeat so much that it pays, else differences where a codec is used and they pay,
        /// else plain.
        case automatic
        case plain
        /// A dictionary whatever the values.
        case dictionary
        /// For numbers of fixed width: bytes of equal rank together, which a codec packs better. Plain for other types.
        case byteStreamSplit
        /// For integers and times: differences of neighbours in as few bits as they need. Plain for other types.
        case deltaBinaryPacked
    }

    /// How pages are packed. A chunk that would not become a tenth smaller is stored as it is: to unpack it would cost every
    /// reader time for nothing.
    public var compression = Codec.zstd(level: 1)
    /// Rows of a row group: 128 Ki rows are a megabyte of 8-byte values, which stays in a core's cache while it is decoded,
    /// is large enough for the page to be read in place, and gives readers that split work by row groups enough of them.
    public var rowGroupRows = 131_072
    /// Bytes of a row group's widest column from which on it is closed early, so that long texts and wide vectors stay
    /// far from the 2 GiB that a page can hold. A single row may be larger.
    public var rowGroupColumnBytes = 128 << 20
    /// Rows of a page, and its bytes before they are packed, whichever are fewer; a single row may be larger. Readers that
    /// want few rows read whole pages.
    public var pageRows = 16_384
    public var pageBytes = 1 << 20
    /// For files that we read from their map: a chunk of values of fixed width without nulls, plain and unpacked, is one
    /// page, so that all of it is used as it lies in the file and any row is found without reading a page.
    public var isReadInPlace = false
    /// Columns whose chunks get a Bloom filter, for readers that look for values by equality. Booleans, floats and lists
    /// have none.
    public var bloomFilters: Set<String> = []
    /// Encodings by column; `automatic` for those not named.
    public var encodings: [String: Encoding] = [:]
    /// Columns by which the rows are sorted, ascending, for readers that can use it.
    public var sortingColumns: [String] = []
    public var keyValueMetadata: [String: String] = [:]
    /// Whether `close()` waits until the file is on disk.
    public var isDurable = false

    public init() {}
}

/// What was written.
public struct ParquetSummary: Hashable, Sendable {
    public let rows: Int
    /// The file's size.
    public let bytes: Int
    /// Of the file's content.
    public let checksum: Checksum
}
