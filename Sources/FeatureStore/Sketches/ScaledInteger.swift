/// A whole number of any size times a power of 2^32: what exact sums and products of floating-point numbers are.
///
/// Schoolbook arithmetic (Knuth, TAOCP vol. 2, §4.3.1): these numbers have a handful of digits.
struct ScaledInteger: Hashable, Sendable {
    /// Base 2^32, the least significant first; neither end is zero.
    private var digits: [UInt32]
    /// The first digit's power of 2^32.
    private var scale: Int
    private var isNegative: Bool

    static let zero = ScaledInteger(digits: [], scale: 0, isNegative: false)

    init(digits: [UInt32], scale: Int, isNegative: Bool) {
        let low = digits.firstIndex { $0 != 0 } ?? digits.count
        let high = (digits.lastIndex { $0 != 0 } ?? low - 1) + 1
        self.digits = Array(digits[low..<high])
        self.scale = low < high ? scale + low : 0
        self.isNegative = low < high && isNegative
    }

    init(_ number: Int64) {
        let magnitude = number.magnitude
        self.init(
            digits: [UInt32(truncatingIfNeeded: magnitude), UInt32(magnitude >> 32)], scale: 0, isNegative: number < 0)
    }

    var isZero: Bool { digits.isEmpty }

    /// Whether it is less than zero.
    var isBelowZero: Bool { isNegative }

    static func * (a: ScaledInteger, b: ScaledInteger) -> ScaledInteger {
        var product = [UInt32](repeating: 0, count: a.digits.count + b.digits.count)
        for (i, left) in a.digits.enumerated() {
            var carry: UInt64 = 0
            for (j, right) in b.digits.enumerated() {
                // At most (2^32 - 1)^2 + 2 (2^32 - 1), which is 2^64 - 1.
                let sum = UInt64(left) * UInt64(right) + UInt64(product[i + j]) + carry
                product[i + j] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            product[i + b.digits.count] = UInt32(carry)
        }
        return ScaledInteger(
            digits: product, scale: a.scale + b.scale, isNegative: a.isNegative != b.isNegative)
    }

    static func - (a: ScaledInteger, b: ScaledInteger) -> ScaledInteger {
        if a.isZero { return ScaledInteger(digits: b.digits, scale: b.scale, isNegative: !b.isNegative) }
        if b.isZero { return a }
        let scale = min(a.scale, b.scale)
        let count = max(a.scale + a.digits.count, b.scale + b.digits.count) - scale + 1
        var difference = [UInt32](repeating: 0, count: count)
        var carry: Int64 = 0
        for i in 0..<count {
            let total = a.signedDigit(scale + i) - b.signedDigit(scale + i) + carry
            difference[i] = UInt32(truncatingIfNeeded: total)
            carry = total >> 32
        }
        guard carry < 0 else { return ScaledInteger(digits: difference, scale: scale, isNegative: false) }
        var borrow: UInt64 = 1
        for i in 0..<count {
            borrow += UInt64(~difference[i])
            difference[i] = UInt32(truncatingIfNeeded: borrow)
            borrow >>= 32
        }
        return ScaledInteger(digits: difference, scale: scale, isNegative: true)
    }

    private func signedDigit(_ power: Int) -> Int64 {
        guard digits.indices.contains(power - scale) else { return 0 }
        return isNegative ? -Int64(digits[power - scale]) : Int64(digits[power - scale])
    }

    /// The nearest double of this number divided by `divisor`, halves to even.
    func rounded(dividingBy divisor: UInt64 = 1) -> Double {
        guard divisor > 1 else { return Self.rounded(digits, scale, isNegative, hasRemainder: false) }
        // 128 bits more than the divisor has are more than enough for 53 bits of the quotient and what decides a half.
        var quotient = [UInt32](repeating: 0, count: 4) + digits
        var remainder: UInt64 = 0
        for i in quotient.indices.reversed() {
            let part = UInt128(remainder) << 32 | UInt128(quotient[i])
            let (whole, rest) = part.quotientAndRemainder(dividingBy: UInt128(divisor))
            // The remainder is less than the divisor, so the quotient fits a digit.
            quotient[i] = UInt32(whole)
            remainder = UInt64(rest)
        }
        return Self.rounded(quotient, scale - 4, isNegative, hasRemainder: remainder != 0)
    }

    /// Round to nearest, halves to even, into the range of subnormal numbers (IEEE 754-2019, §4.3.1).
    private static func rounded(
        _ digits: [UInt32], _ scale: Int, _ isNegative: Bool, hasRemainder: Bool
    ) -> Double {
        guard let top = digits.lastIndex(where: { $0 != 0 }) else { return 0 }
        let greatestBit = (scale + top) * 32 + 31 - digits[top].leadingZeroBitCount
        let leastBit = max(greatestBit - 52, -1074)
        if greatestBit > 1023 { return isNegative ? -.infinity : .infinity }

        /// The 32 bits from position `bit` on.
        func word(from bit: Int) -> UInt64 {
            let index = bit >> 5 - scale
            let low = digits.indices.contains(index) ? UInt64(digits[index]) : 0
            let high = digits.indices.contains(index + 1) ? UInt64(digits[index + 1]) : 0
            return (low | high << 32) >> UInt64(bit & 31) & 0xffff_ffff
        }
        var significand = word(from: leastBit) | word(from: leastBit + 32) << 32
        significand &= 1 << 53 - 1
        let isHalf = word(from: leastBit - 1) & 1 == 1
        if isHalf {
            let restIndex = (leastBit - 1) >> 5 - scale
            let hasMore =
                hasRemainder || digits.indices.prefix { $0 < restIndex }.contains { digits[$0] != 0 }
                || (digits.indices.contains(restIndex)
                    && UInt64(digits[restIndex]) & (1 << UInt64((leastBit - 1) & 31) - 1) != 0)
            if hasMore || significand & 1 == 1 { significand += 1 }
        }
        // A significand of 53 bits adds one to the exponent that is written, and one of 54 bits one more.
        let pattern = UInt64(leastBit + 1074) << 52 + significand
        return Double(bitPattern: isNegative ? pattern | 1 << 63 : pattern)
    }
}
