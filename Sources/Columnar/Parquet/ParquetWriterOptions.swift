/// How a file is laid out.
public struct ParquetWriterOptions: Sendable {
    /// How a column's values are encoded.
    public enum Encoding: Hashable, Sendable {
        /// A dictionary where values repeat so much that it pays, else plain.
        case automatic
        case plain
        /// A dictionary whatever the values.
        case dictionary
    }

    public var compression = Codec.zstd(level: 1)
    /// Rows of a row group, which is also a page: 128 Ki rows are a megabyte of 8-byte values, which every reader
    /// handles well, and enough groups for readers that split work by them.
    public var rowGroupRows = 131_072
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
}
