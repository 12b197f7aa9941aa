/// Different values in ascending order with how often each occurs: ranks without an error.
///
/// Values are numbers that order as they do, as in `Ends`.
struct RankedValues: Sendable {
    private let values: [Int64]
    /// How many there are up to each of `values`.
    private let counts: [Int64]

    /// - Parameter counted: different values. Complexity: O(n log n).
    init(_ counted: some Sequence<(value: Int64, count: Int64)>) {
        let sorted = counted.sorted { $0.value < $1.value }
        values = sorted.map(\.value)
        var total: Int64 = 0
        counts = sorted.map { value in
            total += value.count
            return total
        }
    }

    var total: Int64 { counts.last ?? 0 }

    /// The value of rank `q (total - 1)`, rounded down; nil if there is none.
    ///
    /// - Parameter q: from 0 to 1.
    func quantile(_ q: Double) -> Int64? {
        precondition((0...1).contains(q))
        guard total > 0 else { return nil }
        let rank = min(total - 1, Int64(q * Double(total - 1)))
        return counts.firstIndex { $0 > rank }.map { values[$0] }
    }

    /// How many lie in each of the parts between ascending `edges`: above the lower one, up to the upper one, both by
    /// `number`. Complexity: O(values + parts).
    func counts(between edges: [Double], _ number: (Int64) -> Double) -> [Int64] {
        var place = 0
        var before: Int64 = 0
        let through = edges.map { edge in
            while place < values.count, number(values[place]) <= edge {
                before = counts[place]
                place += 1
            }
            return before
        }
        return zip(through.dropFirst(), through).map { $0 - $1 }
    }
}

extension NumberSummary {
    /// All finite values; nil if too many different ones were met for all to be kept.
    var ranked: RankedValues? {
        guard frequencies.frequent.isExact else { return nil }
        return RankedValues(
            frequencies.frequent.counted.compactMap { item, count in
                let order = order(ofItem: item)
                guard number(atOrder: order).isFinite else { return nil }
                return (value: order, count: count)
            })
    }

    /// The number of `ends` that an item of `frequencies` stands for.
    private func order(ofItem item: UInt64) -> Int64 {
        switch kind {
        case .integer: Int64(bitPattern: item)
        case .single: Int64(Float(bitPattern: UInt32(truncatingIfNeeded: item)).order)
        case .double: Double(bitPattern: item).order
        }
    }

    /// `value(atOrder:)` as a double.
    func number(atOrder order: Int64) -> Double {
        switch kind {
        case .integer: Double(order)
        case .single: Double(Float(order: Int32(truncatingIfNeeded: order)))
        case .double: Double(order: order)
        }
    }
}

extension TimeSummary {
    /// All times, in microseconds; nil if too many different ones were met for all to be kept.
    var ranked: RankedValues? {
        guard frequencies.frequent.isExact else { return nil }
        return RankedValues(
            frequencies.frequent.counted.map { (value: Int64(bitPattern: $0.item), count: $0.count) })
    }
}
