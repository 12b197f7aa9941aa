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
    /// Rows that are sorted by insertion.
    private static let insertedRows = 32

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
        guard rows.count > 1 else { return }
        var least = UInt64.max
        var greatest = UInt64.min
        var isSorted = true
        var previous = UInt64.min
        for row in rows {
            let value = values[Int(row)]
            least = min(least, value)
            greatest = max(greatest, value)
            if value < previous { isSorted = false }
            previous = value
        }
        if isSorted { return }
        isIdentity = false
        let bits = 64 - (greatest - least).leadingZeroBitCount
        if bits <= 32 {
            // A value and its row fit into a word, which halves what is moved.
            radixSort(bits: bits) { row in PackedRow(value: values[Int(row)] &- least, row: row) }
        } else {
            radixSort(bits: bits) { row in WideRow(value: values[Int(row)] &- least, row: row) }
        }
    }

    /// Sorts groups of neighbours that are tied, keeping the order of rows that are tied in this, too.
    ///
    /// Times rarely tie, so this costs a look at each row where sorting by the lesser column first would move them all.
    ///
    /// - Parameters:
    ///   - areTied: whether two rows belong to one group; groups must stand together.
    ///   - isBefore: a strict order within a group.
    @inline(__always)
    mutating func sortTies(
        _ areTied: (_ first: Int32, _ second: Int32) -> Bool, by isBefore: (_ first: Int32, _ second: Int32) -> Bool
    ) {
        var start = 0
        while start < rows.count {
            let first = rows[start]
            var end = start + 1
            var isSorted = true
            while end < rows.count, areTied(first, rows[end]) {
                if isBefore(rows[end], rows[end - 1]) { isSorted = false }
                end += 1
            }
            if !isSorted {
                isIdentity = false
                if end - start <= Self.insertedRows {
                    insert(start..<end, by: isBefore)
                } else {
                    // Ties of a sort that need not be stable are broken by where the rows stand.
                    let sorted = (start..<end).sorted { a, b in
                        isBefore(rows[a], rows[b]) || !isBefore(rows[b], rows[a]) && a < b
                    }
                    rows.replaceSubrange(start..<end, with: sorted.map { rows[$0] })
                }
            }
            start = end
        }
    }

    /// Sorts a few neighbours by insertion (Knuth, TAOCP vol. 3, §5.2.1), which is stable and needs no memory.
    @inline(__always)
    private mutating func insert(_ range: Range<Int>, by isBefore: (Int32, Int32) -> Bool) {
        rows.withUnsafeMutableBufferPointer { rows in
            for i in range.dropFirst() {
                let row = rows[i]
                var place = i
                while place > range.lowerBound && isBefore(row, rows[place - 1]) {
                    rows[place] = rows[place - 1]
                    place -= 1
                }
                rows[place] = row
            }
        }
    }

    /// Whether the rows stand in order as they are.
    var isUnchanged: Bool { isIdentity }
}

// MARK: - Radix sort

/// A value to sort by, with its row.
private protocol SortableRow: BitwiseCopyable {
    var value: UInt64 { get }
    var row: Int32 { get }
}

private struct WideRow: SortableRow {
    let value: UInt64
    let row: Int32
}

/// The value in the upper half, the row in the lower.
private struct PackedRow: SortableRow {
    private let word: UInt64

    init(value: UInt64, row: Int32) { word = value &<< 32 | UInt64(UInt32(bitPattern: row)) }

    var value: UInt64 { word &>> 32 }
    var row: Int32 { Int32(truncatingIfNeeded: word) }
}

extension RowOrder {
    @inline(__always)
    private mutating func radixSort<Element: SortableRow>(bits: Int, _ make: (Int32) -> Element) {
        let count = rows.count
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: 2 * count)
        defer { memory.deallocate() }
        var (source, target) = (memory, memory + count)
        for i in 0..<count { source[i] = make(rows[i]) }
        let passes = (bits + Self.digitBits - 1) / Self.digitBits
        let width = (bits + passes - 1) / passes
        for pass in 0..<passes where Self.scatter(source, to: target, count: count, shift: pass * width, width: width) {
            swap(&source, &target)
        }
        rows.withUnsafeMutableBufferPointer { rows in
            for i in 0..<count { rows[i] = source[i].row }
        }
    }

    /// One counting pass; returns false, and moves nothing, if all rows share the digit.
    private static func scatter<Element: SortableRow>(
        _ source: UnsafeMutablePointer<Element>, to target: UnsafeMutablePointer<Element>, count: Int, shift: Int,
        width: Int
    ) -> Bool {
        let mask = UInt64(1) << UInt64(width) - 1
        let shift = UInt64(shift)
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << width) { starts in
            starts.initialize(repeating: 0)
            for i in 0..<count { starts[Int(truncatingIfNeeded: source[i].value &>> shift & mask)] &+= 1 }
            var total = 0
            for digit in 0..<starts.count {
                let size = starts[digit]
                if size == count { return false }
                starts[digit] = total
                total += size
            }
            for i in 0..<count {
                let digit = Int(truncatingIfNeeded: source[i].value &>> shift & mask)
                target[starts[digit]] = source[i]
                starts[digit] &+= 1
            }
            return true
        }
    }
}

extension Int64 {
    /// An unsigned number of the same order.
    @inline(__always)
    var sortable: UInt64 { UInt64(bitPattern: self) ^ (1 << 63) }
}
