import CZlib

/// Compresses bytes as one gzip member, piece by piece (RFC 1952).
final class GzipWriter {
    /// At an address of its own, because zlib's state points back to it.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let output = MutableBuffer(uninitialized: 64 * 1024)
    private let path: String

    init(path: String) throws(DataError) {
        self.path = path
        stream.initialize(to: z_stream())
        let gzipOnly = MAX_WBITS + 16
        let status = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipOnly, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw DataError("cannot be compressed: out of memory", file: path) }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses `input` (under 4 GiB) and hands over what is ready; `isLast` ends the member.
    func deflate(
        _ input: UnsafeRawBufferPointer, isLast: Bool, write: (UnsafeRawBufferPointer) throws(DataError) -> Void
    ) throws(DataError) {
        stream.pointee.next_in = input.baseAddress.map {
            UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self))
        }
        stream.pointee.avail_in = UInt32(input.count)
        var isFull = true
        while isFull {
            stream.pointee.next_out = output.base.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            let status = CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            // Z_BUF_ERROR says that there was nothing to do.
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw DataError("cannot be compressed: zlib's error \(status)", file: path)
            }
            isFull = stream.pointee.avail_out == 0
            try write(UnsafeRawBufferPointer(start: output.base, count: output.count - Int(stream.pointee.avail_out)))
        }
    }
}
