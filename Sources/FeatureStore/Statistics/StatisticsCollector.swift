import Columnar

/// Collects summaries of a view's features as their rows go by: blocks of columns, in any order, on any thread.
///
/// The result depends on the rows and on how they are parted into blocks, not on which block came first.
final class StatisticsCollector: Sendable {
    private let features: [Feature]
    private let collectors: [any FeatureCollector]

    init(of features: [Feature]) {
        self.features = features
        collectors = features.map { feature in
            switch feature.type {
            case .bool: BooleanCollector()
            case .int32: PooledCollector<Int32Tally>(feature.type)
            case .int64: PooledCollector<Int64Tally>(feature.type)
            case .float32: PooledCollector<SingleTally>(feature.type)
            case .float64: PooledCollector<DoubleTally>(feature.type)
            case .string, .bytes: PooledCollector<TextTally>(feature.type)
            case .timestamp: PooledCollector<TimeTally>(feature.type)
            case .vector: PooledCollector<VectorTally>(feature.type)
            }
        }
    }

    /// Takes a block of the values of one feature.
    ///
    /// - Parameters:
    ///   - feature: its place among the features.
    ///   - firstRow: the block's place among all rows.
    func add(_ column: Column, feature: Int, firstRow: Int) {
        precondition(column.type == features[feature].type.dataType)
        collectors[feature].add(column, firstRow: firstRow)
    }

    /// Takes a block of all features: a column each, in their order. Features are taken side by side on the cores.
    func add(_ columns: some Collection<Column>, firstRow: Int) {
        let columns = Array(columns)
        precondition(columns.count == features.count)
        _ = Parallel.map(Array(columns.indices)) { self.add(columns[$0], feature: $0, firstRow: firstRow) }
    }

    /// The summaries of what was taken, by feature.
    func finish() -> [String: FeatureSummary] {
        let summaries = Parallel.map(collectors) { $0.finish() }
        return Dictionary(zip(features.map(\.name), summaries), uniquingKeysWith: { first, _ in first })
    }
}
