/// What the footer says of a chunk.
struct WrittenChunk: Sendable {
    /// The chunk without its bytes.
    let chunk: EncodedChunk
    /// Its size and its place in the file.
    let size: Int
    let offset: Int
    var offsetIndex: ParquetMetadata.Section?
    var columnIndex: ParquetMetadata.Section?
    var bloomFilter: ParquetMetadata.Section?

    init(_ encoded: EncodedChunk, at offset: Int) {
        size = encoded.size
        self.offset = offset
        var chunk = encoded
        chunk.parts = []
        self.chunk = chunk
    }
}

/// The end of a file: schema, row groups, metadata (parquet.thrift, FileMetaData).
struct ParquetFooter {
    let fields: [Field]
    let groups: [ParquetWriter.WrittenRowGroup]
    let rowCount: Int
    let options: ParquetWriterOptions

    /// The metadata, its length and the magic bytes.
    func bytes() -> Buffer {
        var writer = ThriftWriter()
        writer.structure { file in
            file.field(1, Int32(2))
            writeSchema(&file)
            file.field(3, Int64(rowCount))
            file.field(4, structures: groups.count) { write(groups[$1], $1, &$0) }
            let metadata = options.keyValueMetadata.sorted { $0.key < $1.key }
            if !metadata.isEmpty {
                file.field(5, structures: metadata.count) { pair, i in
                    pair.field(1, metadata[i].key)
                    pair.field(2, metadata[i].value)
                }
            }
            file.field(6, "fstore")
            // Column orders: without them readers must not trust min and max.
            file.field(7, structures: fields.count) { order, _ in order.field(1) { _ in } }
        }
        let length = UInt32(writer.buffer.count)
        writer.buffer.append(length)
        for byte in "PAR1".utf8 { writer.buffer.append(byte) }
        return writer.buffer.freeze()
    }

    private func writeSchema(_ file: inout ThriftWriter) {
        var elements: [SchemaNode] = [SchemaNode(name: "schema", childCount: fields.count)]
        for field in fields { elements += SchemaNode.nodes(of: field) }
        file.field(2, structures: elements.count) { elements[$1].write(&$0) }
    }

    private func write(_ group: ParquetWriter.WrittenRowGroup, _ ordinal: Int, _ writer: inout ThriftWriter) {
        writer.field(1, structures: group.chunks.count) { write(group.chunks[$1], fields[$1], &$0) }
        writer.field(2, Int64(group.chunks.reduce(0) { $0 + $1.chunk.uncompressedSize }))
        writer.field(3, Int64(group.rowCount))
        let sorting = options.sortingColumns.compactMap { name in fields.firstIndex { $0.name == name } }
        if !sorting.isEmpty {
            writer.field(4, structures: sorting.count) { column, i in
                column.field(1, Int32(sorting[i]))
                column.field(2, false)
                column.field(3, false)
            }
        }
        writer.field(5, Int64(group.chunks.first?.offset ?? 4))
        writer.field(6, Int64(group.chunks.reduce(0) { $0 + $1.size }))
    }

    private func write(_ written: WrittenChunk, _ field: Field, _ writer: inout ThriftWriter) {
        let chunk = written.chunk
        writer.field(2, Int64(0))
        writer.field(3) { metadata in
            metadata.field(1, SchemaNode.physicalType(of: field.type).rawValue)
            metadata.field(2, integers: chunk.encodings.map(\.rawValue))
            metadata.field(3, strings: SchemaNode.path(of: field))
            metadata.field(4, chunk.codec.number)
            metadata.field(5, Int64(chunk.valueCount))
            metadata.field(6, Int64(chunk.uncompressedSize))
            metadata.field(7, Int64(written.size))
            metadata.field(9, Int64(written.offset + chunk.dataPageOffset))
            if chunk.hasDictionary { metadata.field(11, Int64(written.offset)) }
            metadata.field(12) { statistics in
                statistics.field(3, Int64(chunk.nullCount))
                if let range = chunk.statistics?.whole {
                    statistics.field(5, bytes: range.maximum)
                    statistics.field(6, bytes: range.minimum)
                    statistics.field(7, range.isMaximumExact)
                    statistics.field(8, range.isMinimumExact)
                }
            }
            metadata.field(13, structures: chunk.pageEncodings.count) { pages, i in
                pages.field(1, chunk.pageEncodings[i].kind.rawValue)
                pages.field(2, chunk.pageEncodings[i].encoding.rawValue)
                pages.field(3, Int32(chunk.pageEncodings[i].count))
            }
            if let filter = written.bloomFilter {
                metadata.field(14, filter.offset)
                if let length = filter.length { metadata.field(15, length) }
            }
        }
        if let index = written.offsetIndex {
            writer.field(4, index.offset)
            if let length = index.length { writer.field(5, length) }
        }
        if let index = written.columnIndex {
            writer.field(6, index.offset)
            if let length = index.length { writer.field(7, length) }
        }
    }
}

extension Codec {
    /// parquet.thrift, CompressionCodec.
    fileprivate var number: Int32 {
        switch self {
        case .none: 0
        case .snappy: 1
        case .gzip: 2
        case .hadoopLZ4: 5
        case .zstd: 6
        case .lz4: 7
        }
    }
}
