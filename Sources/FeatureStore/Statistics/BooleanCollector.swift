import Columnar
import Synchronization

/// Collects booleans.
final class BooleanCollector: FeatureCollector {
    private let rows = Atomic<Int64>(0)
    private let nulls = Atomic<Int64>(0)
    private let trues = Atomic<Int64>(0)

    func add(_ column: Column, firstRow: Int) {
        var found = 0
        let bits = column.bits
        for row in stride(from: 0, to: column.count, by: 64) {
            var word = bits.word(at: row)
            if let validity = column.validity { word &= validity.word(at: row) }
            if column.count - row < 64 { word &= 1 << UInt64(column.count - row) - 1 }
            found += word.nonzeroBitCount
        }
        rows.add(Int64(column.count), ordering: .relaxed)
        nulls.add(Int64(column.nullCount), ordering: .relaxed)
        trues.add(Int64(found), ordering: .relaxed)
    }

    func finish() -> FeatureSummary {
        FeatureSummary(
            rows: rows.load(ordering: .relaxed), nulls: nulls.load(ordering: .relaxed),
            values: .booleans(trues: trues.load(ordering: .relaxed)))
    }
}
