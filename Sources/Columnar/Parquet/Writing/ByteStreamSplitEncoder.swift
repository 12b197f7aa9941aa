/// BYTE_STREAM_SPLIT (Encodings.md): all first bytes, then all second ones, and so on, which compresses floats well.
enum ByteStreamSplitEncoder {
    /// - Parameter plain: values of `width` bytes, one behind the other.
    static func encode(_ plain: Buffer, width: Int) -> Buffer {
        let count = plain.count / width
        let target = MutableBuffer(uninitialized: count * width)
        let source = plain.elements(as: UInt8.self)
        let output = target.elements(as: UInt8.self)
        for byte in 0..<width {
            for row in 0..<count { output[byte &* count &+ row] = source[row &* width &+ byte] }
        }
        return withExtendedLifetime(plain) { target.freeze() }
    }
}
