/// A sum of floating-point numbers of like magnitudes, or of integers: a whole number times a power of two, exactly.
///
/// It is rounded to the bits of `ExactSum`, which has room for all magnitudes, in a fraction of the time.
struct FixedPointSum: Hashable, Sendable {
    var digits: Int128
    /// Of two.
    var exponent: Int

    /// The double nearest to the sum divided by `count`, halves to even.
    ///
    /// - Precondition: `count` is not zero.
    @inline(__always)
    func rounded(dividingBy count: UInt64 = 1) -> Double {
        let magnitude = digits.magnitude
        if magnitude <= 1 << 53, count <= 1 << 53, (-900...900).contains(exponent) {
            // Both are doubles, whose quotient is rounded once, and a power of two changes no bit of it.
            let power = Double(bitPattern: UInt64(truncatingIfNeeded: 1023 + exponent) << 52)
            return Double(Int64(truncatingIfNeeded: digits)) / Double(count) * power
        }
        guard digits != 0 else { return 0 }
        let zeros = magnitude.leadingZeroBitCount
        let shifted = magnitude << UInt128(truncatingIfNeeded: zeros)
        // The number is high·2^power, and a little more where `low` is not zero.
        var high = UInt64(truncatingIfNeeded: shifted >> 64)
        var low = UInt64(truncatingIfNeeded: shifted)
        var power = exponent + 64 - zeros
        if count > 1 {
            let (top, rest) = high.quotientAndRemainder(dividingBy: count)
            let (bottom, remainder) = count.dividingFullWidth((rest, low))
            if top == 0 {
                // The dividend's first bit is set and the divisor has 64 bits, so that the quotient has 64.
                (high, low) = (bottom, 0)
                power -= 64
            } else {
                let gap = top.leadingZeroBitCount
                high = top << UInt64(gap) | (gap == 0 ? 0 : bottom >> UInt64(64 - gap))
                low = bottom << UInt64(gap)
                power -= gap
            }
            low |= remainder == 0 ? 0 : 1
        }
        // Eleven bits are rounded away, so the last of them can stand for all that is behind.
        let number = Double(high | (low == 0 ? 0 : 1))
        guard (-1085...958).contains(power) else { return roundedAtTheEnds(dividingBy: count) }
        let pattern = UInt64(bitPattern: Int64(bitPattern: number.bitPattern) + Int64(power) << 52)
        return Double(bitPattern: digits < 0 ? pattern | 1 << 63 : pattern)
    }

    /// Where the result is subnormal or too large.
    @inline(never)
    private func roundedAtTheEnds(dividingBy count: UInt64) -> Double {
        var sum = ExactSum()
        sum.add(whole: digits, exponent: exponent)
        return sum.rounded(dividingBy: count)
    }
}
