import Columnar
import Synchronization

/// Collects what is known of one feature from blocks of its values, which may come in any order and on any thread.
protocol FeatureCollector: Sendable {
    /// Takes a block of values, of the feature's type.
    ///
    /// - Parameter firstRow: the block's place among all rows, so that the result does not depend on who comes first.
    func add(_ column: Column, firstRow: Int)

    /// What was taken. Nothing can be added afterwards.
    func finish() -> FeatureSummary
}

/// What one thread collects of a feature.
///
/// A type of its own for each kind of values, none of them generic: so that the compiler makes fast code for each.
protocol Tally: Sendable {
    associatedtype Summary: CountedSummary

    init(_ type: FeatureType)

    /// Takes the values of a block of at most `FrequencyCells.maximumRows` rows; how often they occur is not kept here,
    /// as that may depend on the order of blocks.
    mutating func add(_ column: Column) -> FrequencyBatch<Summary.Item>

    /// The summary but for its frequencies, and a sketch that has seen all values.
    mutating func finish() -> (summary: Summary, seen: HyperLogLog)
}

/// A summary in which values are counted.
protocol CountedSummary: Sketch {
    associatedtype Item: HeavyHitter & StablyHashed
    var frequencies: ValueFrequencies<Item> { get set }
    var values: FeatureSummary.Values { get }
}

/// A block's frequent values.
struct FrequencyBatch<Item: HeavyHitter>: Sendable {
    var counted: [(item: Item, count: Int64)] = []
    /// Values that were not counted one by one, and how often one of them may have occurred at most.
    var others: Int64 = 0
    var limit: Int64 = 0
}

/// Collects with as many parts as there are threads that add at the same time.
final class PooledCollector<Part: Tally>: FeatureCollector {
    private struct State {
        var rows: Int64 = 0
        var nulls: Int64 = 0
        /// Parts that no thread works with.
        var parts: [Part] = []
        var batches: [(firstRow: Int, batch: FrequencyBatch<Part.Summary.Item>)] = []
    }

    private let type: FeatureType
    private let state = Mutex(State())

    init(_ type: FeatureType) { self.type = type }

    func add(_ column: Column, firstRow: Int) {
        var part = state.withLock { $0.parts.popLast() } ?? Part(type)
        for start in stride(from: 0, to: column.count, by: FrequencyCells.maximumRows) {
            let block = column.slice(start..<min(start + FrequencyCells.maximumRows, column.count))
            let batch = part.add(block)
            let nulls = Int64(block.nullCount)
            state.withLock { state in
                state.rows += Int64(block.count)
                state.nulls += nulls
                state.batches.append((firstRow + start, batch))
            }
        }
        state.withLock { $0.parts.append(part) }
    }

    func finish() -> FeatureSummary {
        let state = state.withLock { state in
            defer { state = State() }
            return state
        }
        var (summary, seen) = Part(type).finished()
        for part in state.parts {
            let (more, moreSeen) = part.finished()
            summary.merge(more)
            seen.merge(moreSeen)
        }
        var frequent = HeavyHitters<Part.Summary.Item>()
        for (_, batch) in state.batches.sorted(by: { $0.firstRow < $1.firstRow }) { frequent.add(batch) }
        summary.frequencies = ValueFrequencies(frequent: frequent, estimated: seen)
        return FeatureSummary(rows: state.rows, nulls: state.nulls, values: summary.values)
    }
}

extension Tally {
    fileprivate func finished() -> (summary: Summary, seen: HyperLogLog) {
        var part = self
        return part.finish()
    }
}
