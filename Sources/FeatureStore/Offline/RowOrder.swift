import Columnar
import Foundation

/// An order of rows, made by stable radix sorts, the least significant sort column first.
///
/// Least-significant-digit radix sort (Knuth, TAOCP vol. 3, §5.2.5). Digits are as wide as keeps the number of
/// passes least: values are taken relative to their minimum, so that only bits that differ cost a pass.
/// Complexity of a sort: O(rows x ceil(significant bits / 11)); O(rows) when the rows are in order already.
struct RowOrder {
    /// Row numbers, first to last.
    private(set) var rows: [Int32]
    private var isIdentity = true
    private static let digitBits = 11

    /// The order in which rows stand.
    init(count: Int) {
        precondition(count <= Int(Int32.max))
        rows = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
            for i in 0..<count { buffer[i] = Int32(i) }
            initialized = count
        }
    }

    /// The order of just `rows`.
    init(rows: [Int32]) {
        self.rows = rows
        isIdentity = false
    }

    /// Sorts by `values` (one a row of the table), keeping the order of rows with equal values.
    mutating func sort(by values: UnsafeBufferPointer<UInt64>) {
        let count = rows.count
        guard count > 1 else { return }
        var least = UInt64.max
        var greatest = UInt64.min
        var isSorted = true
        let keys = UnsafeMutablePointer<Pair>.allocate(capacity: count)
        defer { keys.deallocate() }
        rows.withUnsafeBufferPointer { rows in
            var previous = UInt64.min
            for i in 0..<count {
                let value = values[Int(rows[i])]
                keys[i] = Pair(value: value, row: rows[i])
                least = min(least, value)
                greatest = max(greatest, value)
                if value < previous { isSorted = false }
                previous = value
            }
        }
        if isSorted { return }
        isIdentity = false
        let bits = 64 - (greatest - least).leadingZeroBitCount
        let passes = (bits + Self.digitBits - 1) / Self.digitBits
        let width = (bits + passes - 1) / passes
        let scratch = UnsafeMutablePointer<Pair>.allocate(capacity: count)
        defer { scratch.deallocate() }
        var (source, target) = (keys, scratch)
        for pass in 0..<passes {
            if Self.scatter(from: source, to: target, count: count, least: least, shift: pass * width, width: width) {
                swap(&source, &target)
            }
        }
        rows.withUnsafeMutableBufferPointer { rows in
            for i in 0..<count { rows[i] = source[i].row }
        }
    }

    /// Sorts rows of equal `first`, which must stand together, by `second`, keeping the order of those equal in both.
    ///
    /// Times rarely tie, so this costs a look at each row where sorting by `second` first would move them all.
    mutating func sortTies(of first: UnsafeBufferPointer<Int64>, by second: UnsafeBufferPointer<Int64>) {
        var start = 0
        while start < rows.count {
            let value = first[Int(rows[start])]
            var end = start + 1
            var isSorted = true
            while end < rows.count, first[Int(rows[end])] == value {
                if second[Int(rows[end])] < second[Int(rows[end - 1])] { isSorted = false }
                end += 1
            }
            if !isSorted {
                isIdentity = false
                // Ties of a sort that need not be stable are broken by where the rows stand.
                let sorted = (start..<end).sorted { a, b in
                    let (left, right) = (second[Int(rows[a])], second[Int(rows[b])])
                    return left != right ? left < right : a < b
                }
                rows.replaceSubrange(start..<end, with: sorted.map { rows[$0] })
            }
            start = end
        }
    }

    private struct Pair {
        var value: UInt64
        var row: Int32
    }

    /// One counting pass; returns false, and moves nothing, if all rows share the digit.
    private static func scatter(
        from source: UnsafeMutablePointer<Pair>, to target: UnsafeMutablePointer<Pair>, count: Int, least: UInt64,
        shift: Int, width: Int
    ) -> Bool {
        let mask = UInt64(1) << UInt64(width) - 1
        let shift = UInt64(shift)
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << width) { starts in
            starts.initialize(repeating: 0)
            for i in 0..<count { starts[Int((source[i].value &- least) &>> shift & mask)] &+= 1 }
            var total = 0
            for digit in 0..<starts.count {
                let size = starts[digit]
                if size == count { return false }
                starts[digit] = total
                total += size
            }
            for i in 0..<count {
                let digit = Int((source[i].value &- least) &>> shift & mask)
                target[starts[digit]] = source[i]
                starts[digit] &+= 1
            }
            return true
        }
    }

    /// Whether the rows stand in order as they are.
    var isUnchanged: Bool { isIdentity }
}

extension Int64 {
    /// An unsigned number of the same order.
    @inline(__always)
    var sortable: UInt64 { UInt64(bitPattern: self) ^ (1 << 63) }
}
