import CZlib

/// Whole gzip members (RFC 1952) in memory.
enum Gzip {
    static func decompress(_ compressed: UnsafeRawBufferPointer, into target: MutableBuffer) throws(Codec.Failure) {
        var stream = z_stream()
        // 32: take gzip and zlib headers alike.
        guard inflateInit2_(&stream, MAX_WBITS + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Codec.Failure(reason: "zlib cannot start")
        }
        defer { inflateEnd(&stream) }
        guard compressed.count <= Int(UInt32.max), target.count <= Int(UInt32.max) else {
            throw Codec.Failure(reason: "its gzip block is larger than 4 GiB")
        }
        stream.next_in = UnsafeMutablePointer(mutating: compressed.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(compressed.count)
        stream.next_out = target.base.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(target.count)
        while stream.avail_out > 0 {
            let status = inflate(&stream, Z_NO_FLUSH)
            if status == Z_STREAM_END {
                // Some writers put several members into one page.
                guard stream.avail_out > 0, stream.avail_in > 0 else { break }
                guard inflateReset(&stream) == Z_OK else { break }
            } else if status != Z_OK {
                throw Codec.Failure(reason: "its gzip data is damaged")
            }
        }
        guard stream.avail_out == 0 else { throw Codec.Failure(reason: "its gzip data is cut off") }
    }

    static func compress(_ bytes: UnsafeRawBufferPointer, to target: MutableBuffer) {
        var stream = z_stream()
        let began = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(began == Z_OK, "zlib cannot start")
        defer { deflateEnd(&stream) }
        let start = target.count
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        target.resize(to: start + bound)
        stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(bytes.count)
        stream.next_out = (target.base + start).assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(bound)
        let status = deflate(&stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "the output has room for the longest result")
        target.resize(to: start + bound - Int(stream.avail_out))
    }
}
