/// Writes the RLE / bit-packing hybrid (Encodings.md, RLE = 3).
extension MutableBuffer {
    func appendVarint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        append(UInt8(value))
    }

    /// One run of a repeated value.
    func appendRun(of value: UInt32, count: Int, bitWidth: Int) {
        appendVarint(UInt64(count) << 1)
        for i in 0..<(bitWidth + 7) / 8 { append(UInt8(truncatingIfNeeded: value >> UInt32(8 * i))) }
    }

    /// Runs of eight or more equal values are repeated; what lies between is packed in groups of eight.
    func appendRuns<T: FixedWidthInteger & UnsignedInteger>(_ values: [T], bitWidth: Int) {
        var row = 0
        var packedFrom = 0
        while row < values.count {
            var end = row + 1
            while end < values.count && values[end] == values[row] { end += 1 }
            // A packed run has a multiple of eight values, so a repeated run may lend it some.
            let lent = (8 - (row - packedFrom) % 8) % 8
            if end - row >= 8 + lent {
                appendPacked(values[packedFrom..<row + lent], bitWidth: bitWidth)
                appendRun(of: UInt32(values[row]), count: end - row - lent, bitWidth: bitWidth)
                packedFrom = end
            }
            row = end
        }
        appendPacked(values[packedFrom...], bitWidth: bitWidth)
    }

    private func appendPacked<T: FixedWidthInteger & UnsignedInteger>(_ values: ArraySlice<T>, bitWidth: Int) {
        guard !values.isEmpty else { return }
        let groups = (values.count + 7) / 8
        appendVarint(UInt64(groups) << 1 | 1)
        let end = count + groups * bitWidth
        var word: UInt64 = 0
        var bits = 0
        for value in values {
            word |= UInt64(value) << UInt64(bits)
            bits += bitWidth
            while bits >= 8 {
                append(UInt8(truncatingIfNeeded: word))
                word >>= 8
                bits -= 8
            }
        }
        if bits > 0 { append(UInt8(truncatingIfNeeded: word)) }
        while count < end { append(UInt8(0)) }
    }
}
