/// Writes the page index: where each page is, and bounds of its values (parquet.thrift, OffsetIndex and ColumnIndex).
enum PageIndexEncoder {
    /// - Parameter offset: where the chunk is in the file.
    static func offsetIndex(of chunk: EncodedChunk, at offset: Int) -> Buffer {
        var writer = ThriftWriter()
        writer.structure { index in
            index.field(1, structures: chunk.pages.count) { location, i in
                location.field(1, Int64(offset + chunk.pages[i].offset))
                location.field(2, Int32(truncatingIfNeeded: chunk.pages[i].size))
                location.field(3, Int64(chunk.pages[i].firstRow))
            }
        }
        return writer.buffer.freeze()
    }

    /// Nil unless every page that has values has bounds.
    static func columnIndex(of chunk: EncodedChunk) -> Buffer? {
        guard let statistics = chunk.statistics, !chunk.pages.isEmpty,
            zip(chunk.pages, statistics.pages).allSatisfy({ $0.values.isEmpty || $1 != nil })
        else { return nil }
        var writer = ThriftWriter()
        writer.structure { index in
            index.field(1, booleans: chunk.pages.map(\.values.isEmpty))
            index.field(2, byteArrays: statistics.pages.map { $0?.minimum ?? [] })
            index.field(3, byteArrays: statistics.pages.map { $0?.maximum ?? [] })
            index.field(4, statistics.order.rawValue)
            index.field(5, integers: chunk.pages.map { Int64($0.nullCount) })
        }
        return writer.buffer.freeze()
    }
}
