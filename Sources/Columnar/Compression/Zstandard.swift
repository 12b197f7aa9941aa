import CZstd

/// Zstandard frames (RFC 8878).
enum Zstandard {
    static func decompress(_ compressed: UnsafeRawBufferPointer, into target: MutableBuffer) throws(Codec.Failure) {
        let length = ZSTD_decompress(target.base, target.count, compressed.baseAddress, compressed.count)
        guard ZSTD_isError(length) == 0, length == target.count else {
            throw Codec.Failure(reason: "its Zstandard data is damaged")
        }
    }

    static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32, to target: MutableBuffer) {
        let start = target.count
        let bound = ZSTD_compressBound(bytes.count)
        target.resize(to: start + bound)
        let length = ZSTD_compress(target.base + start, bound, bytes.baseAddress, bytes.count, level)
        precondition(ZSTD_isError(length) == 0, "the output has room for the longest result")
        target.resize(to: start + length)
    }
}
