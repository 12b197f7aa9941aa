/// Where a chunk's pages are, so that one is found without looking at the others (parquet.thrift, OffsetIndex).
struct OffsetIndex: Sendable {
    struct Location: Sendable {
        var offset: Int64 = 0
        /// Bytes of the page with its header.
        var size: Int32 = 0
        /// The page's first row within the row group.
        var firstRow: Int64 = 0
    }

    private(set) var locations: [Location] = []

    /// - Throws: if the bytes are no index, or pages of a row group of `rowCount` rows cannot lie as it says.
    init(reading reader: inout ThriftReader, rowCount: Int) throws(ThriftReader.Failure) {
        var locations: [Location] = []
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            guard id == 1, kind == .list else { return false }
            try reader.list(ofAtLeast: 4) { (r) throws(ThriftReader.Failure) in
                locations.append(try Location(reading: &r))
            }
            return true
        }
        var previous: Int64 = 0
        for location in locations {
            guard location.firstRow >= previous, location.firstRow <= rowCount, location.offset >= 4, location.size >= 0
            else { throw ThriftReader.Failure() }
            previous = location.firstRow
        }
        guard locations.first.map({ $0.firstRow == 0 }) ?? (rowCount == 0) else { throw ThriftReader.Failure() }
        self.locations = locations
    }
}

extension OffsetIndex.Location {
    fileprivate init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var location = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int64): location.offset = try reader.integer()
            case (2, .int32): location.size = try reader.int32()
            case (3, .int64): location.firstRow = try reader.integer()
            default: return false
            }
            return true
        }
        self = location
    }
}

/// Bounds of each page's values (parquet.thrift, ColumnIndex).
struct ColumnIndex: Sendable {
    /// Whether a page holds nothing but nulls; its bounds mean nothing then.
    private(set) var isNullPage: [Bool] = []
    private(set) var minima: [[UInt8]] = []
    private(set) var maxima: [[UInt8]] = []
    /// Nil where the writer did not say them.
    private(set) var nullCounts: [Int64]?

    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var index = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in index.isNullPage.append(try r.boolean()) }
            case (2, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in index.minima.append(Array(try r.binary())) }
            case (3, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in index.maxima.append(Array(try r.binary())) }
            case (5, .list):
                var counts: [Int64] = []
                try reader.list { (r) throws(ThriftReader.Failure) in counts.append(try r.integer()) }
                index.nullCounts = counts
            default: return false
            }
            return true
        }
        let count = index.isNullPage.count
        guard index.minima.count == count, index.maxima.count == count,
            index.nullCounts.map({ $0.count == count }) ?? true
        else { throw ThriftReader.Failure() }
        self = index
    }

    private init() {}
}
