import Columnar

/// Sorts rows that were dealt to buckets, buckets side by side on the cores.
enum BucketOrder {
    /// The places of all rows in the order of their words, then times, then `created`, then places.
    ///
    /// - Parameters:
    ///   - words: uint64, one bucket's before the next one's.
    ///   - times: Int64 each; nil to order by words and places only.
    ///   - created: breaks ties of time; nil if places do.
    /// - Returns: Int32 places. Complexity: O(rows), and radix passes more where neither times ascend nor words repeat little.
    static func places(
        _ distribution: BucketDistribution, words: DealtColumn, times: DealtColumn?, created: DealtColumn?
    ) -> Buffer {
        let order = MutableBuffer(uninitialized: distribution.rowCount * 4)
        let target = UncheckedPointer(order.base)
        let starts = distribution.bucketStarts
        _ = Parallel.map(Array(0..<starts.count - 1)) { bucket in
            let range = starts[bucket]..<starts[bucket + 1]
            let rows = Bucket(
                words: UnsafeBufferPointer(rebasing: words.values()[range]),
                times: times.map { UnsafeBufferPointer(rebasing: $0.values()[range]) },
                created: created.map { UnsafeBufferPointer(rebasing: $0.values()[range]) }
            ).sorted()
            let places = target.pointer.assumingMemoryBound(to: Int32.self) + range.lowerBound
            for i in 0..<rows.count { places[i] = Int32(truncatingIfNeeded: range.lowerBound) &+ rows[i] }
        }
        return withExtendedLifetime((words, times, created)) { order.freeze() }
    }
}

/// The rows of a bucket in order of arrival; the memory is the caller's.
private struct Bucket {
    let words: UnsafeBufferPointer<UInt64>
    let times: UnsafeBufferPointer<Int64>?
    let created: UnsafeBufferPointer<Int64>?

    /// Rows of a key, on average, up to which they are sorted by comparing them.
    private static let fewRows = 16

    func sorted() -> [Int32] {
        var order = RowOrder(count: words.count)
        guard let times else {
            order.sort(by: words)
            return order.rows
        }
        // Sources mostly write in order of time; then there is nothing to sort by it.
        if (1..<max(1, words.count)).allSatisfy({ times[$0 - 1] <= times[$0] }) {
            order.sort(by: words)
        } else {
            order.sort(by: words)
            if words.count < Self.fewRows * countKeys(order) {
                sortTies(of: &order, by: times)
                return order.rows
            }
            order = RowOrder(count: words.count)
            times.map(\.sortable).withUnsafeBufferPointer { order.sort(by: $0) }
            order.sort(by: words)
        }
        if let created {
            order.sortTies {
                words[Int($0)] == words[Int($1)] && times[Int($0)] == times[Int($1)]
            } by: {
                created[Int($0)] < created[Int($1)]
            }
        }
        return order.rows
    }

    private func sortTies(of order: inout RowOrder, by times: UnsafeBufferPointer<Int64>) {
        if let created {
            order.sortTies {
                words[Int($0)] == words[Int($1)]
            } by: {
                (times[Int($0)], created[Int($0)]) < (times[Int($1)], created[Int($1)])
            }
        } else {
            order.sortTies {
                words[Int($0)] == words[Int($1)]
            } by: {
                times[Int($0)] < times[Int($1)]
            }
        }
    }

    private func countKeys(_ order: RowOrder) -> Int {
        var count = 0
        var previous: UInt64?
        for row in order.rows where words[Int(row)] != previous {
            previous = words[Int(row)]
            count += 1
        }
        return count
    }
}
