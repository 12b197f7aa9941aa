import Columnar

/// The exact sums of the first events of each span, so that the sum of any range is one difference.
///
/// Numbers of a span are added as whole numbers of one power of two, in 128 bits, where their magnitudes allow it: those of
/// few magnitudes do. Of others there is no running sum.
struct RunningSums {
    /// Int128: the sum of a span's events up to and with each one.
    private let sums: Buffer
    /// Of two, by span; nil where its numbers do not fit.
    let exponents: [Int?]

    /// Bits of a sum, beside its sign.
    private static let bits = 126

    init(of numbers: WindowNumbers, _ spans: [EventSpan]) {
        let target = MutableBuffer(uninitialized: numbers.count * 16)
        let output = target.elements(as: Int128.self)
        var exponents: [Int?] = []
        exponents.reserveCapacity(spans.count)
        if numbers.isFloat {
            let doubles = numbers.doubles
            for span in spans { exponents.append(Self.add(doubles, span.events, to: output)) }
        } else {
            let integers = numbers.integers
            for span in spans {
                var sum: Int128 = 0
                for event in span.events {
                    sum &+= Int128(integers[event])
                    output[event] = sum
                }
                exponents.append(0)
            }
        }
        sums = target.freeze()
        self.exponents = exponents
    }

    /// The power of two that the sums of a span are told in; nil if its numbers do not fit.
    private static func add(
        _ numbers: UnsafeBufferPointer<Double>, _ events: Range<Int>, to output: UnsafeMutableBufferPointer<Int128>
    ) -> Int? {
        var (least, greatest): (UInt64, UInt64) = (.max, 0)
        var fractions: UInt64 = 0
        for event in events {
            let magnitude = numbers[event].bitPattern & ~(1 << 63)
            // Zero has no magnitude to consider.
            least = min(least, magnitude &- 1)
            greatest = max(greatest, magnitude)
            fractions |= magnitude & (1 << 52 - 1)
        }
        guard greatest > 0 else {
            for event in events { output[event] = 0 }
            return 0
        }
        // Of all numbers but infinities and NaN the exponent is less than 2047; that of subnormal ones counts as 1.
        guard greatest < 2047 << 52 else { return nil }
        let first = max(1, Int((least &+ 1) >> 52))
        // Numbers that come from float32, or are whole, leave zeros behind, and sums without them are short.
        let zeros = min(52, fractions.trailingZeroBitCount)
        let room = Self.bits - (53 - zeros) - (Int.bitWidth - events.count.leadingZeroBitCount)
        guard Int(greatest >> 52) - first <= room else { return nil }
        var sum: Int128 = 0
        for event in events {
            let bits = numbers[event].bitPattern
            let field = Int(bits >> 52 & 0x7ff)
            let fraction = bits & (1 << 52 - 1)
            let significand = (field == 0 ? fraction : fraction | 1 << 52) &>> UInt64(zeros)
            let shift = max(field, 1) - first
            // A zero's field may lie before the first.
            let magnitude = Int128(significand) &<< Int128(truncatingIfNeeded: max(shift, 0))
            sum &+= bits >> 63 == 1 ? -magnitude : magnitude
            output[event] = sum
        }
        return first - 1075 + zeros
    }

    /// The sum of a range of a span's events; valid while the sums live.
    @inline(__always)
    func difference(_ low: Int, _ high: Int, first: Int, _ sums: UnsafeBufferPointer<Int128>) -> Int128 {
        guard high > low else { return 0 }
        return low > first ? sums[high - 1] &- sums[low - 1] : sums[high - 1]
    }

    /// The sums of squares, 256 bits each, as the sums are; numbers of spans that do not fit have none.
    func squares(_ spans: [EventSpan]) -> Buffer {
        let target = MutableBuffer(uninitialized: sums.count / 16 * MemoryLayout<WideInteger>.stride)
        let output = target.elements(as: WideInteger.self)
        for (number, span) in spans.enumerated() where exponents[number] != nil {
            var total = WideInteger()
            for event in span.events {
                let digits = difference(event, event + 1, first: span.events.lowerBound, elements)
                total = total &+ WideInteger(squareOf: digits)
                output[event] = total
            }
        }
        return target.freeze()
    }

    /// Valid while this lives.
    var elements: UnsafeBufferPointer<Int128> { sums.elements() }
}
