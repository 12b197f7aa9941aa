import Columnar

/// Collects float32.
struct SingleTally: Tally {
    private var values = FloatTally<SingleHistogram>()

    init(_: FeatureType) {}

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> { values.add(column) }
    mutating func finish() -> (summary: NumberSummary, seen: HyperLogLog) { values.finish() }
}

/// Collects float64.
struct DoubleTally: Tally {
    private var values = FloatTally<DoubleHistogram>()

    init(_: FeatureType) {}

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> { values.add(column) }
    mutating func finish() -> (summary: NumberSummary, seen: HyperLogLog) { values.finish() }
}

/// What was collected of floating-point numbers.
struct FloatTally<Histogram: FloatHistogram>: Sendable {
    typealias Element = Histogram.Element

    private var summary = NumberSummary(kind: Element.summaryKind)
    private var histogram: Histogram?
    private var unflushed = 0
    private let cells = FrequencyCells()

    /// Fewer values are added one by one: a histogram's memory is not worth it.
    private static var fewValues: Int { 512 }

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> {
        let dense = ValidValues<Element>(column)
        return withExtendedLifetime(dense) { add(dense.elements) }
    }

    mutating func add(_ values: UnsafeBufferPointer<Element>) -> FrequencyBatch<UInt64> {
        if let (least, greatest) = Element.ends(of: values) { return add(numbers: values, least, greatest) }
        let numbers = ValidValues(values) { !$0.isNaN }
        summary.nans += Int64(values.count - numbers.elements.count)
        return withExtendedLifetime(numbers) {
            guard let (least, greatest) = Element.ends(of: numbers.elements) else { return FrequencyBatch() }
            return add(numbers: numbers.elements, least, greatest)
        }
    }

    private mutating func add(
        numbers: UnsafeBufferPointer<Element>, _ least: Element, _ greatest: Element
    ) -> FrequencyBatch<UInt64> {
        summary.ends.include(least.summaryOrder, greatest.summaryOrder)
        if numbers.count < Self.fewValues {
            for number in numbers {
                addOne(number)
                cells.note(StableHash.word(number.item))
            }
        } else {
            addMany(numbers)
        }
        return cells.finishBlock(
            numbers.count, hash: { StableHash.word(numbers[$0].item) }, isSame: { _, _ in true },
            item: { numbers[$0].item })
    }

    /// - Precondition: no more than a histogram's capacity.
    private mutating func addMany(_ numbers: UnsafeBufferPointer<Element>) {
        let histogram = histogram ?? Histogram()
        self.histogram = histogram
        if unflushed + numbers.count > Histogram.capacity {
            histogram.flush(to: &summary)
            unflushed = 0
        }
        unflushed += numbers.count
        let cells = cells
        histogram.add(numbers) { cells.note(StableHash.word($0.item)) }
        if histogram.forgetsUnordinary() { for number in numbers where !number.isNormal { addOne(number) } }
    }

    private mutating func addOne(_ value: Element) {
        if value.isFinite {
            summary.moments.add(Double(value))
            summary.quantiles.add(Double(value))
        } else if value > 0 {
            summary.positiveInfinities += 1
        } else {
            summary.negativeInfinities += 1
        }
    }

    /// All that was taken.
    mutating func finish() -> (summary: NumberSummary, seen: HyperLogLog) {
        histogram?.flush(to: &summary)
        return (summary, cells.seen)
    }
}
