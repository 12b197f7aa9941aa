/// A compression codec of whole blocks of known length.
public enum Codec: Hashable, Sendable {
    case none
    case snappy
    case gzip
    case zstd(level: Int32)
    case lz4
    /// LZ4 as Hadoop's programs frame it, which Parquet calls LZ4; deprecated, and read rather than written.
    case hadoopLZ4

    /// Compressed bytes that cannot be unpacked.
    struct Failure: Error { let reason: String }

    /// Unpacks `compressed` into all of `target`, whose length says what it must be.
    func decompress(_ compressed: UnsafeRawBufferPointer, into target: MutableBuffer) throws(Failure) {
        switch self {
        case .none:
            guard compressed.count == target.count else { throw Failure(reason: "its length is wrong") }
            target.removeAll()
            target.append(contentsOf: compressed)
        case .snappy: try Snappy.decompress(compressed, into: target)
        case .gzip: try Gzip.decompress(compressed, into: target)
        case .zstd: try Zstandard.decompress(compressed, into: target)
        case .lz4: try LZ4.decompress(compressed, into: target)
        case .hadoopLZ4: try HadoopLZ4.decompress(compressed, into: target)
        }
    }

    /// Appends the compressed form of `bytes` to `target`.
    func compress(_ bytes: UnsafeRawBufferPointer, to target: MutableBuffer) {
        switch self {
        case .none: target.append(contentsOf: bytes)
        case .snappy: Snappy.compress(bytes, to: target)
        case .gzip: Gzip.compress(bytes, to: target)
        case .zstd(let level): Zstandard.compress(bytes, level: level, to: target)
        case .lz4: LZ4.compress(bytes, to: target)
        case .hadoopLZ4: HadoopLZ4.compress(bytes, to: target)
        }
    }
}
