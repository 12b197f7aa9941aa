/// Quantiles of numbers with a relative error that is guaranteed, whatever their distribution.
///
/// DDSketch (Masson, Rim, Lee 2019, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
/// guarantees", PVLDB 12(12)), with buckets that part each power of two into 64 equal pieces (the paper's §4, linear
/// interpolation), so that a number's bucket is read from its bits: no logarithm, the same on every machine.
///
/// The guarantee: `quantile(q)` lies within `relativeError` (1/129, 0.78 %) of the number at that rank, for numbers of
/// either sign. Two bounds: numbers below 2^-1022 in magnitude count as 0; and for each sign only the greatest
/// `maximumBuckets` buckets are kept, which span 64 powers of two, so that a magnitude less than 2^-64 of the greatest
/// is taken for that. Infinities belong to neither end and NaN to no rank: whoever adds keeps them out.
///
/// It does not depend on the order or grouping of what was added. Numbers can be taken away again, as long as none of
/// that sign had to be collapsed.
struct DDSketch: Hashable, Sendable {
    private(set) var positive = BucketCounts(limit: maximumBuckets)
    private(set) var negative = BucketCounts(limit: maximumBuckets)
    private(set) var zeros: Int64 = 0

    /// Bits of the significand that tell buckets of one power of two apart.
    static let significandBits = 6
    static let maximumBuckets = 4096
    /// (u - l) / (u + l) of the widest bucket in proportion, from 1 to 1 + 1/64.
    static let relativeError = 1.0 / 129

    init() {}

    /// Of numbers and zeros.
    var count: Int64 { positive.total + negative.total + zeros }

    /// - Precondition: `number` is finite.
    mutating func add(_ number: Double, count: Int64 = 1) {
        let bucket = Self.bucket(of: number.magnitude)
        if bucket < Self.firstBucket {
            zeros += count
        } else if number > 0 {
            positive.add(count, to: bucket)
        } else {
            negative.add(count, to: bucket)
        }
    }

    /// Takes away a number that was added before.
    mutating func subtract(_ number: Double) { add(number, count: -1) }

    mutating func subtract(_ other: DDSketch) {
        positive.subtract(other.positive)
        negative.subtract(other.negative)
        zeros -= other.zeros
    }

    /// Adds what was counted elsewhere; `bucket` is one of `bucket(of:)`.
    mutating func add(_ count: Int64, toBucket bucket: Int, isNegative: Bool) {
        if isNegative { negative.add(count, to: bucket) } else { positive.add(count, to: bucket) }
    }

    mutating func add(zeros count: Int64) { zeros += count }

    /// About the number of rank `q (count - 1)`, rounded down, in ascending order; nil if there is none.
    ///
    /// - Parameter q: from 0 to 1.
    func quantile(_ q: Double) -> Double? {
        precondition((0...1).contains(q))
        let count = count
        guard count > 0 else { return nil }
        // Ranks beyond 2^53 cannot be told apart in a double, which is well within the error.
        return number(atRank: min(count - 1, Int64(q * Double(count - 1))))
    }

    /// About the number with `rank` before it, in ascending order; nil beyond the last.
    func number(atRank rank: Int64) -> Double? {
        if rank < negative.total {
            return negative.bucket(atRank: negative.total - 1 - rank).map { -Self.representative(of: $0) }
        }
        if rank < negative.total + zeros { return 0 }
        return positive.bucket(atRank: rank - negative.total - zeros).map(Self.representative)
    }

    /// About how many numbers are at most `number`: exactly those of lower buckets, and all of its own.
    func rank(of number: Double) -> Int64 {
        let bucket = Self.bucket(of: number.magnitude)
        if bucket < Self.firstBucket { return negative.total + zeros }
        return number > 0
            ? negative.total + zeros + positive.total(through: bucket)
            : negative.total - negative.total(through: bucket - 1)
    }

    /// About how many numbers are less than `number`: exactly those of lower buckets, and none of its own.
    func rank(below number: Double) -> Int64 {
        let bucket = Self.bucket(of: number.magnitude)
        if bucket < Self.firstBucket { return negative.total }
        return number > 0
            ? negative.total + zeros + positive.total(through: bucket - 1)
            : negative.total - negative.total(through: bucket)
    }

    // MARK: - Buckets

    /// Buckets below this one hold subnormal numbers and zero.
    static let firstBucket = 1 << significandBits

    /// The power of two and the first bits of the significand, as they stand in the number.
    @inline(__always)
    static func bucket(of magnitude: Double) -> Int { Int(magnitude.bitPattern >> UInt64(52 - significandBits)) }

    /// The least magnitude of a bucket.
    static func lowerBound(of bucket: Int) -> Double {
        Double(bitPattern: UInt64(bucket) << UInt64(52 - significandBits))
    }

    /// The number from which no number of the bucket is further away than `relativeError`: 2 l u / (l + u).
    static func representative(of bucket: Int) -> Double {
        let lower = lowerBound(of: bucket)
        let upper = lowerBound(of: bucket + 1)
        // The last bucket's upper end is infinite, and so is the product of large ends; u / (l + u) is near 1/2.
        guard upper.isFinite else { return lower * (1 + relativeError) }
        return lower * (upper / (lower / 2 + upper / 2))
    }
}

extension DDSketch: Sketch {
    mutating func merge(_ other: DDSketch) {
        positive.merge(other.positive)
        negative.merge(other.negative)
        zeros += other.zeros
    }

    func write(to writer: inout SketchWriter) {
        writer.write(byte: Self.version)
        writer.write(UInt64(zeros))
        positive.write(to: &writer)
        negative.write(to: &writer)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        try reader.readVersion(Self.version, of: "quantile sketch")
        zeros = try reader.readCount()
        let buckets = Self.firstBucket..<Self.bucket(of: .infinity)
        positive = try BucketCounts(reading: &reader, limit: Self.maximumBuckets, within: buckets)
        negative = try BucketCounts(reading: &reader, limit: Self.maximumBuckets, within: buckets)
    }

    private static let version: UInt8 = 1
}
