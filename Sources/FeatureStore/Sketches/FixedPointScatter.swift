/// A whole number of 256 bits, without a sign: sums of squares of 126 bits.
struct WideInteger: Hashable, Sendable {
    var high: UInt128 = 0
    var low: UInt128 = 0

    /// - Precondition: the square of the number fits.
    @inline(__always)
    init(squareOf number: Int128) {
        let magnitude = number.magnitude
        if magnitude >> 64 == 0 {
            let word = UInt64(truncatingIfNeeded: magnitude)
            let square = word.multipliedFullWidth(by: word)
            low = UInt128(square.high) << 64 | UInt128(square.low)
        } else {
            let square = magnitude.multipliedFullWidth(by: magnitude)
            (high, low) = (square.high, square.low)
        }
    }

    init() {}

    @inline(__always)
    static func &+ (a: WideInteger, b: WideInteger) -> WideInteger {
        var sum = WideInteger()
        let (low, carry) = a.low.addingReportingOverflow(b.low)
        sum.low = low
        sum.high = a.high &+ b.high &+ (carry ? 1 : 0)
        return sum
    }

    @inline(__always)
    static func &- (a: WideInteger, b: WideInteger) -> WideInteger {
        var difference = WideInteger()
        let (low, borrow) = a.low.subtractingReportingOverflow(b.low)
        difference.low = low
        difference.high = a.high &- b.high &- (borrow ? 1 : 0)
        return difference
    }

    /// The lower 256 bits of the product.
    @inline(__always)
    static func &* (a: WideInteger, b: UInt64) -> WideInteger {
        let product = a.low.multipliedFullWidth(by: UInt128(b))
        var wide = WideInteger()
        wide.low = product.low
        wide.high = product.high &+ a.high &* UInt128(b)
        return wide
    }
}

/// The sum of squared distances from the mean of numbers that are whole ones times a power of two, with the bits of
/// `ExactMoments`.
enum FixedPointScatter {
    /// (n Σx² - (Σx)²) / n, rounded once.
    ///
    /// - Parameters:
    ///   - count: n, which is not zero.
    ///   - exponent: of two, by which the numbers are to be multiplied.
    /// - Precondition: n Σ|x| fits 126 bits.
    static func rounded(count: UInt64, sum: Int128, squares: WideInteger, exponent: Int) -> Double {
        let scatter = squares &* count &- WideInteger(squareOf: sum)
        guard scatter.high != 0 else {
            if scatter.low >> 127 == 0 {
                return FixedPointSum(digits: Int128(scatter.low), exponent: 2 * exponent).rounded(dividingBy: count)
            }
            return rounded(scatter, count, exponent)
        }
        return rounded(scatter, count, exponent)
    }

    /// Of more than 127 bits: the first ones are as many as a double's, and the others say only that they are there.
    private static func rounded(_ scatter: WideInteger, _ count: UInt64, _ exponent: Int) -> Double {
        // Long division by 64 bits at a time.
        var rest: UInt64 = 0
        var quotient: [UInt64] = []
        for word in [scatter.high >> 64, scatter.high, scatter.low >> 64, scatter.low] {
            let (digit, remainder) = count.dividingFullWidth((rest, UInt64(truncatingIfNeeded: word)))
            quotient.append(digit)
            rest = remainder
        }
        let first = quotient.firstIndex { $0 != 0 } ?? 3
        // The two words from the first on have 65 bits at least, or the quotient has no more than these.
        let high = UInt128(quotient[first])
        let next: UInt128 = first < 3 ? UInt128(quotient[first + 1]) : 0
        let isMore = rest != 0 || quotient.dropFirst(first + 2).contains { $0 != 0 }
        // Half of it, so that it has a sign, with the last bit for what is behind.
        var digits = Int128((high << 64 | next) >> 1)
        if isMore || next & 1 == 1 { digits |= 1 }
        let power = 64 * (2 - first) + 1 + 2 * exponent
        return FixedPointSum(digits: digits, exponent: power).rounded()
    }
}
