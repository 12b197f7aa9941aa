import Foundation

/// LZ4 blocks as Hadoop's programs frame them: the unpacked length of a frame in 4 bytes, most significant first, then
/// blocks until it is reached, each with its packed length in front.
///
/// Some writers left the frames out, so what is not framed is taken for one raw block.
enum HadoopLZ4 {
    static func decompress(_ compressed: UnsafeRawBufferPointer, into target: MutableBuffer) throws(Codec.Failure) {
        // Nothing is framed, too, by some.
        if target.count > 0,
            !isFramed(compressed, into: UnsafeMutableRawBufferPointer(start: target.base, count: target.count))
        {
            try LZ4.decompress(compressed, into: target)
        }
    }

    /// Unpacks frames; false if the bytes are none, or do not fill `target`.
    private static func isFramed(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
        var (position, written) = (0, 0)
        func length() -> Int? {
            guard bytes.count - position >= 4 else { return nil }
            defer { position += 4 }
            return Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
        }
        while written < target.count {
            guard let frame = length(), frame > 0, frame <= target.count - written else { return false }
            let end = written + frame
            while written < end {
                guard let size = length(), size > 0, size <= bytes.count - position else { return false }
                let block = UnsafeRawBufferPointer(rebasing: bytes[position..<position + size])
                guard
                    let count = LZ4.decompress(
                        block, upTo: UnsafeMutableRawBufferPointer(rebasing: target[written..<end]))
                else { return false }
                position += size
                written += count
            }
        }
        return position == bytes.count
    }

    static func compress(_ bytes: UnsafeRawBufferPointer, to target: MutableBuffer) {
        guard !bytes.isEmpty else { return }
        target.append(UInt32(bytes.count).bigEndian)
        let place = target.count
        target.append(UInt32(0))
        LZ4.compress(bytes, to: target)
        target.base.storeBytes(
            of: UInt32(target.count - place - 4).bigEndian, toByteOffset: place, as: UInt32.self)
    }
}
