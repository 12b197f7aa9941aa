import Columnar

extension WindowFunctions {
    /// Quantiles as `QuantileSketch` tells them; those of one window in one pass.
    func quantiles(_ wanted: [Wanted]) -> [Column] {
        guard let values, !wanted.isEmpty else { return [] }
        let bucketed = BucketedValues(WindowNumbers(values), sequence.spans)
        let outputs = wanted.map { _ in WindowOutput<Double>(.float64, count: sequence.queryCount) }
        for window in Set(wanted.map(\.window)) {
            let own: [(place: Int, q: Double)] = wanted.indices.compactMap { place in
                guard wanted[place].window == window, case .quantile(let q) = wanted[place].function else { return nil }
                return (place, q)
            }
            let bounds = sequence.bounds(of: window)
            withExtendedLifetime((bounds, bucketed)) {
                let counts = bounds.counts.elements(as: Int32.self)
                let numbers = bucketed.numbers.elements(as: Int32.self)
                for (number, span) in sequence.spans.enumerated() {
                    var present = PresentBuckets(bucketed.buckets(ofSpan: number))
                    WindowSlide(span, bounds.lane, bounds.lows.elements(), isLate: bounds.lane.isLate(number))
                        .run { event in
                            present.change(Int(numbers[event]), by: 1)
                        } remove: { event in
                            present.change(Int(numbers[event]), by: -1)
                        } ask: { query in
                            let count = Int64(counts[query])
                            guard count > 0 else { return }
                            for (place, q) in own {
                                let rank = min(count - 1, Int64(q * Double(count - 1)))
                                outputs[place].set(query, present.number(atRank: rank))
                            }
                        }
                }
            }
        }
        return outputs.map { $0.finish() }
    }
}

/// Each span's values by the sketch's buckets, numbered in the order of their values.
struct BucketedValues {
    /// Int32, one an event: from 0 in each span.
    let numbers: Buffer
    /// The different buckets, ascending, span by span: those of negative numbers are negative.
    private let buckets: [Int32]
    private let starts: [Int]

    func buckets(ofSpan span: Int) -> ArraySlice<Int32> { buckets[starts[span]..<starts[span + 1]] }

    static let negativeInfinity = -(DDSketch.bucket(of: .infinity))
    static let positiveInfinity = DDSketch.bucket(of: .infinity)
    static let nan = positiveInfinity + 1

    /// Complexity: O(events), and for each span sorting its different buckets.
    init(_ values: WindowNumbers, _ spans: [EventSpan]) {
        let target = MutableBuffer(uninitialized: values.count * 4)
        let output = target.elements(as: Int32.self)
        var buckets: [Int32] = []
        var starts = [0]
        let doubles = values.isFloat ? values.doubles : nil
        let integers = values.integers
        // By bucket, from that of negative infinity on: its number in the span.
        var table = [Int32](repeating: -1, count: Self.nan - Self.negativeInfinity + 1)
        for span in spans {
            let first = buckets.count
            for event in span.events {
                let bucket = Self.bucket(of: doubles.map { $0[event] } ?? Double(integers[event]))
                output[event] = Int32(truncatingIfNeeded: bucket)
                let place = bucket - Self.negativeInfinity
                guard table[place] < 0 else { continue }
                table[place] = 0
                buckets.append(Int32(truncatingIfNeeded: bucket))
            }
            buckets[first...].sort()
            for (number, bucket) in buckets[first...].enumerated() {
                table[Int(bucket) - Self.negativeInfinity] = Int32(truncatingIfNeeded: number)
            }
            for event in span.events { output[event] = table[Int(output[event]) - Self.negativeInfinity] }
            for bucket in buckets[first...] { table[Int(bucket) - Self.negativeInfinity] = -1 }
            starts.append(buckets.count)
        }
        numbers = target.freeze()
        self.buckets = buckets
        self.starts = starts
    }

    @inline(__always)
    private static func bucket(of number: Double) -> Int {
        guard !number.isNaN else { return nan }
        let bucket = DDSketch.bucket(of: number.magnitude)
        if bucket < DDSketch.firstBucket { return 0 }
        return number < 0 ? -bucket : bucket
    }
}

/// How many values of a window are in each bucket.
struct PresentBuckets {
    private let buckets: ArraySlice<Int32>
    private var counts: [Int32]
    /// Of so many neighbouring buckets together.
    private var sums: [Int32]
    /// Whether a sketch would have to collapse buckets of one sign.
    private let mayCollapse: Bool

    private static let bucketsOfSum = 32

    init(_ buckets: ArraySlice<Int32>) {
        self.buckets = buckets
        counts = [Int32](repeating: 0, count: buckets.count)
        sums = [Int32](repeating: 0, count: (buckets.count + Self.bucketsOfSum - 1) / Self.bucketsOfSum)
        func spread(_ sign: ArraySlice<Int32>) -> Int { sign.isEmpty ? 0 : Int(sign.last! - sign.first!) }
        let finite = buckets.filter {
            Int($0) > BucketedValues.negativeInfinity && Int($0) < BucketedValues.positiveInfinity
        }
        let positive = finite.filter { $0 > 0 }
        let negative = finite.filter { $0 < 0 }
        mayCollapse =
            spread(positive[...]) >= DDSketch.maximumBuckets || spread(negative[...]) >= DDSketch.maximumBuckets
    }

    @inline(__always)
    mutating func change(_ number: Int, by change: Int32) {
        counts[number] &+= change
        sums[number / Self.bucketsOfSum] &+= change
    }

    /// What a sketch of the present values says of a rank.
    ///
    /// - Precondition: there are more values than `rank`.
    func number(atRank rank: Int64) -> Double {
        var rest = Int32(truncatingIfNeeded: rank)
        var sum = 0
        while sums[sum] <= rest {
            rest -= sums[sum]
            sum += 1
        }
        var number = sum * Self.bucketsOfSum
        while counts[number] <= rest {
            rest -= counts[number]
            number += 1
        }
        let bucket = Int(buckets[buckets.startIndex + number])
        switch bucket {
        case BucketedValues.nan: return .nan
        case BucketedValues.positiveInfinity: return .infinity
        case BucketedValues.negativeInfinity: return -.infinity
        case 0: return 0
        default:
            let kept = mayCollapse ? max(abs(bucket), lowestKept(isNegative: bucket < 0)) : abs(bucket)
            let value = DDSketch.representative(of: kept)
            return bucket < 0 ? -value : value
        }
    }

    /// The bucket that takes all lower ones of a sign.
    private func lowestKept(isNegative: Bool) -> Int {
        var greatest = 0
        for (count, bucket) in zip(counts, buckets) where count > 0 && (bucket < 0) == isNegative {
            let magnitude = abs(Int(bucket))
            if magnitude < BucketedValues.positiveInfinity { greatest = max(greatest, magnitude) }
        }
        return greatest - DDSketch.maximumBuckets + 1
    }
}
