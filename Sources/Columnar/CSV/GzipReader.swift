import CZlib

/// Decompresses a gzip stream piece by piece; members that follow each other read as one (RFC 1952, §2.2).
final class GzipReader {
    /// At an address of its own, because zlib's state points back to it.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let path: String
    private var isBetweenMembers = false

    init(path: String) throws(DataError) {
        self.path = path
        stream.initialize(to: z_stream())
        let gzipOnly = MAX_WBITS + 16
        guard inflateInit2_(stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw DataError("cannot be decompressed: out of memory", file: path)
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Decompresses from `input` into `output`; returns how many bytes of each were used. No input asks for output
    /// that is still held back.
    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DataError) -> (consumed: Int, produced: Int) {
        guard let start = input.baseAddress, let target = output.baseAddress else { return (0, 0) }
        if isBetweenMembers {
            if input.isEmpty { return (0, 0) }
            // gzip files on tapes are padded with zeros, which gzip ignores as well.
            let zeros = input.prefix { $0 == 0 }.count
            if zeros > 0 { return (zeros, 0) }
            inflateReset(stream)
            isBetweenMembers = false
        }
        let inputCount = min(input.count, Int(Int32.max))
        let outputCount = min(output.count, Int(Int32.max))
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(inputCount)
        stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(outputCount)
        switch CZlib.inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isBetweenMembers = true
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "unknown error"
            throw DataError("is damaged gzip (\(reason)); write the file again", file: path)
        }
        return (inputCount - Int(stream.pointee.avail_in), outputCount - Int(stream.pointee.avail_out))
    }

    /// - Throws: if the file ended in the middle of a member.
    func checkEnd() throws(DataError) {
        if !isBetweenMembers { throw DataError("is gzip that ends too early; write the file again", file: path) }
    }
}
