/// A column chunk as runs of equal values: how a sorted column is read without touching each row.
public struct DictionaryRuns: Sendable {
    /// The chunk's distinct values, in the order in which they were first met.
    public let dictionary: Column
    /// A run's value, as an index of `dictionary`; neighbours differ.
    public private(set) var indices: [Int32] = []
    /// A run's rows.
    public private(set) var lengths: [Int32] = []

    init(dictionary: Column) { self.dictionary = dictionary }

    @inline(__always)
    mutating func append(_ index: Int32, count: Int) {
        if let last = indices.last, last == index {
            lengths[lengths.count - 1] += Int32(truncatingIfNeeded: count)
        } else {
            indices.append(index)
            lengths.append(Int32(truncatingIfNeeded: count))
        }
    }

    /// Appends a run for each stretch of equal ones among `batch`.
    mutating func append(contentsOf batch: UnsafeBufferPointer<UInt32>) {
        guard var current = batch.first else { return }
        var count = 0
        for index in batch {
            if index != current {
                append(Int32(truncatingIfNeeded: current), count: count)
                (current, count) = (index, 0)
            }
            count &+= 1
        }
        append(Int32(truncatingIfNeeded: current), count: count)
    }
}
