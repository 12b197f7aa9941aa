/// Reads integers that are written as differences in blocks (Encodings.md, DELTA_BINARY_PACKED).
struct DeltaBinaryPacked {
    private let bytes: UnsafeRawBufferPointer
    /// Bytes read so far.
    private(set) var position = 0
    private let miniblockSize: Int
    private let miniblockCount: Int
    /// Values as the header says.
    let count: Int
    private let first: UInt64

    /// Our own limit; writers use 128 or 256 values a block.
    private static let maximumBlockSize = 1 << 20

    /// - Parameter bytes: `ChunkPages.readablePadding` bytes can be read behind them.
    init(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
        self.bytes = bytes
        var reader = VarintReader(bytes: bytes)
        guard let blockSize = reader.next().flatMap({ Int(exactly: $0) }),
            let miniblocks = reader.next().flatMap({ Int(exactly: $0) }),
            let count = reader.next().flatMap({ Int(exactly: $0) }), let first = reader.next(),
            blockSize > 0, blockSize <= Self.maximumBlockSize, miniblocks > 0, blockSize % miniblocks == 0,
            blockSize / miniblocks % 8 == 0, count <= Int(Int32.max)
        else { throw Self.isDamaged }
        miniblockSize = blockSize / miniblocks
        miniblockCount = miniblocks
        self.count = count
        self.first = VarintReader.unzigzag(first)
        position = reader.position
    }

    /// Writes all values to `output`, which has room for `count`; sums wrap around as the format demands.
    mutating func decode<T: FixedWidthInteger>(to output: UnsafeMutablePointer<T>) throws(DataError) {
        guard count > 0 else { return }
        var previous = first
        output[0] = T(truncatingIfNeeded: previous)
        var written = 1
        while written < count {
            var reader = VarintReader(bytes: bytes, position: position)
            guard let zigzag = reader.next() else { throw Self.isDamaged }
            let smallest = VarintReader.unzigzag(zigzag)
            let widths = reader.position
            position = widths + miniblockCount
            guard position <= bytes.count else { throw Self.isDamaged }
            for miniblock in 0..<miniblockCount where written < count {
                let width = Int(bytes[widths + miniblock])
                let size = min(miniblockSize, count - written)
                guard width <= 64, bytes.count - position >= (size * width + 7) / 8 else { throw Self.isDamaged }
                previous = append(
                    size, width: width, smallest: smallest, previous: previous, to: output + written)
                written += size
                position = min(position + miniblockSize / 8 * width, bytes.count)
            }
        }
    }

    /// Writes the values of a miniblock; returns the last.
    private func append<T: FixedWidthInteger>(
        _ size: Int, width: Int, smallest: UInt64, previous: UInt64, to output: UnsafeMutablePointer<T>
    ) -> UInt64 {
        var value = previous
        if width == 0 {
            for i in 0..<size {
                value &+= smallest
                output[i] = T(truncatingIfNeeded: value)
            }
        } else if width <= 57, let base = bytes.baseAddress {
            // From the byte that a difference begins in, 8 bytes hold all of it.
            let mask = (1 as UInt64) << UInt64(width) - 1
            var bit = position * 8
            for i in 0..<size {
                let word = base.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self)
                value &+= smallest &+ (word &>> UInt64(bit & 7) & mask)
                output[i] = T(truncatingIfNeeded: value)
                bit &+= width
            }
        } else {
            for i in 0..<size {
                value &+= smallest &+ BitUnpacker.value(in: bytes, atBit: position * 8 + i * width, bitWidth: width)
                output[i] = T(truncatingIfNeeded: value)
            }
        }
        return value
    }

    private static var isDamaged: DataError { DataError("has unreadable differences; it is damaged, write it again") }
}

/// Reads ULEB128 numbers.
private struct VarintReader {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    mutating func next() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    static func unzigzag(_ value: UInt64) -> UInt64 { value >> 1 ^ (0 &- (value & 1)) }
}
