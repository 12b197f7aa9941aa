/// Writes the hybrid of runs and bit-packed groups (Encodings.md, RLE / Bit-Packing Hybrid).
enum RunLengthEncoder {
    /// One run of a repeated value.
    static func appendRun(of value: UInt32, count: Int, bitWidth: Int, to target: MutableBuffer) {
        target.appendVarint(UInt64(count) << 1)
        for i in 0..<(bitWidth + 7) / 8 { target.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * i))) }
    }

    /// One packed run of bits, so that a reader can use them in place; bits behind the end are zeros.
    static func appendBits(_ bits: Bitmap, to target: MutableBuffer) {
        let groups = (bits.count + 7) / 8
        target.appendVarint(UInt64(groups) << 1 | 1)
        let start = target.count
        target.resize(to: start + groups)
        if groups > 0 { target.base.storeBytes(of: 0, toByteOffset: start + groups - 1, as: UInt8.self) }
        Bitmap.copyBits(
            from: bits.buffer.base, at: bits.bitOffset, to: target.base + start, at: 0, count: bits.count)
    }

    /// Stretches of eight or more equal values become runs, and what lies between is packed.
    static func append(_ values: UnsafeBufferPointer<UInt32>, bitWidth: Int, to target: MutableBuffer) {
        var row = 0
        var packedFrom = 0
        while row < values.count {
            let value = values[row]
            var end = row + 1
            while end < values.count && values[end] == value { end += 1 }
            // A packed run holds a multiple of eight values, so a stretch lends it what it lacks.
            let lent = (8 - (row - packedFrom) & 7) & 7
            if end - row >= 8 + lent {
                appendPacked(UnsafeBufferPointer(rebasing: values[packedFrom..<row + lent]), bitWidth, to: target)
                appendRun(of: value, count: end - row - lent, bitWidth: bitWidth, to: target)
                packedFrom = end
            }
            row = end
        }
        appendPacked(UnsafeBufferPointer(rebasing: values[packedFrom...]), bitWidth, to: target)
    }

    private static func appendPacked(_ values: UnsafeBufferPointer<UInt32>, _ bitWidth: Int, to target: MutableBuffer) {
        guard !values.isEmpty else { return }
        let groups = (values.count + 7) / 8
        target.appendVarint(UInt64(groups) << 1 | 1)
        let start = target.count
        target.resize(to: start + groups * bitWidth)
        BitPacker.pack(values, bitWidth: bitWidth, byteCount: groups * bitWidth, to: target.base + start)
    }
}

/// Packs integers one behind the other, least significant bit first.
enum BitPacker {
    /// - Precondition: each value has at most `bitWidth` bits, 64 at most; `target` has room for `byteCount` bytes, which hold
    ///   all values; those behind them become zeros.
    static func pack<Value: FixedWidthInteger & UnsignedInteger>(
        _ values: UnsafeBufferPointer<Value>, bitWidth: Int, byteCount: Int, to target: UnsafeMutableRawPointer
    ) {
        var word: UInt64 = 0
        var bits = 0
        var position = 0
        for value in values {
            let value = UInt64(truncatingIfNeeded: value)
            word |= value << UInt64(bits)
            bits += bitWidth
            if bits >= 64 {
                target.storeBytes(of: word, toByteOffset: position, as: UInt64.self)
                position += 8
                bits -= 64
                // What of the value did not fit; the shift is 64 if all of it did.
                word = value >> UInt64(bitWidth - bits)
            }
        }
        while position < byteCount {
            target.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: position, as: UInt8.self)
            word >>= 8
            position += 1
        }
    }
}

extension MutableBuffer {
    /// ULEB128.
    func appendVarint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        append(UInt8(value))
    }
}
