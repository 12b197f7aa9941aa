import Columnar

/// Collects int32.
struct Int32Tally: Tally {
    private var values = IntegerTally<Int32>()

    init(_: FeatureType) {}

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> { values.add(column) }
    mutating func finish() -> (summary: NumberSummary, seen: HyperLogLog) { values.finish() }
}

/// Collects int64.
struct Int64Tally: Tally {
    private var values = IntegerTally<Int64>()

    init(_: FeatureType) {}

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> { values.add(column) }
    mutating func finish() -> (summary: NumberSummary, seen: HyperLogLog) { values.finish() }
}

/// What was collected of integers.
struct IntegerTally<Element: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: Sendable {
    private var summary = NumberSummary(kind: .integer)
    private let cells = FrequencyCells()

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> {
        let dense = ValidValues<Element>(column)
        return withExtendedLifetime(dense) {
            let values = dense.elements
            guard !values.isEmpty else { return FrequencyBatch() }
            addMoments(values)
            addQuantiles(values)
            for value in values { cells.note(StableHash.word(UInt64(bitPattern: Int64(value)))) }
            return cells.finishBlock(
                values.count, hash: { StableHash.word(UInt64(bitPattern: Int64(values[$0]))) },
                isSame: { _, _ in true }, item: { UInt64(bitPattern: Int64(values[$0])) })
        }
    }

    private mutating func addMoments(_ values: UnsafeBufferPointer<Element>) {
        var (least, greatest) = (Element.max, Element.min)
        for value in values {
            least = min(least, value)
            greatest = max(greatest, value)
        }
        summary.ends.include(Int64(least), Int64(greatest))
        var sum: Int128 = 0
        var (low, middle, high): (UInt64, UInt64, UInt64) = (0, 0, 0)
        for value in values {
            sum &+= Int128(value)
            let magnitude = UInt64(value.magnitude)
            let square = magnitude.multipliedFullWidth(by: magnitude)
            let (newLow, carries) = low.addingReportingOverflow(square.low)
            // A square is less than 2^126, so that its upper half with a carry does not overflow.
            let (newMiddle, carriesOn) = middle.addingReportingOverflow(square.high &+ (carries ? 1 : 0))
            (low, middle) = (newLow, newMiddle)
            high &+= carriesOn ? 1 : 0
        }
        var total = ExactSum()
        total.add(whole: sum)
        var squares = ExactSum()
        squares.add(magnitude: UInt128(middle) << 64 | UInt128(low), exponent: 0, isNegative: false)
        squares.add(magnitude: UInt128(high), exponent: 128, isNegative: false)
        summary.moments.merge(ExactMoments(count: Int64(values.count), sum: total, squares: squares))
    }

    private mutating func addQuantiles(_ values: UnsafeBufferPointer<Element>) {
        // An integer's magnitude as a double lies between 1 and 2^63, or is 0.
        let first = DDSketch.bucket(of: 1)
        let buckets = DDSketch.bucket(of: 0x1p63) - first + 1
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * buckets) { counts in
            counts.initialize(repeating: 0)
            var zeros = 0
            for value in values {
                guard value != 0 else {
                    zeros &+= 1
                    continue
                }
                let bucket = DDSketch.bucket(of: Double(value.magnitude)) - first
                counts[value < 0 ? bucket + buckets : bucket] &+= 1
            }
            summary.quantiles.add(zeros: Int64(zeros))
            for bucket in 0..<buckets {
                summary.quantiles.add(Int64(counts[bucket]), toBucket: first + bucket, isNegative: false)
                summary.quantiles.add(Int64(counts[buckets + bucket]), toBucket: first + bucket, isNegative: true)
            }
        }
    }

    /// All that was taken.
    func finish() -> (summary: NumberSummary, seen: HyperLogLog) { (summary, cells.seen) }
}
