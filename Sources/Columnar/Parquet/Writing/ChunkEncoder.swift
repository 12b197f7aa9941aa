/// A column chunk in bytes, ready to be written.
struct EncodedChunk: Sendable {
    /// The file's bytes, in order.
    var parts: [Buffer] = []
    /// Where the values of the one page begin if readers may use them in place; nil for other chunks.
    var valuesOffset: Int?
    /// Where the first data page begins, behind the dictionary page if there is one.
    var dataPageOffset = 0
    var hasDictionary = false
    /// Encodings of pages and levels.
    var encodings: [PageEncoding] = []
    /// Values and nulls, list elements included.
    var valueCount = 0
    var nullCount = 0
    var uncompressedSize = 0
    var statistics: ChunkStatistics?

    var size: Int { parts.reduce(0) { $0 + $1.count } }
}

/// Encodes one column of a row group as a chunk: a dictionary page if it pays, then data pages.
struct ChunkEncoder {
    private let column: Column
    private let encoding: ParquetWriterOptions.Encoding
    private let codec: Codec
    private let pageRows: Int

    /// Pages are made smaller where their values come near the 2 GiB that the format allows.
    private static let maximumPageBytes = 256 << 20
    private static let longestPage = Int(Int32.max)

    /// - Parameter pageRows: rows of a page; nil for all.
    init(_ column: Column, encoding: ParquetWriterOptions.Encoding, codec: Codec, pageRows: Int?) {
        self.column = column
        self.encoding = encoding
        self.codec = codec
        self.pageRows = max(1, min(pageRows ?? .max, column.count, Self.rowsWithinLimit(column)))
    }

    private static func rowsWithinLimit(_ column: Column) -> Int {
        let bytes = column.payloadSize
        return bytes <= maximumPageBytes ? column.count : max(1, column.count / (bytes / maximumPageBytes + 1))
    }

    func encode() throws(DataError) -> EncodedChunk {
        var chunk = EncodedChunk()
        let whole = LevelEncoder(column)
        let dictionary = makeDictionary(whole.values)
        if let dictionary {
            try append(
                to: &chunk, .dictionary, PlainEncoder.encode(dictionary.distinct), count: dictionary.distinct.count)
            chunk.hasDictionary = true
        }
        chunk.dataPageOffset = chunk.size
        var firstValue = 0
        for start in stride(from: 0, to: column.count, by: pageRows) {
            let rows = start..<min(start + pageRows, column.count)
            let levels = rows.count == column.count ? whole : LevelEncoder(column.slice(rows))
            let (values, encoding) = encode(levels.values, firstValue, dictionary)
            try append(to: &chunk, .data, values, levels: levels.bytes, count: levels.count, encoding: encoding)
            firstValue += levels.values.count
            chunk.valueCount += levels.count
            if codec == .none && encoding == .plain && rows.count == column.count {
                chunk.valuesOffset = chunk.size - values.count
            }
        }
        chunk.nullCount = chunk.valueCount - whole.values.count
        chunk.encodings.append(.runLength)
        if !column.type.isList { chunk.statistics = ChunkStatistics(dictionary?.distinct ?? whole.values) }
        return chunk
    }

    private func makeDictionary(_ values: Column) -> DictionaryBuilder? {
        switch encoding {
        case .automatic: DictionaryBuilder(values, isForced: false)
        case .dictionary: DictionaryBuilder(values, isForced: true)
        case .plain, .byteStreamSplit, .deltaBinaryPacked: nil
        }
    }

    /// The bytes of a page's values, which are `values` and begin with the chunk's value `first`.
    private func encode(
        _ values: Column, _ first: Int, _ dictionary: DictionaryBuilder?
    ) -> (bytes: Buffer, encoding: PageEncoding) {
        if let dictionary { return (dictionary.indexBytes(first..<first + values.count), .dictionary) }
        switch encoding {
        case .byteStreamSplit where values.type.physicalWidth != nil:
            return (
                ByteStreamSplitEncoder.encode(PlainEncoder.encode(values), width: values.type.physicalWidth ?? 1),
                .byteStreamSplit
            )
        case .deltaBinaryPacked where SchemaNode.physicalType(of: values.type) == .int32:
            let plain = PlainEncoder.encode(values)
            return (
                withExtendedLifetime(plain) { DeltaBinaryPackedEncoder.encode(plain.elements(as: Int32.self)) },
                .deltaBinaryPacked
            )
        case .deltaBinaryPacked where SchemaNode.physicalType(of: values.type) == .int64:
            let plain = PlainEncoder.encode(values)
            return (
                withExtendedLifetime(plain) { DeltaBinaryPackedEncoder.encode(plain.elements(as: Int64.self)) },
                .deltaBinaryPacked
            )
        default: return (PlainEncoder.encode(values), .plain)
        }
    }

    private func append(
        to chunk: inout EncodedChunk, _ kind: PageHeader.Kind, _ values: Buffer, levels: Buffer = .empty, count: Int,
        encoding: PageEncoding = .plain
    ) throws(DataError) {
        let size = levels.count + values.count
        let packed = pack(levels, values)
        let packedSize = packed.reduce(0) { $0 + $1.count }
        guard size <= Self.longestPage, packedSize <= Self.longestPage else {
            throw DataError(
                "has values of \(size >> 20) MiB in one page, more than Parquet allows; write shorter values")
        }
        let header = Self.header(kind, uncompressed: size, compressed: packedSize, count: count, encoding: encoding)
        chunk.parts.append(header)
        chunk.parts += packed
        chunk.uncompressedSize += header.count + size
        if !chunk.encodings.contains(encoding) { chunk.encodings.append(encoding) }
    }

    /// A page's bytes as they go to the file.
    private func pack(_ levels: Buffer, _ values: Buffer) -> [Buffer] {
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

    private static func header(
        _ kind: PageHeader.Kind, uncompressed: Int, compressed: Int, count: Int, encoding: PageEncoding
    ) -> Buffer {
        var writer = ThriftWriter()
        writer.structure { page in
            page.field(1, kind.rawValue)
            page.field(2, Int32(uncompressed))
            page.field(3, Int32(compressed))
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

extension Column {
    /// Bytes of the values, those of lists included.
    fileprivate var payloadSize: Int {
        switch type {
        case .string, .binary: Int(offsetElements[count] - offsetElements[0]) + 4 * count
        case .list, .fixedSizeList: child?.payloadSize ?? 0
        case .bool: (count + 7) / 8
        default: count * max(4, type.byteWidth ?? 4)
        }
    }
}

extension DataType {
    fileprivate var isList: Bool {
        switch self {
        case .list, .fixedSizeList: true
        default: false
        }
    }

    /// Bytes of a value as it is stored; nil where they vary.
    fileprivate var physicalWidth: Int? {
        self == .float16 ? 2 : SchemaNode.physicalType(of: self).byteWidth
    }
}
