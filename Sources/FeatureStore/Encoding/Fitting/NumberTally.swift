import Columnar

/// What is learned of numbers in one pass: exact moments, ends, and the buckets in which quantiles lie.
struct NumberTally<Histogram: FloatHistogram> {
    typealias Element = Histogram.Element

    private var summary = NumberSummary(kind: Element.summaryKind)
    private(set) var missing: Int64 = 0
    private var least = Double.infinity
    private var greatest = -Double.infinity
    private let histogram = Histogram()
    private var unflushed = 0

    /// Counts numbers; NaN is missing, infinities are passed over.
    mutating func add(_ values: UnsafeBufferPointer<Element>) {
        var start = 0
        while start < values.count {
            let end = min(start + min(Histogram.capacity, 65_536), values.count)
            addPart(UnsafeBufferPointer(rebasing: values[start..<end]))
            start = end
        }
    }

    mutating func add(missing count: Int) { missing += Int64(count) }

    private mutating func addPart(_ values: UnsafeBufferPointer<Element>) {
        if let (low, high) = Element.ends(of: values), low.isFinite, high.isFinite {
            return add(finite: values, low, high)
        }
        let finite = ValidValues(values) { $0.isFinite }
        for value in values where value.isNaN { missing += 1 }
        withExtendedLifetime(finite) {
            guard let (low, high) = Element.ends(of: finite.elements) else { return }
            add(finite: finite.elements, low, high)
        }
    }

    private mutating func add(finite values: UnsafeBufferPointer<Element>, _ low: Element, _ high: Element) {
        least = min(least, Double(low))
        greatest = max(greatest, Double(high))
        if unflushed + values.count > Histogram.capacity {
            histogram.flush(to: &summary)
            unflushed = 0
        }
        unflushed += values.count
        histogram.add(values) { _ in }
        guard histogram.forgetsUnordinary() else { return }
        for value in values where !value.isNormal {
            summary.moments.add(Double(value))
            summary.quantiles.add(Double(value))
        }
    }

    /// What was learned; nil of no finite number.
    mutating func finish() -> LearnedNumbers? {
        histogram.flush(to: &summary)
        guard summary.moments.count > 0 else { return nil }
        return LearnedNumbers(
            moments: summary.moments, quantiles: summary.quantiles, least: least, greatest: greatest, missing: missing)
    }
}

/// What one pass over numbers has learned.
struct LearnedNumbers {
    var moments: ExactMoments
    var quantiles: DDSketch
    var least: Double
    var greatest: Double
    var missing: Int64

    /// As if all that is missing were `number`.
    mutating func fill(with number: Double) {
        guard missing > 0 else { return }
        least = min(least, number)
        greatest = max(greatest, number)
        // So many copies by doubling.
        var copies = ExactMoments()
        copies.add(number)
        var rest = missing
        while rest > 0 {
            if rest & 1 == 1 { moments.merge(copies) }
            let same = copies
            copies.merge(same)
            rest >>= 1
        }
        quantiles.add(number, count: missing)
        missing = 0
    }
}
