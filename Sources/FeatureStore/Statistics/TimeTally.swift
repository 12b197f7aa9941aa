import Columnar

/// Collects times.
struct TimeTally: Tally {
    private var summary = TimeSummary()
    private let cells = FrequencyCells()

    init(_: FeatureType) {}

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> {
        let dense = ValidValues<Int64>(column)
        return withExtendedLifetime(dense) {
            let values = dense.elements
            guard var least = values.first else { return FrequencyBatch() }
            var greatest = least
            for value in values {
                least = min(least, value)
                greatest = max(greatest, value)
            }
            summary.ends.include(least, greatest)
            summary.quantiles.add(values, within: least...greatest)
            for value in values { cells.note(StableHash.word(UInt64(bitPattern: value))) }
            return cells.finishBlock(
                values.count, hash: { StableHash.word(UInt64(bitPattern: values[$0])) }, isSame: { _, _ in true },
                item: { UInt64(bitPattern: values[$0]) })
        }
    }

    func finish() -> (summary: TimeSummary, seen: HyperLogLog) { (summary, cells.seen) }
}
