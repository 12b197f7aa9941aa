import Foundation

/// Reads the RLE / bit-packing hybrid (Encodings.md, RLE = 3): levels and dictionary indices.
///
/// The bytes are hostile: runs are cut to the values asked for, and bits are read only where bytes are.
struct RunLengthDecoder {
    struct Failure: Error {}

    /// One run: `count` times `value`, or `count` values packed from byte `start` on.
    enum Run {
        case repeated(value: UInt32, count: Int)
        case packed(start: Int, count: Int)
    }

    let bytes: UnsafeRawBufferPointer
    let bitWidth: Int
    private var position = 0
    private var remaining: Int

    /// - Parameter count: values in all.
    init(_ bytes: UnsafeRawBufferPointer, bitWidth: Int, count: Int) throws(Failure) {
        guard (0...32).contains(bitWidth) else { throw Failure() }
        self.bytes = bytes
        self.bitWidth = bitWidth
        remaining = count
    }

    /// The next run; nil when all values were read.
    mutating func next() throws(Failure) -> Run? {
        guard remaining > 0 else { return nil }
        let header = try varint()
        let length = Int(header >> 1)
        if header & 1 == 0 {
            let width = (bitWidth + 7) / 8
            guard length > 0, bytes.count - position >= width else { throw Failure() }
            var value: UInt32 = 0
            for i in 0..<width { value |= UInt32(bytes[position + i]) << UInt32(8 * i) }
            position += width
            let count = min(length, remaining)
            remaining -= count
            return .repeated(value: value, count: count)
        }
        guard length > 0, length <= Int(Int32.max) / 8 else { throw Failure() }
        let size = length * bitWidth
        let count = min(length * 8, remaining)
        // Some writers cut off the last group; what is needed must be there.
        guard bytes.count - position >= (count * bitWidth + 7) / 8 else { throw Failure() }
        defer { position = min(position + size, bytes.count) }
        remaining -= count
        return .packed(start: position, count: count)
    }

    private mutating func varint() throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard position < bytes.count else { throw Failure() }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Failure()
    }

    /// Unpacks a packed run to `output`.
    func unpack(start: Int, count: Int, to output: UnsafeMutablePointer<UInt32>) {
        guard bitWidth > 0 else {
            for i in 0..<count { output[i] = 0 }
            return
        }
        let mask = bitWidth == 32 ? UInt64(UInt32.max) : UInt64(1) << UInt64(bitWidth) - 1
        guard let base = bytes.baseAddress else { return }
        // Eight readable bytes are needed from a value's first byte on; the last values are read byte by byte.
        let wideBits = max(0, (bytes.count - start - 8) * 8)
        let wide = min(count, wideBits / bitWidth)
        var bit = 0
        for i in 0..<wide {
            let word = (base + start + bit >> 3).loadUnaligned(as: UInt64.self)
            output[i] = UInt32(truncatingIfNeeded: word &>> UInt64(bit & 7) & mask)
            bit &+= bitWidth
        }
        for i in wide..<max(wide, count) {
            var word: UInt64 = 0
            let first = start + bit >> 3
            for j in 0..<min(8, bytes.count - first) { word |= UInt64(bytes[first + j]) << UInt64(8 * j) }
            output[i] = UInt32(truncatingIfNeeded: word >> UInt64(bit & 7) & mask)
            bit += bitWidth
        }
    }

    /// All values.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, bitWidth: Int, count: Int, to output: UnsafeMutablePointer<UInt32>
    ) throws(Failure) {
        var decoder = try RunLengthDecoder(bytes, bitWidth: bitWidth, count: count)
        var row = 0
        while let run = try decoder.next() {
            switch run {
            case .repeated(let value, let count):
                (output + row).update(repeating: value, count: count)
                row += count
            case .packed(let start, let count):
                decoder.unpack(start: start, count: count, to: output + row)
                row += count
            }
        }
        guard row == count else { throw Failure() }
    }
}
