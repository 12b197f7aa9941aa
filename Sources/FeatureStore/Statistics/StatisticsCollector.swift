import Columnar

/// Collects summaries of a view's features as their rows go by, block by block, features side by side on the cores.
///
/// Sketches do not depend on the order of rows; of the frequent values only the stated errors do.
final class StatisticsCollector: @unchecked Sendable {
    // Within a call of `add` each core works on features of its own; calls do not overlap.
    private let collectors: [any FeatureCollector]
    private let features: [Feature]
    private var rows: Int64 = 0
    private var nulls: [Int64]

    init(of features: [Feature]) {
        self.features = features
        nulls = [Int64](repeating: 0, count: features.count)
        collectors = features.map { feature in
            switch feature.type {
            case .bool: BooleanCollector()
            case .int32: IntegerCollector<Int32>()
            case .int64: IntegerCollector<Int64>()
            case .float32: FloatCollector<SingleHistogram> { FloatScan($0) }
            case .float64: FloatCollector<DoubleHistogram> { FloatScan($0) }
            case .string, .bytes: TextCollector()
            case .timestamp: TimeCollector()
            case .vector(let count): VectorCollector(size: count)
            }
        }
    }

    /// Takes a block of rows: a column a feature, in the order of the features.
    func add(_ columns: some Collection<Column>) {
        let columns = Array(columns)
        precondition(columns.count == features.count)
        for (i, column) in columns.enumerated() { nulls[i] += Int64(column.nullCount) }
        rows += Int64(columns.first?.count ?? 0)
        _ = Parallel.map(Array(columns.indices)) { self.collectors[$0].add(columns[$0]) }
    }

    /// The summaries of what was taken, by feature.
    func finish() -> [String: FeatureSummary] {
        let summaries = Parallel.map(Array(features.indices)) { i in
            FeatureSummary(rows: self.rows, nulls: self.nulls[i], values: self.collectors[i].finish())
        }
        return Dictionary(zip(features.map(\.name), summaries), uniquingKeysWith: { first, _ in first })
    }
}
