import Foundation

/// Counts floating-point values by their first bits, from which follow exact moments and the buckets of a `DDSketch`.
///
/// A bucket holds the values of one sign, one exponent and the same six bits behind it. Of each it keeps the count, the
/// sum of the remaining bits and the sum of their squares: whole numbers, so that the sums of all values and of their
/// squares follow without rounding. A value costs two or three additions to memory that is mostly in the first cache.
protocol FloatHistogram: AnyObject, Sendable {
    associatedtype Element: SummarizedFloat

    /// How many values may be counted between two flushes: more might overflow a sum.
    static var capacity: Int { get }

    init()

    /// Counts values, and hands each to `also`, which has its cost in the shadow of the counting. Then
    /// `forgetsUnordinary()` is to be asked.
    func add(_ values: UnsafeBufferPointer<Element>, also: (Element) -> Void)

    /// Whether infinities or subnormal numbers were among the values that were counted last; then these and the
    /// zeros among them are forgotten, for the caller to add them one by one.
    func forgetsUnordinary() -> Bool

    /// Hands over what was counted.
    func flush(to summary: inout NumberSummary)
}

/// The contents of a histogram's bucket: values `(base + low) · 2^exponent`.
struct HistogramBucket {
    var isNegative: Bool
    /// As the bits of a double have it; 0 for zero.
    var exponentField: Int
    /// The bits behind the exponent that all values of the bucket share.
    var leadingBits: Int
    /// The bits behind those.
    var lowBits: Int
    var count: Int64
    var lowSum: UInt64
    var lowSquares: UInt128
}

/// The exact sums over a histogram's buckets.
struct HistogramSums {
    private var count: Int64 = 0
    private var sum = ExactSum()
    private var squares = ExactSum()

    var moments: ExactMoments { ExactMoments(count: count, sum: sum, squares: squares) }

    mutating func add(_ bucket: HistogramBucket, to quantiles: inout DDSketch) {
        count += bucket.count
        guard bucket.exponentField > 0 else { return quantiles.add(zeros: bucket.count) }
        let bits = DDSketch.significandBits + bucket.lowBits
        let base = UInt128(1 << DDSketch.significandBits | bucket.leadingBits) << UInt128(bucket.lowBits)
        let exponent = bucket.exponentField - 1023 - bits
        let (size, low) = (UInt128(bucket.count), UInt128(bucket.lowSum))
        sum.add(magnitude: size * base + low, exponent: exponent, isNegative: bucket.isNegative)
        squares.add(
            magnitude: size * base * base + 2 * base * low + bucket.lowSquares, exponent: 2 * exponent,
            isNegative: false)
        quantiles.add(
            bucket.count, toBucket: bucket.exponentField << DDSketch.significandBits | bucket.leadingBits,
            isNegative: bucket.isNegative)
    }
}

/// The histogram of float32: the count of a bucket and its sum share a word.
final class SingleHistogram: FloatHistogram, @unchecked Sendable {
    // Only one thread works with it at a time.

    private struct Bucket {
        /// The count in the upper 23 bits, the sum of the low bits in the lower 41.
        var countAndSum: UInt64
        var squares: UInt64
    }

    private static let lowBits = 23 - DDSketch.significandBits
    private static let sumBits: UInt64 = 41
    private static let octaves = 1 << 9
    private static let unordinary = unordinaryBuckets(octaves: octaves)
    /// 2^22 x 2^17 < 2^41 for the sum, 2^22 x 2^34 < 2^64 for the squares.
    static let capacity = 1 << 22

    private let buckets: UnsafeMutablePointer<Bucket>
    /// Zeros of either sign that were counted before the last values.
    private var zerosBefore: (UInt64, UInt64) = (0, 0)

    init() { buckets = allocateZeroed(Self.octaves << DDSketch.significandBits) }

    deinit { free(buckets) }

    @inline(__always)
    func add(_ values: UnsafeBufferPointer<Float>, also: (Float) -> Void) {
        let buckets = buckets
        zerosBefore = (buckets[0].countAndSum, buckets[Self.negativeZero].countAndSum)
        for value in values {
            let bits = value.bitPattern
            let low = UInt64(bits & (1 << UInt32(Self.lowBits) - 1))
            let bucket = Int(bits &>> UInt32(Self.lowBits))
            buckets[bucket].countAndSum &+= 1 &<< Self.sumBits | low
            buckets[bucket].squares &+= low &* low
            also(value)
        }
    }

    private static let negativeZero = (octaves / 2) << DDSketch.significandBits

    func forgetsUnordinary() -> Bool {
        var isFound = buckets[0].squares != 0 || buckets[Self.negativeZero].squares != 0
        for place in Self.unordinary where buckets[place].countAndSum != 0 { isFound = true }
        guard isFound else { return false }
        for place in Self.unordinary { buckets[place] = Bucket(countAndSum: 0, squares: 0) }
        buckets[0] = Bucket(countAndSum: zerosBefore.0, squares: 0)
        buckets[Self.negativeZero] = Bucket(countAndSum: zerosBefore.1, squares: 0)
        return true
    }

    func flush(to summary: inout NumberSummary) {
        var sums = HistogramSums()
        for place in 0..<Self.octaves << DDSketch.significandBits {
            let bucket = buckets[place]
            guard bucket.countAndSum != 0 else { continue }
            buckets[place] = Bucket(countAndSum: 0, squares: 0)
            let field = place >> DDSketch.significandBits & (Self.octaves / 2 - 1)
            sums.add(
                HistogramBucket(
                    isNegative: place >= Self.negativeZero, exponentField: field == 0 ? 0 : field - 127 + 1023,
                    leadingBits: place & (1 << DDSketch.significandBits - 1), lowBits: Self.lowBits,
                    count: Int64(bucket.countAndSum >> Self.sumBits),
                    lowSum: bucket.countAndSum & (1 << Self.sumBits - 1), lowSquares: UInt128(bucket.squares)),
                to: &summary.quantiles)
        }
        summary.moments.merge(sums.moments)
    }
}

/// The histogram of float64: squares of the low bits take two words.
final class DoubleHistogram: FloatHistogram, @unchecked Sendable {
    // Only one thread works with it at a time.

    private struct Bucket {
        var count: UInt64 = 0
        var sum: UInt64 = 0
        var squaresLow: UInt64 = 0
        var squaresHigh: UInt64 = 0
    }

    private static let lowBits = 52 - DDSketch.significandBits
    private static let octaves = 1 << 12
    private static let unordinary = unordinaryBuckets(octaves: octaves)
    /// 2^17 x 2^46 < 2^64.
    static let capacity = 1 << 17

    private let buckets: UnsafeMutablePointer<Bucket>
    /// For each sign and exponent whether a value has it: the buckets are too many to look at all of them.
    private let marks: UnsafeMutablePointer<UInt8>
    private var zerosBefore: (UInt64, UInt64) = (0, 0)

    init() {
        buckets = allocateZeroed(Self.octaves << DDSketch.significandBits)
        marks = allocateZeroed(Self.octaves)
    }

    deinit {
        free(buckets)
        free(marks)
    }

    @inline(__always)
    func add(_ values: UnsafeBufferPointer<Double>, also: (Double) -> Void) {
        let (buckets, marks) = (buckets, marks)
        zerosBefore = (buckets[0].count, buckets[Self.negativeZero].count)
        for value in values {
            let bits = value.bitPattern
            let low = bits & (1 << UInt64(Self.lowBits) - 1)
            let bucket = Int(truncatingIfNeeded: bits &>> UInt64(Self.lowBits))
            let square = low.multipliedFullWidth(by: low)
            let (sum, carries) = buckets[bucket].squaresLow.addingReportingOverflow(square.low)
            buckets[bucket].count &+= 1
            buckets[bucket].sum &+= low
            buckets[bucket].squaresLow = sum
            buckets[bucket].squaresHigh &+= square.high &+ (carries ? 1 : 0)
            marks[bucket &>> DDSketch.significandBits] = 1
            also(value)
        }
    }

    private static let negativeZero = (octaves / 2) << DDSketch.significandBits

    func forgetsUnordinary() -> Bool {
        var isFound = buckets[0].sum != 0 || buckets[Self.negativeZero].sum != 0
        for place in Self.unordinary where buckets[place].count != 0 { isFound = true }
        guard isFound else { return false }
        for place in Self.unordinary { buckets[place] = Bucket() }
        buckets[0] = Bucket(count: zerosBefore.0)
        buckets[Self.negativeZero] = Bucket(count: zerosBefore.1)
        return true
    }

    func flush(to summary: inout NumberSummary) {
        var sums = HistogramSums()
        for octave in 0..<Self.octaves where marks[octave] != 0 {
            marks[octave] = 0
            for leadingBits in 0..<1 << DDSketch.significandBits {
                let place = octave << DDSketch.significandBits | leadingBits
                let bucket = buckets[place]
                guard bucket.count != 0 else { continue }
                buckets[place] = Bucket()
                sums.add(
                    HistogramBucket(
                        isNegative: place >= Self.negativeZero, exponentField: octave & (Self.octaves / 2 - 1),
                        leadingBits: leadingBits, lowBits: Self.lowBits, count: Int64(bucket.count),
                        lowSum: bucket.sum,
                        lowSquares: UInt128(bucket.squaresHigh) << 64 | UInt128(bucket.squaresLow)),
                    to: &summary.quantiles)
            }
        }
        summary.moments.merge(sums.moments)
    }
}

/// The buckets of subnormal numbers, but for the least ones that share one with zero, and of infinities and NaNs.
///
/// - Parameter octaves: signs and exponents.
private func unordinaryBuckets(octaves: Int) -> [Int] {
    let size = 1 << DDSketch.significandBits
    var places: [Int] = []
    for sign in [0, octaves / 2] {
        let greatest = sign + octaves / 2 - 1
        places += sign * size + 1..<(sign + 1) * size
        places += greatest * size..<(greatest + 1) * size
    }
    return places
}

/// Memory that is zero; parts of it that are never touched take no room.
private func allocateZeroed<Element>(_ count: Int) -> UnsafeMutablePointer<Element> {
    guard let memory = calloc(count, MemoryLayout<Element>.stride) else {
        fatalError("out of memory: \(count * MemoryLayout<Element>.stride) bytes were asked for")
    }
    return memory.bindMemory(to: Element.self, capacity: count)
}
