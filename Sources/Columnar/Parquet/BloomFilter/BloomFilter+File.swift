extension BloomFilter {
    /// Header and bits, as they stand in a file (parquet.thrift, BloomFilterHeader).
    func bytes() -> Buffer {
        var writer = ThriftWriter()
        writer.structure { header in
            header.field(1, Int32(words.count * 4))
            // Split blocks, XXH64, not compressed.
            for member in 2...4 as ClosedRange<Int16> { header.field(member) { $0.field(1) { _ in } } }
        }
        words.withUnsafeBytes { writer.buffer.append(contentsOf: $0) }
        return writer.buffer.freeze()
    }
}

extension ParquetMetadata.ColumnChunk {
    /// The chunk's Bloom filter; nil if it has none of a kind that is known.
    func readBloomFilter(in file: Buffer, dataEnd: Int) throws(DataError) -> BloomFilter? {
        guard let bytes = try bloomFilter?.bytes(in: file, dataEnd: dataEnd) else { return nil }
        var reader = ThriftReader(bytes)
        guard let header = try? BloomFilterHeader(reading: &reader), header.isKnown else { return nil }
        guard header.size > 0, header.size <= bytes.count - reader.position else { throw .pageIndexIsDamaged }
        return BloomFilter(
            bits: UnsafeRawBufferPointer(rebasing: bytes[reader.position..<reader.position + header.size]))
    }
}

private struct BloomFilterHeader {
    /// Bytes behind the header.
    private(set) var size = 0
    private var knownMembers = 0

    /// Whether algorithm, hash and compression are the only ones that there are so far.
    var isKnown: Bool { knownMembers == 3 }

    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var (size, members) = (0, 0)
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): size = Int(try reader.int32())
            case (2...4, .structure):
                try reader.structure { (_, id, _) throws(ThriftReader.Failure) in
                    if id == 1 { members += 1 }
                    return false
                }
            default: return false
            }
            return true
        }
        self.size = size
        knownMembers = members
    }
}
