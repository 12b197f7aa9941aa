/// Unpacks integers of 1 to 32 bits that lie one behind the other, least significant bit first
/// (Encodings.md, RLE / Bit-Packing Hybrid).
enum BitUnpacker {
    /// Unpacks groups of eight values, `bitWidth` bytes each.
    ///
    /// - Precondition: `source` holds `groups * bitWidth` bytes, of which 8 more can be read; `output` has room for
    ///   `groups * 8` values; `bitWidth` is 1 to 32.
    static func unpack(
        _ source: UnsafeRawPointer, groups: Int, bitWidth: Int, to output: UnsafeMutablePointer<UInt32>
    ) {
        // Each case is compiled with its width as a constant, which makes all shifts and offsets constants, too.
        switch bitWidth {
        case 1: unpackGroups(source, groups, 1, output)
        case 2: unpackGroups(source, groups, 2, output)
        case 3: unpackGroups(source, groups, 3, output)
        case 4: unpackGroups(source, groups, 4, output)
        case 5: unpackGroups(source, groups, 5, output)
        case 6: unpackGroups(source, groups, 6, output)
        case 7: unpackGroups(source, groups, 7, output)
        case 8: unpackGroups(source, groups, 8, output)
        case 9: unpackGroups(source, groups, 9, output)
        case 10: unpackGroups(source, groups, 10, output)
        case 11: unpackGroups(source, groups, 11, output)
        case 12: unpackGroups(source, groups, 12, output)
        case 13: unpackGroups(source, groups, 13, output)
        case 14: unpackGroups(source, groups, 14, output)
        case 15: unpackGroups(source, groups, 15, output)
        case 16: unpackGroups(source, groups, 16, output)
        case 17: unpackGroups(source, groups, 17, output)
        case 18: unpackGroups(source, groups, 18, output)
        case 19: unpackGroups(source, groups, 19, output)
        case 20: unpackGroups(source, groups, 20, output)
        case 21: unpackGroups(source, groups, 21, output)
        case 22: unpackGroups(source, groups, 22, output)
        case 23: unpackGroups(source, groups, 23, output)
        case 24: unpackGroups(source, groups, 24, output)
        default: unpackGroups(source, groups, bitWidth, output)
        }
    }

    @inline(__always)
    private static func unpackGroups(
        _ source: UnsafeRawPointer, _ groups: Int, _ bitWidth: Int, _ output: UnsafeMutablePointer<UInt32>
    ) {
        let mask = (1 as UInt64) &<< UInt64(truncatingIfNeeded: bitWidth) &- 1
        var source = source
        var output = output
        for _ in 0..<groups {
            output[0] = value(source, 0, bitWidth, mask)
            output[1] = value(source, 1, bitWidth, mask)
            output[2] = value(source, 2, bitWidth, mask)
            output[3] = value(source, 3, bitWidth, mask)
            output[4] = value(source, 4, bitWidth, mask)
            output[5] = value(source, 5, bitWidth, mask)
            output[6] = value(source, 6, bitWidth, mask)
            output[7] = value(source, 7, bitWidth, mask)
            source += bitWidth
            output += 8
        }
    }

    /// The value at `index`: it takes at most 39 bits from the byte that it begins in.
    @inline(__always)
    private static func value(_ source: UnsafeRawPointer, _ index: Int, _ bitWidth: Int, _ mask: UInt64) -> UInt32 {
        let bit = index &* bitWidth
        let word = source.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self)
        return UInt32(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: bit & 7) & mask)
    }

    /// One value of up to 64 bits that begins at `bit`; reads only bytes before `end`, and takes those behind as zeros.
    static func value(in bytes: UnsafeRawBufferPointer, atBit bit: Int, bitWidth: Int) -> UInt64 {
        guard bitWidth > 0 else { return 0 }
        let first = bit >> 3
        let shift = bit & 7
        var low: UInt64 = 0
        for i in 0..<8 where first + i < bytes.count { low |= UInt64(bytes[first + i]) << UInt64(8 * i) }
        var value = low >> UInt64(shift)
        if shift > 0 && shift + bitWidth > 64 && first + 8 < bytes.count {
            value |= UInt64(bytes[first + 8]) << UInt64(64 - shift)
        }
        return bitWidth == 64 ? value : value & (1 << UInt64(bitWidth) - 1)
    }
}
