import Foundation

/// A column chunk in bytes, ready to be written.
struct EncodedChunk: Sendable {
    /// The file's bytes, in order.
    let parts: [Buffer]
    /// Where the values of an uncompressed plain page begin; nil for other chunks.
    let valuesOffset: Int?
    /// Where the data page begins, behind the dictionary page if there is one.
    let dataPageOffset: Int
    let hasDictionary: Bool
    /// Values and nulls, list elements included.
    let valueCount: Int
    let uncompressedSize: Int
    let statistics: ChunkStatistics?
    let nullCount: Int

    var size: Int { parts.reduce(0) { $0 + $1.count } }
}

/// Encodes one column of a row group as a chunk: a dictionary page if it pays, and one data page.
struct ChunkEncoder {
    private let column: Column
    private let encoding: ParquetWriterOptions.Encoding
    private let codec: Codec

    init(_ column: Column, encoding: ParquetWriterOptions.Encoding, codec: Codec) {
        self.column = column
        self.encoding = encoding
        self.codec = codec
    }

    func encode() -> EncodedChunk {
        let levels = LevelEncoder(column)
        let values = levels.values
        let dictionary = encoding == .plain ? nil : DictionaryBuilder(values, isForced: encoding == .dictionary)
        let body = dictionary.map { [$0.indexBytes()] } ?? PlainEncoder.encode(values)
        let levelBytes = levels.bytes.freeze()
        var parts: [Buffer] = []
        var uncompressedSize = 0
        if let dictionary {
            let page = PlainEncoder.encode(dictionary.distinct)
            let (packed, size) = pack(page)
            let header = Self.header(
                .dictionary, uncompressed: size, compressed: packed, count: dictionary.distinct.count)
            parts += [header] + packed
            uncompressedSize += header.count + size
        }
        let dataPageOffset = parts.reduce(0) { $0 + $1.count }
        let (packed, size) = pack((levelBytes.count > 0 ? [levelBytes] : []) + body)
        let header = Self.header(
            .data, uncompressed: size, compressed: packed, count: levels.count, isDictionary: dictionary != nil)
        parts += [header] + packed
        uncompressedSize += header.count + size
        let isInPlace = codec == .none && dictionary == nil
        return EncodedChunk(
            parts: parts, valuesOffset: isInPlace ? dataPageOffset + header.count + levelBytes.count : nil,
            dataPageOffset: dataPageOffset, hasDictionary: dictionary != nil, valueCount: levels.count,
            uncompressedSize: uncompressedSize,
            statistics: levels.isList ? nil : ChunkStatistics(dictionary?.distinct ?? values),
            nullCount: levels.count - values.count)
    }

    /// The page's bytes as they go to the file, and their length before compression.
    private func pack(_ parts: [Buffer]) -> ([Buffer], Int) {
        let size = parts.reduce(0) { $0 + $1.count }
        if codec == .none { return (parts, size) }
        let whole: Buffer
        if parts.count == 1 {
            whole = parts[0]
        } else {
            let joined = MutableBuffer(capacity: size)
            for part in parts { joined.append(contentsOf: part.bytes) }
            whole = joined.freeze()
        }
        let target = MutableBuffer()
        codec.compress(whole.bytes, to: target)
        return ([target.freeze()], size)
    }

    /// A page header (parquet.thrift, PageHeader).
    private static func header(
        _ kind: PageHeader.Kind, uncompressed: Int, compressed: [Buffer], count: Int, isDictionary: Bool = false
    ) -> Buffer {
        var writer = ThriftWriter()
        writer.structure { page in
            page.field(1, kind.rawValue)
            page.field(2, Int32(uncompressed))
            page.field(3, Int32(compressed.reduce(0) { $0 + $1.count }))
            if kind == .data {
                page.field(5) { data in
                    data.field(1, Int32(count))
                    data.field(2, isDictionary ? 8 : Int32(0))
                    data.field(3, Int32(3))
                    data.field(4, Int32(3))
                }
            } else {
                page.field(7) { dictionary in
                    dictionary.field(1, Int32(count))
                    dictionary.field(2, Int32(0))
                }
            }
        }
        return writer.buffer.freeze()
    }
}
