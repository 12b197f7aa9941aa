import CLZ4

/// LZ4's raw block format.
enum LZ4 {
    static func decompress(_ compressed: UnsafeRawBufferPointer, into target: MutableBuffer) throws(Codec.Failure) {
        let room = UnsafeMutableRawBufferPointer(start: target.base, count: target.count)
        guard decompress(compressed, upTo: room) == target.count else {
            throw Codec.Failure(reason: "its LZ4 data is damaged")
        }
    }

    /// Unpacks a block into the beginning of `target`; returns its length, nil if it is damaged or too long.
    static func decompress(_ compressed: UnsafeRawBufferPointer, upTo target: UnsafeMutableRawBufferPointer) -> Int? {
        guard let size = Int32(exactly: compressed.count), size > 0, let room = Int32(exactly: target.count) else {
            return nil
        }
        let length = LZ4_decompress_safe(
            compressed.baseAddress?.assumingMemoryBound(to: CChar.self),
            target.baseAddress?.assumingMemoryBound(to: CChar.self), size, room)
        return length < 0 ? nil : Int(length)
    }

    static func compress(_ bytes: UnsafeRawBufferPointer, to target: MutableBuffer) {
        precondition(bytes.count <= Int(LZ4_MAX_INPUT_SIZE), "pages are shorter")
        let start = target.count
        let bound = LZ4_compressBound(Int32(bytes.count))
        target.resize(to: start + Int(bound))
        let length = LZ4_compress_default(
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            (target.base + start).assumingMemoryBound(to: CChar.self), Int32(bytes.count), bound)
        precondition(length > 0, "the output has room for the longest result")
        target.resize(to: start + Int(length))
    }
}
