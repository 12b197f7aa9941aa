import Columnar

/// Entity rows sorted by (key, time) and grouped by key: one side of the merge.
///
/// Rows with a null key are left out; they can match nothing. Made once for all views with the same join keys.
/// Complexity: O(rows) radix passes.
struct EntityOrder: Sendable {
    /// Entity rows, by key, then time; ties in the caller's order.
    let rows: [Int32]
    /// The time of each of `rows`.
    let times: [Int64]
    /// Where in `rows` each group of equal keys starts, and the end.
    let groupStarts: [Int32]
    /// The keys of all entity rows, in the caller's order.
    let keys: EncodedKeys

    var groupCount: Int { groupStarts.count - 1 }

    init(keys: EncodedKeys, times: UnsafeBufferPointer<Int64>) {
        self.keys = keys
        var order = RowOrder(rows: (0..<Int32(keys.count)).filter { !keys.isNull(Int($0)) })
        let sortableTimes = times.map(\.sortable)
        sortableTimes.withUnsafeBufferPointer { order.sort(by: $0) }
        let ranks = keys.ranks()
        let words = ranks.elements(as: UInt64.self)
        var starts: [Int32] = []
        withExtendedLifetime(ranks) {
            order.sort(by: words)
            var previous: UInt64 = 0
            for (i, row) in order.rows.enumerated() {
                let rank = words[Int(row)]
                if i == 0 || rank != previous { starts.append(Int32(i)) }
                previous = rank
            }
        }
        rows = order.rows
        starts.append(Int32(rows.count))
        groupStarts = starts
        self.times = rows.map { times[Int($0)] }
    }

    /// An entity row that has the key of `group`.
    @inline(__always)
    func representative(of group: Int) -> Int { Int(rows[Int(groupStarts[group])]) }
}
