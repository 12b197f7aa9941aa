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

    /// The runs of the rows `range`, the first and the last cut to it. Complexity: O(runs).
    public func slice(_ range: Range<Int>) -> DictionaryRuns {
        var slice = DictionaryRuns(dictionary: dictionary)
        var row = 0
        for (index, length) in zip(indices, lengths) {
            let end = row + Int(length)
            let kept = min(end, range.upperBound) - max(row, range.lowerBound)
            if kept > 0 { slice.append(index, count: kept) }
            row = end
            if row >= range.upperBound { break }
        }
        return slice
    }
}
