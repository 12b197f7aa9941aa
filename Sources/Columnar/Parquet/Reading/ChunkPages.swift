/// The pages of a column chunk: where they are and what their headers say, found by hopping from header to header.
///
/// All sizes and counts are checked here, before memory is asked for: pages lie within the file, and their counts sum up to
/// what the footer promises.
struct ChunkPages {
    struct Page {
        let header: PageHeader
        /// The stored bytes, behind the header; at least `readablePadding` bytes can be read behind them.
        let body: Range<Int>
    }

    let codec: Codec
    private(set) var dictionary: Page?
    private(set) var data: [Page] = []
    /// Values, nulls and empty lists of the data pages.
    let valueCount: Int

    /// Every page is followed by the footer's length and the magic number, so decoders may read whole words at its end.
    static let readablePadding = 8

    /// All pages of a chunk.
    /// - Parameter dataEnd: where the footer begins.
    init(
        _ chunk: ParquetMetadata.ColumnChunk, of column: ParquetColumn, in file: Buffer, dataEnd: Int
    ) throws(DataError) {
        codec = try chunk.readableCodec
        if chunk.valueCount == 0 {
            // Some writers leave the offsets of an empty chunk unset.
            valueCount = 0
            return
        }
        let start = try chunk.start(of: column, dataEnd: dataEnd)
        valueCount = Int(chunk.valueCount)
        try findPages(in: UnsafeRawBufferPointer(rebasing: file.bytes[..<dataEnd]), from: start)
    }

    /// Some pages of a chunk, found by its index.
    init(codec: Codec, dictionary: Page?, data: [Page]) {
        self.codec = codec
        self.dictionary = dictionary
        self.data = data
        valueCount = data.reduce(0) { $0 + $1.header.valueCount }
    }

    /// The largest page, unpacked, in bytes.
    var largestPage: Int {
        max(dictionary?.header.uncompressedSize ?? 0, data.reduce(0) { max($0, $1.header.uncompressedSize) })
    }

    private mutating func findPages(in bytes: UnsafeRawBufferPointer, from start: Int) throws(DataError) {
        var position = start
        var remaining = valueCount
        while remaining > 0 {
            guard position < bytes.count else {
                throw DataError("has \(remaining) values less than its footer says; it is damaged, write it again")
            }
            let page = try Page(at: position, in: bytes, codec: codec)
            position = page.body.upperBound
            switch page.header.kind {
            case .data, .dataV2:
                guard page.header.valueCount <= remaining else {
                    throw DataError("has more values than its footer says; it is damaged, write it again")
                }
                remaining -= page.header.valueCount
                data.append(page)
            case .dictionary:
                guard dictionary == nil, data.isEmpty else {
                    throw DataError("has a dictionary behind its values; it is damaged, write it again")
                }
                dictionary = page
            case .index, nil: continue
            }
        }
    }
}

extension ChunkPages.Page {
    /// The page whose header begins at `position`.
    init(at position: Int, in bytes: UnsafeRawBufferPointer, codec: Codec) throws(DataError) {
        var reader = ThriftReader(bytes, at: position)
        guard let header = try? PageHeader(reading: &reader), header.compressedSize >= 0,
            header.compressedSize <= bytes.count - reader.position, header.valueCount >= 0,
            header.uncompressedSize >= 0, header.uncompressedSize <= codec.largestResult(of: header.compressedSize)
        else { throw DataError("has an unreadable page header; it is damaged, write it again") }
        self.init(header: header, body: reader.position..<reader.position + header.compressedSize)
    }
}

extension ParquetMetadata.ColumnChunk {
    /// Where the first page begins.
    /// - Throws: if the chunk does not lie before `dataEnd`, or holds another type than its column.
    func start(of column: ParquetColumn, dataEnd: Int) throws(DataError) -> Int {
        let start = min(dictionaryPageOffset.flatMap { $0 > 0 ? $0 : nil } ?? .max, dataPageOffset)
        guard start >= 4, compressedSize >= 0, start <= dataEnd, compressedSize <= Int64(dataEnd) - start,
            valueCount > 0, valueCount <= Int32.max, type == column.physical
        else { throw DataError("has a chunk that is not within the file; it is damaged, write it again") }
        return Int(start)
    }

    /// - Throws: if the chunk cannot be read as it is stored.
    var readableCodec: Codec {
        get throws(DataError) {
            guard !isEncrypted else { throw DataError("is encrypted; decrypt the file first") }
            guard !isInAnotherFile else { throw DataError("is kept in another file; write it into one file") }
            switch codec {
            case 0: return .none
            case 1: return .snappy
            case 2: return .gzip
            case 5: return .hadoopLZ4
            case 6: return .zstd(level: 1)
            case 7: return .lz4
            default:
                let names: [Int32: String] = [3: "LZO", 4: "Brotli"]
                let name = names[codec] ?? "codec \(codec)"
                throw DataError("is compressed with \(name), which cannot be read; write the file with zstd or snappy")
            }
        }
    }
}

extension Codec {
    /// The most bytes that can come of `compressedSize`: what claims more is damaged.
    fileprivate func largestResult(of compressedSize: Int) -> Int {
        switch self {
        case .none: compressedSize
        // A copy of 64 bytes takes 3.
        case .snappy: compressedSize * 22 + 8
        // 258 bytes take 2 bits.
        case .gzip: compressedSize * 1032 + 8
        // A byte adds 255 to a length.
        case .lz4, .hadoopLZ4: compressedSize * 255 + 8
        // A block of 128 KiB takes 4 bytes.
        case .zstd: compressedSize * 32_768 + 8
        }
    }
}
