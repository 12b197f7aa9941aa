import CSnappy

/// Snappy's raw block format.
enum Snappy {
    static func decompress(_ compressed: UnsafeRawBufferPointer, into target: MutableBuffer) throws(Codec.Failure) {
        let source = compressed.baseAddress?.assumingMemoryBound(to: CChar.self)
        var length = 0
        guard snappy_uncompressed_length(source, compressed.count, &length) == SNAPPY_OK, length == target.count else {
            throw Codec.Failure(reason: "its Snappy length is wrong")
        }
        let output = target.base.assumingMemoryBound(to: CChar.self)
        guard snappy_uncompress(source, compressed.count, output, &length) == SNAPPY_OK, length == target.count else {
            throw Codec.Failure(reason: "its Snappy data is damaged")
        }
    }

    static func compress(_ bytes: UnsafeRawBufferPointer, to target: MutableBuffer) {
        let start = target.count
        var length = snappy_max_compressed_length(bytes.count)
        target.resize(to: start + length)
        let output = (target.base + start).assumingMemoryBound(to: CChar.self)
        let status = snappy_compress(
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, output, &length)
        precondition(status == SNAPPY_OK, "the output has room for the longest result")
        target.resize(to: start + length)
    }
}
