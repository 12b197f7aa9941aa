import Columnar

/// Collects what is known of one feature, block by block.
protocol FeatureCollector: AnyObject {
    /// Takes a block of values; columns are of the feature's type.
    func add(_ column: Column)

    /// What was collected.
    func finish() -> FeatureSummary.Values
}

/// Collects floating-point numbers.
final class FloatCollector<Histogram: FloatHistogram>: FeatureCollector {
    private typealias Element = Histogram.Element

    private var summary = NumberSummary(kind: Element.summaryKind)
    private var histogram: Histogram?
    private let cells = FrequencyCells()
    private var frequent = HeavyHitters<UInt64>()
    private let scan: (UnsafeBufferPointer<Histogram.Element>) -> FloatScan

    /// Fewer values are added one by one: a histogram's memory is not worth it.
    private static var fewValues: Int { 512 }

    init(scan: @escaping (UnsafeBufferPointer<Histogram.Element>) -> FloatScan) { self.scan = scan }

    func add(_ column: Column) { add(column.child ?? column, ofDense: DenseValues(column)) }

    private func add(_ column: Column, ofDense dense: DenseValues<Element>) {
        dense.withElements { values in
            var nans = 0
            for value in values { nans &+= value.isNaN ? 1 : 0 }
            guard nans > 0 else { return addNumbers(values) }
            summary.nans += Int64(nans)
            DenseValues(values) { !$0.isNaN }.withElements(addNumbers)
        }
    }

    /// Takes values, none of which is NaN.
    func addNumbers(_ values: UnsafeBufferPointer<Histogram.Element>) {
        guard !values.isEmpty else { return }
        let scan = scan(values)
        summary.ends.include(scan.least, scan.greatest)
        if values.count < Self.fewValues {
            for value in values { addOne(value) }
        } else if scan.unordinary > 0 {
            for value in values where !value.isOrdinary { addOne(value) }
            DenseValues(values, where: \.isOrdinary).withElements { ordinary in
                guard !ordinary.isEmpty else { return }
                addMany(ordinary, self.scan(ordinary))
            }
        } else {
            addMany(values, scan)
        }
        let batch = cells.count(values.count, hash: { StableHash.word(values[$0].item) }, isSame: { _, _ in true })
        frequent.add(
            batch.counted.map { (item: values[$0.row].item, count: $0.count) }, others: batch.others,
            limit: batch.limit)
    }

    private func addMany(_ values: UnsafeBufferPointer<Element>, _ scan: FloatScan) {
        let histogram = histogram ?? Histogram()
        self.histogram = histogram
        histogram.add(
            values, magnitudes: min(scan.leastMagnitude, scan.greatestMagnitude)...scan.greatestMagnitude, to: &summary)
    }

    private func addOne(_ value: Element) {
        guard value.isFinite else {
            if value > 0 { summary.positiveInfinities += 1 } else { summary.negativeInfinities += 1 }
            return
        }
        summary.moments.add(Double(value))
        summary.quantiles.add(Double(value))
    }

    func finishNumbers() -> NumberSummary {
        histogram?.flush(to: &summary)
        summary.frequencies = ValueFrequencies(frequent: frequent, estimated: cells.seen)
        return summary
    }

    func finish() -> FeatureSummary.Values { .numbers(finishNumbers()) }
}

/// Collects int32 and int64.
final class IntegerCollector<Element: FixedWidthInteger & SignedInteger & BitwiseCopyable>: FeatureCollector {
    private var summary = NumberSummary(kind: .integer)
    private let cells = FrequencyCells()
    private var frequent = HeavyHitters<UInt64>()

    func add(_ column: Column) {
        DenseValues<Element>(column).withElements { values in
            guard !values.isEmpty else { return }
            addMoments(values)
            addQuantiles(values)
            let batch = cells.count(
                values.count, hash: { StableHash.word(UInt64(bitPattern: Int64(values[$0]))) },
                isSame: { _, _ in true })
            frequent.add(
                batch.counted.map { (item: UInt64(bitPattern: Int64(values[$0.row])), count: $0.count) },
                others: batch.others, limit: batch.limit)
        }
    }

    private func addMoments(_ values: UnsafeBufferPointer<Element>) {
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
        total.add(sum)
        var squares = ExactSum()
        squares.add(magnitude: UInt128(middle) << 64 | UInt128(low), exponent: 0, isNegative: false)
        squares.add(magnitude: UInt128(high), exponent: 128, isNegative: false)
        summary.moments.merge(ExactMoments(count: Int64(values.count), sum: total, squares: squares))
    }

    private func addQuantiles(_ values: UnsafeBufferPointer<Element>) {
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

    func finish() -> FeatureSummary.Values {
        summary.frequencies = ValueFrequencies(frequent: frequent, estimated: cells.seen)
        return .numbers(summary)
    }
}
