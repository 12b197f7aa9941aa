import Columnar

/// A floating-point type whose values can be counted by their bits.
protocol SummarizedFloat: BinaryFloatingPoint, BitwiseCopyable {
    associatedtype Pattern: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
    var bitPattern: Pattern { get }
    static var summaryKind: NumberSummary.Kind { get }
    /// A number that orders as the values do.
    var summaryOrder: Int64 { get }
}

extension Float: SummarizedFloat {
    static var summaryKind: NumberSummary.Kind { .single }
    var summaryOrder: Int64 { Int64(order) }
}

extension Double: SummarizedFloat {
    static var summaryKind: NumberSummary.Kind { .double }
    var summaryOrder: Int64 { order }
}

extension SummarizedFloat {
    /// The bits that tell values apart; -0 is no other value than 0.
    @inline(__always)
    var item: UInt64 { UInt64((self + 0).bitPattern) }

    /// The least and the greatest of `values`; nil if there is none, or a NaN among them. -0 counts as 0.
    static func ends(of values: UnsafeBufferPointer<Self>) -> (least: Self, greatest: Self)? {
        // Four lanes, as each comparison waits for the one before in its lane.
        var sum: (Self, Self, Self, Self) = (0, 0, 0, 0)
        var least = (Self.infinity, Self.infinity, Self.infinity, Self.infinity)
        var greatest = (-Self.infinity, -Self.infinity, -Self.infinity, -Self.infinity)
        var i = 0
        while i + 4 <= values.count {
            let (a, b, c, d) = (values[i], values[i + 1], values[i + 2], values[i + 3])
            least = (
                a < least.0 ? a : least.0, b < least.1 ? b : least.1, c < least.2 ? c : least.2,
                d < least.3 ? d : least.3
            )
            greatest = (
                a > greatest.0 ? a : greatest.0, b > greatest.1 ? b : greatest.1, c > greatest.2 ? c : greatest.2,
                d > greatest.3 ? d : greatest.3
            )
            sum = (sum.0 + a, sum.1 + b, sum.2 + c, sum.3 + d)
            i += 4
        }
        var total = sum.0 + sum.1 + sum.2 + sum.3
        var low = min(min(least.0, least.1), min(least.2, least.3))
        var high = max(max(greatest.0, greatest.1), max(greatest.2, greatest.3))
        for value in values[i...] {
            low = value < low ? value : low
            high = value > high ? value : high
            total += value
        }
        // A NaN makes the sum one, and so may infinities; comparisons with it were false.
        if values.isEmpty || (total.isNaN && values.contains { $0.isNaN }) { return nil }
        return (low + 0, high + 0)
    }
}
