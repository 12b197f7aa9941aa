/// Encodes one column of a row group as a chunk: a dictionary page if it pays, then data pages.
struct ChunkEncoder {
    private let column: Column
    private let encoding: ParquetWriterOptions.Encoding
    private let options: ParquetWriterOptions
    private let hasBloomFilter: Bool

    private static let longestPage = Int(Int32.max)
    /// Values that are read in place are aligned to this.
    private static let alignment = 64

    init(_ column: Column, named name: String, options: ParquetWriterOptions) {
        self.column = column
        self.options = options
        encoding = options.encodings[name] ?? .automatic
        hasBloomFilter = options.bloomFilters.contains(name)
    }

    func encode() throws(DataError) -> EncodedChunk {
        var chunk = EncodedChunk()
        let levels = LevelEncoder(column)
        let dictionary = makeDictionary(levels.values)
        let valueEncoder = ValueEncoder(
            levels.values, dictionary, encoding, isCompressed: options.compression != .none)
        chunk.codec = valueEncoder.isWorthPacking(with: options.compression) ? options.compression : .none
        if let dictionary {
            let distinct = PlainEncoder.encode(dictionary.distinct)
            try append(to: &chunk, .dictionary, values: distinct, count: dictionary.distinct.count, encoding: .plain)
            chunk.dataPageOffset = chunk.size
        }
        chunk.isAligned = chunk.codec == .none && valueEncoder.encoding == .plain && column.type.byteWidth != nil
        let isInPlace = options.isReadInPlace && chunk.isAligned && levels.values.count == column.count
        var position = chunk.size
        var firstValue = 0
        for rows in PagePlan(column, isOnePage: isInPlace, options: options).pages {
            let page = levels.page(rows)
            let taken = firstValue..<firstValue + page.valueCount
            let bytes = try append(
                to: &chunk, .data, page, values: valueEncoder.encode(taken), count: page.count,
                encoding: valueEncoder.encoding,
                alignedFrom: chunk.isAligned && page.count == page.valueCount ? position : nil)
            chunk.pages.append(
                EncodedPage(
                    offset: position, size: bytes, firstRow: rows.lowerBound, nullCount: page.count - page.valueCount,
                    values: taken))
            position += bytes
            firstValue = taken.upperBound
            chunk.valueCount += page.count
        }
        chunk.nullCount = chunk.valueCount - levels.values.count
        if !column.type.isList {
            chunk.statistics = ChunkStatistics(levels.values, pages: chunk.pages.map(\.values), dictionary)
        }
        if hasBloomFilter { chunk.bloomFilter = BloomFilter(dictionary?.distinct ?? levels.values) }
        return chunk
    }

    private func makeDictionary(_ values: Column) -> DictionaryBuilder? {
        switch encoding {
        case .automatic: DictionaryBuilder(values, isForced: false)
        case .dictionary: DictionaryBuilder(values, isForced: true)
        case .plain, .byteStreamSplit, .deltaBinaryPacked: nil
        }
    }

    /// Appends a page and returns its size in the file.
    /// - Parameter alignedFrom: where the page begins in the chunk, if its values are to be aligned.
    @discardableResult
    private func append(
        to chunk: inout EncodedChunk, _ kind: PageHeader.Kind, _ levels: LevelEncoder.Page? = nil, values: Buffer,
        count: Int, encoding: PageEncoding, alignedFrom start: Int? = nil
    ) throws(DataError) -> Int {
        if let levels, let start { align(levels, values, count: count, encoding, at: start) }
        let levels = levels?.bytes.freeze() ?? .empty
        let size = levels.count + values.count
        let packed = Self.pack(levels, values, with: chunk.codec)
        let packedSize = packed.reduce(0) { $0 + $1.count }
        guard size <= Self.longestPage, packedSize <= Self.longestPage else {
            throw DataError(
                "has values of \(size >> 20) MiB in one page, more than Parquet allows; write shorter values")
        }
        let header = PageHeader.bytes(
            kind, uncompressed: size, compressed: packedSize, count: count, encoding: encoding)
        chunk.parts.append(header)
        chunk.parts += packed
        chunk.uncompressedSize += header.count + size
        chunk.count(kind, encoding)
        return header.count + packedSize
    }

    /// Pads the levels so that the values behind them begin at a multiple of `alignment`.
    private func align(
        _ levels: LevelEncoder.Page, _ values: Buffer, count: Int, _ encoding: PageEncoding, at start: Int
    ) {
        // The header says the page's size, and can grow by a byte with it.
        for padding in 0...Self.alignment * 2 {
            let size = levels.bytes.count + padding + values.count
            let header = PageHeader.bytes(.data, uncompressed: size, compressed: size, count: count, encoding: encoding)
            if (start + header.count + levels.bytes.count + padding) % Self.alignment == 0 {
                return levels.pad(by: padding)
            }
        }
    }

    /// A page's bytes as they go to the file.
    private static func pack(_ levels: Buffer, _ values: Buffer, with codec: Codec) -> [Buffer] {
        if codec == .none { return [levels, values] }
        var whole = values
        if levels.count > 0 {
            let joined = MutableBuffer(capacity: levels.count + values.count)
            joined.append(contentsOf: levels.bytes)
            joined.append(contentsOf: values.bytes)
            whole = joined.freeze()
        }
        let target = MutableBuffer()
        codec.compress(whole.bytes, to: target)
        return [target.freeze()]
    }
}

extension PageHeader {
    /// The header of a page that is written.
    fileprivate static func bytes(
        _ kind: Kind, uncompressed: Int, compressed: Int, count: Int, encoding: PageEncoding
    ) -> Buffer {
        var writer = ThriftWriter()
        writer.structure { page in
            page.field(1, kind.rawValue)
            page.field(2, Int32(truncatingIfNeeded: uncompressed))
            page.field(3, Int32(truncatingIfNeeded: compressed))
            if kind == .data {
                page.field(5) { data in
                    data.field(1, Int32(count))
                    data.field(2, encoding.rawValue)
                    data.field(3, PageEncoding.runLength.rawValue)
                    data.field(4, PageEncoding.runLength.rawValue)
                }
            } else {
                page.field(7) { dictionary in
                    dictionary.field(1, Int32(count))
                    dictionary.field(2, encoding.rawValue)
                }
            }
        }
        return writer.buffer.freeze()
    }
}

extension DataType {
    var isList: Bool {
        switch self {
        case .list, .fixedSizeList: true
        default: false
        }
    }
}
