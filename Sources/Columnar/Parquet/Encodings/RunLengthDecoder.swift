/// Reads the hybrid of runs and bit-packed groups that levels, dictionary indexes and booleans are written in
/// (Encodings.md, RLE / Bit-Packing Hybrid).
struct RunLengthDecoder {
    enum Run {
        /// `count` times the same value.
        case repeated(value: UInt32, count: Int)
        /// `count` values in bits, from byte `start` on.
        case packed(start: Int, count: Int)
    }

    let bytes: UnsafeRawBufferPointer
    let bitWidth: Int
    private var position = 0
    /// Values that are still to come.
    private(set) var remaining: Int

    /// - Parameter bytes: `ChunkPages.readablePadding` bytes can be read behind them.
    init(_ bytes: UnsafeRawBufferPointer, bitWidth: Int, count: Int) throws(DataError) {
        guard (0...32).contains(bitWidth) else { throw Self.isDamaged }
        self.bytes = bytes
        self.bitWidth = bitWidth
        remaining = count
    }

    /// The next run; nil when all values were read.
    mutating func next() throws(DataError) -> Run? {
        guard remaining > 0 else { return nil }
        let header = try varint()
        let length = Int(header >> 1)
        guard length > 0 else { throw Self.isDamaged }
        if header & 1 == 0 {
            let width = (bitWidth + 7) / 8
            guard bytes.count - position >= width else { throw Self.isDamaged }
            var value: UInt32 = 0
            for i in 0..<width { value |= UInt32(bytes[position + i]) << UInt32(8 * i) }
            position += width
            let count = min(length, remaining)
            remaining -= count
            return .repeated(value: value, count: count)
        }
        let count = min(length * 8, remaining)
        // Some writers cut off the last group: what is needed must be there.
        guard bytes.count - position >= (count * bitWidth + 7) / 8 else { throw Self.isDamaged }
        let start = position
        position = min(position + length * bitWidth, bytes.count)
        remaining -= count
        return .packed(start: start, count: count)
    }

    /// Unpacks `count` values of a packed run, from its value `first` on; fastest where that is a multiple of 8.
    ///
    /// - Precondition: `output` has room for `count` values.
    func unpack(start: Int, first: Int, count: Int, to output: UnsafeMutablePointer<UInt32>) {
        guard bitWidth > 0, let base = bytes.baseAddress else {
            output.update(repeating: 0, count: count)
            return
        }
        func unpackOne(_ i: Int) {
            let bit = start * 8 + (first + i) * bitWidth
            output[i] = UInt32(truncatingIfNeeded: BitUnpacker.value(in: bytes, atBit: bit, bitWidth: bitWidth))
        }
        let head = min(count, -first & 7)
        let groups = (count - head) / 8
        for i in 0..<head { unpackOne(i) }
        let source = base + start + (first + head) / 8 * bitWidth
        BitUnpacker.unpack(source, groups: groups, bitWidth: bitWidth, to: output + head)
        for i in head + groups * 8..<count { unpackOne(i) }
    }

    /// Writes all values that remain to `output`.
    mutating func decode(to output: UnsafeMutablePointer<UInt32>) throws(DataError) {
        var output = output
        while let run = try next() {
            switch run {
            case .repeated(let value, let count):
                output.update(repeating: value, count: count)
                output += count
            case .packed(let start, let count):
                unpack(start: start, first: 0, count: count, to: output)
                output += count
            }
        }
    }

    private mutating func varint() throws(DataError) -> UInt32 {
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), to: 35, by: 7) {
            guard position < bytes.count else { break }
            let byte = bytes[position]
            position += 1
            value |= UInt32(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Self.isDamaged
    }

    private static var isDamaged: DataError {
        DataError("has unreadable runs of values; it is damaged, write it again")
    }
}
