import Foundation

extension Bitmap {
    /// Copies `count` bits between positions that need not be aligned to bytes; bits around the target range stay.
    ///
    /// Reads and writes only bytes that hold bits of the two ranges. Complexity: O(count / 64).
    static func copyBits(
        from source: UnsafeRawPointer, at sourceBit: Int, to target: UnsafeMutableRawPointer, at targetBit: Int,
        count: Int
    ) {
        var from = sourceBit
        var to = targetBit
        let end = targetBit + count
        func copyOne() {
            let bit = source.load(fromByteOffset: from >> 3, as: UInt8.self) >> UInt8(from & 7) & 1
            let byte = target.load(fromByteOffset: to >> 3, as: UInt8.self)
            let shift = UInt8(to & 7)
            target.storeBytes(of: byte & ~(1 << shift) | bit << shift, toByteOffset: to >> 3, as: UInt8.self)
            from += 1
            to += 1
        }
        while to < end && to & 7 != 0 { copyOne() }
        let shift = UInt64(from & 7)
        if shift == 0 {
            let whole = (end - to) >> 3
            memcpy(target + to >> 3, source + from >> 3, whole)
            from += whole * 8
            to += whole * 8
        }
        while end - to >= 64 {
            let low = source.loadUnaligned(fromByteOffset: from >> 3, as: UInt64.self)
            let high = UInt64(source.load(fromByteOffset: from >> 3 + 8, as: UInt8.self))
            target.storeBytes(of: low &>> shift | high &<< (64 &- shift), toByteOffset: to >> 3, as: UInt64.self)
            from += 64
            to += 64
        }
        while to < end { copyOne() }
    }

    /// Sets or clears `count` bits from position `bit` on; bits around them stay.
    static func fillBits(_ value: Bool, in target: UnsafeMutableRawPointer, at bit: Int, count: Int) {
        var position = bit
        let end = bit + count
        func setOne() {
            let byte = target.load(fromByteOffset: position >> 3, as: UInt8.self)
            let mask = UInt8(1) << UInt8(position & 7)
            target.storeBytes(of: value ? byte | mask : byte & ~mask, toByteOffset: position >> 3, as: UInt8.self)
            position += 1
        }
        while position < end && position & 7 != 0 { setOne() }
        let whole = (end - position) >> 3
        memset(target + position >> 3, value ? 0xff : 0, whole)
        position += whole * 8
        while position < end { setOne() }
    }
}
