import Foundation

/// Counts floating-point values by their first bits, from which follow exact moments and the buckets of a `DDSketch`.
///
/// A bucket holds the values of one sign, one exponent and the same six bits behind it. Of each it keeps the count, the
/// sum of the remaining bits and the sum of their squares: whole numbers, so that the sums of all values and of their
/// squares follow without rounding. A value costs two or three additions to memory that is mostly in the first cache.
protocol FloatHistogram: AnyObject {
    associatedtype Element: SummarizedFloat

    init()

    /// Counts a block of values.
    ///
    /// - Parameter magnitudes: the bits of the least magnitude but zero, and of the greatest.
    /// - Precondition: all are zero or normal numbers.
    func add(_ values: UnsafeBufferPointer<Element>, magnitudes: ClosedRange<UInt64>, to summary: inout NumberSummary)

    /// Hands over what was counted and not yet handed over.
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

    func add(to summary: inout NumberSummary, _ sums: inout (sum: ExactSum, squares: ExactSum)) {
        guard exponentField > 0 else { return summary.quantiles.add(zeros: count) }
        let bits = DDSketch.significandBits + lowBits
        let base = UInt128(1 << DDSketch.significandBits | leadingBits) << UInt128(lowBits)
        let exponent = exponentField - 1023 - bits
        let (count, low) = (UInt128(count), UInt128(lowSum))
        sums.sum.add(magnitude: count * base + low, exponent: exponent, isNegative: isNegative)
        sums.squares.add(
            magnitude: count * base * base + 2 * base * low + lowSquares, exponent: 2 * exponent, isNegative: false)
        summary.quantiles.add(
            self.count, toBucket: exponentField << DDSketch.significandBits | leadingBits, isNegative: isNegative)
    }
}

/// The histogram of float32: the count of a bucket and its sum share a word.
final class SingleHistogram: FloatHistogram {
    private struct Bucket {
        /// The count in the upper 23 bits, the sum of the low bits in the lower 41.
        var countAndSum: UInt64
        var squares: UInt64
    }

    private static let lowBits = 23 - DDSketch.significandBits
    private static let sumBits: UInt64 = 41
    /// Values after which a sum may overflow: 2^22 x 2^17 < 2^41 for the sum, 2^22 x 2^34 < 2^64 for the squares.
    private static let capacity = 1 << 22

    private let buckets: UnsafeMutablePointer<Bucket>
    private var count = 0
    private var used = BucketRange()

    init() { buckets = allocateZeroed(1 << (32 - Self.lowBits)) }

    deinit { free(buckets) }

    func add(_ values: UnsafeBufferPointer<Float>, magnitudes: ClosedRange<UInt64>, to summary: inout NumberSummary) {
        for start in stride(from: 0, to: values.count, by: Self.capacity) {
            let part = UnsafeBufferPointer(rebasing: values[start..<min(start + Self.capacity, values.count)])
            if count + part.count > Self.capacity { flush(to: &summary) }
            used.include(magnitudes, lowBits: Self.lowBits)
            count += part.count
            add(part)
        }
    }

    private func add(_ values: UnsafeBufferPointer<Float>) {
        let buckets = buckets
        for value in values {
            let bits = value.bitPattern
            let low = UInt64(bits & (1 << UInt32(Self.lowBits) - 1))
            let bucket = Int(bits &>> UInt32(Self.lowBits))
            buckets[bucket].countAndSum &+= 1 &<< Self.sumBits | low
            buckets[bucket].squares &+= low &* low
        }
    }

    func flush(to summary: inout NumberSummary) {
        var sums = (sum: ExactSum(), squares: ExactSum())
        let count = count
        used.forEach(signBit: 31 - Self.lowBits) { place, isNegative, magnitude in
            let bucket = buckets[place]
            guard bucket.countAndSum != 0 else { return }
            buckets[place] = Bucket(countAndSum: 0, squares: 0)
            let field = magnitude >> DDSketch.significandBits
            HistogramBucket(
                isNegative: isNegative, exponentField: field == 0 ? 0 : field - 127 + 1023,
                leadingBits: magnitude & (1 << DDSketch.significandBits - 1), lowBits: Self.lowBits,
                count: Int64(bucket.countAndSum >> Self.sumBits),
                lowSum: bucket.countAndSum & (1 << Self.sumBits - 1), lowSquares: UInt128(bucket.squares)
            ).add(to: &summary, &sums)
        }
        summary.moments.merge(ExactMoments(count: Int64(count), sum: sums.sum, squares: sums.squares))
        (self.count, used) = (0, BucketRange())
    }
}

/// The histogram of float64: squares of the low bits take two words.
final class DoubleHistogram: FloatHistogram {
    private struct Bucket {
        var count: UInt64
        var sum: UInt64
        var squaresLow: UInt64
        var squaresHigh: UInt64
    }

    private static let lowBits = 52 - DDSketch.significandBits
    /// Values after which a sum may overflow: 2^17 x 2^46 < 2^64.
    private static let capacity = 1 << 17

    private let buckets: UnsafeMutablePointer<Bucket>
    private var count = 0
    private var used = BucketRange()

    init() { buckets = allocateZeroed(1 << (64 - Self.lowBits)) }

    deinit { free(buckets) }

    func add(_ values: UnsafeBufferPointer<Double>, magnitudes: ClosedRange<UInt64>, to summary: inout NumberSummary) {
        for start in stride(from: 0, to: values.count, by: Self.capacity) {
            let part = UnsafeBufferPointer(rebasing: values[start..<min(start + Self.capacity, values.count)])
            if count + part.count > Self.capacity { flush(to: &summary) }
            used.include(magnitudes, lowBits: Self.lowBits)
            count += part.count
            add(part)
        }
    }

    private func add(_ values: UnsafeBufferPointer<Double>) {
        let buckets = buckets
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
        }
    }

    func flush(to summary: inout NumberSummary) {
        var sums = (sum: ExactSum(), squares: ExactSum())
        let count = count
        used.forEach(signBit: 63 - Self.lowBits) { place, isNegative, magnitude in
            let bucket = buckets[place]
            guard bucket.count != 0 else { return }
            buckets[place] = Bucket(count: 0, sum: 0, squaresLow: 0, squaresHigh: 0)
            HistogramBucket(
                isNegative: isNegative, exponentField: magnitude >> DDSketch.significandBits,
                leadingBits: magnitude & (1 << DDSketch.significandBits - 1), lowBits: Self.lowBits,
                count: Int64(bucket.count), lowSum: bucket.sum,
                lowSquares: UInt128(bucket.squaresHigh) << 64 | UInt128(bucket.squaresLow)
            ).add(to: &summary, &sums)
        }
        summary.moments.merge(ExactMoments(count: Int64(count), sum: sums.sum, squares: sums.squares))
        (self.count, used) = (0, BucketRange())
    }
}

/// Which buckets of a histogram may hold something.
private struct BucketRange {
    private var magnitudes: ClosedRange<Int>?

    mutating func include(_ bits: ClosedRange<UInt64>, lowBits: Int) {
        let (low, high) = (Int(bits.lowerBound >> UInt64(lowBits)), Int(bits.upperBound >> UInt64(lowBits)))
        magnitudes = min(low, magnitudes?.lowerBound ?? low)...max(high, magnitudes?.upperBound ?? high)
    }

    /// Both zeros, and the buckets of both signs.
    func forEach(signBit: Int, _ body: (_ place: Int, _ isNegative: Bool, _ magnitude: Int) -> Void) {
        for isNegative in [false, true] {
            let start = isNegative ? 1 << signBit : 0
            body(start, isNegative, 0)
            for magnitude in max(magnitudes?.lowerBound ?? 1, 1)..<max((magnitudes?.upperBound ?? 0) + 1, 1) {
                body(start + magnitude, isNegative, magnitude)
            }
        }
    }
}

/// Memory that is zero; parts of it that are never touched take no room.
private func allocateZeroed<Element>(_ count: Int) -> UnsafeMutablePointer<Element> {
    guard let memory = calloc(count, MemoryLayout<Element>.stride) else {
        fatalError("out of memory: \(count * MemoryLayout<Element>.stride) bytes were asked for")
    }
    return memory.bindMemory(to: Element.self, capacity: count)
}
