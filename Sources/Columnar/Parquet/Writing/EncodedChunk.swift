/// A column chunk in bytes, ready to be written.
struct EncodedChunk: Sendable {
    /// The file's bytes, in order.
    var parts: [Buffer] = []
    /// How the pages are packed.
    var codec = Codec.none
    /// Whether it should begin at an aligned place, so that its values can be used as they lie in the file.
    var isAligned = false
    /// Where the first data page begins, behind the dictionary page if there is one.
    var dataPageOffset = 0
    /// What the pages of the chunk are made of.
    var pageEncodings: [PageEncodingCount] = []
    /// Values and nulls, list elements included.
    var valueCount = 0
    var nullCount = 0
    var uncompressedSize = 0
    var pages: [EncodedPage] = []
    var statistics: ChunkStatistics?
    var bloomFilter: BloomFilter?

    var size: Int { parts.reduce(0) { $0 + $1.count } }
    var hasDictionary: Bool { dataPageOffset > 0 }

    /// Encodings of pages and levels, each once.
    var encodings: [PageEncoding] {
        var encodings: [PageEncoding] = []
        for encoding in pageEncodings.map(\.encoding) + [.runLength] where !encodings.contains(encoding) {
            encodings.append(encoding)
        }
        return encodings
    }

    mutating func count(_ kind: PageHeader.Kind, _ encoding: PageEncoding) {
        if let i = pageEncodings.firstIndex(where: { $0.kind == kind && $0.encoding == encoding }) {
            pageEncodings[i].count += 1
        } else {
            pageEncodings.append(PageEncodingCount(kind: kind, encoding: encoding, count: 1))
        }
    }
}

/// A page's place within its chunk.
struct EncodedPage: Sendable {
    let offset: Int
    /// With its header.
    let size: Int
    let firstRow: Int
    let nullCount: Int
    /// Values that are not null, as a range of the chunk's.
    let values: Range<Int>
}

/// How many pages of a kind have an encoding (parquet.thrift, PageEncodingStats).
struct PageEncodingCount: Sendable {
    let kind: PageHeader.Kind
    let encoding: PageEncoding
    var count: Int
}
