/// A run of bits, least significant bit first, one a row: set means valid (or true).
///
/// Layout: Arrow columnar format, Validity bitmaps.
public struct Bitmap: Sendable {
    public let buffer: Buffer
    /// Position of the first bit within `buffer`.
    public let bitOffset: Int
    /// Length in bits.
    public let count: Int

    public init(buffer: Buffer, bitOffset: Int = 0, count: Int) {
        precondition(bitOffset >= 0 && count >= 0 && bitOffset + count <= buffer.count * 8)
        self.buffer = buffer
        self.bitOffset = bitOffset
        self.count = count
    }

    /// A bitmap of the given bits.
    public init(_ bits: some Collection<Bool>) {
        let target = MutableBuffer(zeroed: (bits.count + 7) / 8)
        let bytes = target.elements(as: UInt8.self)
        for (i, bit) in bits.enumerated() where bit { bytes[i >> 3] |= 1 << UInt8(i & 7) }
        self.init(buffer: target.freeze(), count: bits.count)
    }

    @inlinable
    public subscript(index: Int) -> Bool {
        let position = bitOffset + index
        return buffer.base.load(fromByteOffset: position >> 3, as: UInt8.self) >> UInt8(position & 7) & 1 == 1
    }

    public func slice(_ range: Range<Int>) -> Bitmap {
        Bitmap(buffer: buffer, bitOffset: bitOffset + range.lowerBound, count: range.count)
    }

    /// The number of set bits. Complexity: O(count / 64).
    public func countSetBits() -> Int {
        var total = 0
        var index = 0
        while index + 64 <= count {
            total += word(at: index).nonzeroBitCount
            index += 64
        }
        if index < count { total += (word(at: index) & (1 << UInt64(count - index) - 1)).nonzeroBitCount }
        return total
    }

    /// The 64 bits that start at `index`; bits behind the end are unspecified.
    @inlinable
    public func word(at index: Int) -> UInt64 {
        let position = bitOffset + index
        let byte = position >> 3
        let shift = UInt64(position & 7)
        let available = buffer.count - byte
        if available >= 9 {
            let low = buffer.base.loadUnaligned(fromByteOffset: byte, as: UInt64.self)
            if shift == 0 { return low }
            let high = UInt64(buffer.base.load(fromByteOffset: byte + 8, as: UInt8.self))
            return low >> shift | high << (64 - shift)
        }
        var result: UInt64 = 0
        for i in 0..<Swift.max(0, Swift.min(available, 8)) {
            result |= UInt64(buffer.base.load(fromByteOffset: byte + i, as: UInt8.self)) << UInt64(8 * i)
        }
        return result >> shift
    }
}
