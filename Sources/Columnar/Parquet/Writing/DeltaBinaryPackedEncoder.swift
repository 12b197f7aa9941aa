/// DELTA_BINARY_PACKED (Encodings.md): differences of neighbours in blocks, which suits times and ascending numbers.
enum DeltaBinaryPackedEncoder {
    private static let blockSize = 128
    private static let miniblockCount = 4

    static func encode<Element: FixedWidthInteger & SignedInteger>(_ values: UnsafeBufferPointer<Element>) -> Buffer {
        let target = MutableBuffer(capacity: values.count * 2 + 64)
        target.appendVarint(UInt64(blockSize))
        target.appendVarint(UInt64(miniblockCount))
        target.appendVarint(UInt64(values.count))
        target.appendVarint(zigzag(values.isEmpty ? 0 : Int64(values[0])))
        let deltas = UnsafeMutableBufferPointer<Element>.allocate(capacity: blockSize)
        let offsets = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: blockSize)
        defer {
            deltas.deallocate()
            offsets.deallocate()
        }
        for start in stride(from: 1, to: values.count, by: blockSize) {
            let size = min(blockSize, values.count - start)
            // Differences wrap around as the format demands, in the width of the type.
            for i in 0..<size { deltas[i] = values[start + i] &- values[start + i - 1] }
            var smallest = deltas[0]
            for i in 1..<max(1, size) { smallest = min(smallest, deltas[i]) }
            for i in 0..<blockSize {
                offsets[i] =
                    i < size
                    ? UInt64(truncatingIfNeeded: Element.Magnitude(truncatingIfNeeded: deltas[i] &- smallest)) : 0
            }
            append(UnsafeBufferPointer(offsets), size: size, smallest: Int64(smallest), to: target)
        }
        return target.freeze()
    }

    /// About how many bits a value takes, by a few blocks from all over the values.
    static func estimatedBits<Element: FixedWidthInteger & SignedInteger>(
        _ values: UnsafeBufferPointer<Element>
    ) -> Int {
        let blocks = max(1, (values.count - 1) / blockSize)
        let sampled = min(16, blocks)
        var bits = 0
        for i in 0..<sampled {
            let start = 1 + i * blocks / sampled * blockSize
            var (least, greatest) = (Element.max, Element.min)
            for row in start..<max(start, min(start + blockSize, values.count)) {
                let delta = values[row] &- values[row - 1]
                least = min(least, delta)
                greatest = max(greatest, delta)
            }
            if least <= greatest { bits += Element.bitWidth - (greatest &- least).leadingZeroBitCount + 1 }
        }
        return bits / sampled
    }

    private static func append(
        _ offsets: UnsafeBufferPointer<UInt64>, size: Int, smallest: Int64, to target: MutableBuffer
    ) {
        target.appendVarint(zigzag(smallest))
        let miniblockSize = blockSize / miniblockCount
        let widths = target.count
        target.resize(to: widths + miniblockCount)
        for miniblock in 0..<miniblockCount {
            let start = miniblock * miniblockSize
            let values = UnsafeBufferPointer(rebasing: offsets[start..<start + miniblockSize])
            let width = UInt64.bitWidth - values.reduce(0, |).leadingZeroBitCount
            target.base.storeBytes(of: UInt8(width), toByteOffset: widths + miniblock, as: UInt8.self)
            // Miniblocks behind the last value are left out.
            guard start < size else { continue }
            let position = target.count
            target.resize(to: position + miniblockSize / 8 * width)
            BitPacker.pack(values, bitWidth: width, byteCount: miniblockSize / 8 * width, to: target.base + position)
        }
    }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
}
