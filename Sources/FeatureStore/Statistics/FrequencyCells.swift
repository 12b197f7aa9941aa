import Columnar
import Foundation

/// Finds a block's frequent values, and counts different ones, without a table of all of them.
///
/// Values fall into 4096 cells by their hashes. A value that is frequent makes its cell so; only the values of such cells
/// are then counted one by one, and none of the others occurred more often than the fullest of the other cells says. The
/// cells are at the same time the registers of a `HyperLogLog`: each keeps the least rest of its hashes.
final class FrequencyCells {
    private struct Cell {
        /// Values of this block.
        var count: UInt32 = 0
        /// Of all blocks.
        var least: UInt32 = .max
    }

    /// What a block says of its frequent values.
    struct Batch {
        /// Rows whose value is like no earlier one's, and how often each occurs.
        var counted: [(row: Int, count: Int64)] = []
        /// Values that were not counted one by one, and how often one of them may have occurred.
        var others: Int64 = 0
        var limit: Int64 = 0
    }

    private static let bits = HyperLogLog.defaultPrecision
    private let cells: UnsafeMutablePointer<Cell>
    private let table = BlockTable()
    private var distinct = HyperLogLog()

    init() {
        cells = .allocate(capacity: 1 << Self.bits)
        cells.initialize(repeating: Cell(), count: 1 << Self.bits)
        distinct.becomeEstimate()
    }

    deinit { cells.deallocate() }

    /// A sketch that has seen all values of all blocks.
    var seen: HyperLogLog { distinct }

    /// Goes through the block's `count` values.
    ///
    /// - Parameters:
    ///   - hash: of the value in a row.
    ///   - isSame: whether two rows of one hash have one value.
    @inline(__always)
    func count(_ count: Int, hash: (Int) -> UInt64, isSame: (Int, Int) -> Bool) -> Batch {
        let cells = cells
        for row in 0..<count {
            let hash = hash(row)
            let cell = Int(truncatingIfNeeded: hash &>> UInt64(64 - Self.bits))
            let rest = UInt32(truncatingIfNeeded: hash &>> UInt64(32 - Self.bits))
            cells[cell].count &+= 1
            cells[cell].least = min(cells[cell].least, rest)
        }
        var batch = Batch()
        let threshold = chooseCells(count)
        var counted = 0
        for row in 0..<count {
            let hash = hash(row)
            if cells[Int(truncatingIfNeeded: hash &>> UInt64(64 - Self.bits))].count > threshold {
                table.add(hash, row: row, isSame: isSame)
                counted &+= 1
            }
        }
        finish(&batch, threshold: threshold, others: count - counted)
        return batch
    }

    /// Notes the registers, and says which cells' values are to be counted: those that hold more values than this.
    private func chooseCells(_ count: Int) -> UInt32 {
        var used = 0
        for i in 0..<1 << Self.bits where cells[i].count > 0 {
            used += 1
            distinct.add(least: cells[i].least, register: i)
        }
        // So few cells mean so few values that all may be counted.
        if used <= Self.fewCells { return 0 }
        return UInt32(count / HeavyHitters<UInt64>().capacity)
    }

    /// Used cells, up to which every value is counted: about 1900 different ones.
    private static let fewCells = 1500

    private func finish(_ batch: inout Batch, threshold: UInt32, others: Int) {
        var limit: UInt32 = 0
        for i in 0..<1 << Self.bits {
            if cells[i].count <= threshold { limit = max(limit, cells[i].count) }
            cells[i].count = 0
        }
        batch.limit = Int64(limit)
        batch.others = Int64(others)
        table.takeAll { row, count in
            // No more often than a value that was not counted: no need to keep it apart.
            if others > 0, Int64(count) <= batch.limit { batch.others += Int64(count) } else {
                batch.counted.append((row, Int64(count)))
            }
        }
    }
}

/// Counts rows by hash: an open-addressing table that grows.
private final class BlockTable {
    private struct Slot {
        var hash: UInt64 = 0
        var row: UInt32 = 0
        /// 0 for an empty slot.
        var count: UInt32 = 0
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var capacity = 4096
    private var used = 0

    init() {
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(), count: capacity)
    }

    deinit { slots.deallocate() }

    @inline(__always)
    func add(_ hash: UInt64, row: Int, isSame: (Int, Int) -> Bool) {
        var place = Int(truncatingIfNeeded: hash) & (capacity - 1)
        while true {
            if slots[place].count == 0 { return insert(hash, row, at: place) }
            if slots[place].hash == hash, isSame(Int(slots[place].row), row) {
                slots[place].count &+= 1
                return
            }
            place = (place + 1) & (capacity - 1)
        }
    }

    private func insert(_ hash: UInt64, _ row: Int, at place: Int) {
        slots[place] = Slot(hash: hash, row: UInt32(truncatingIfNeeded: row), count: 1)
        used += 1
        if used * 2 > capacity { grow() }
    }

    private func grow() {
        let (old, oldCapacity) = (slots, capacity)
        capacity *= 4
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(), count: capacity)
        for i in 0..<oldCapacity where old[i].count > 0 {
            var place = Int(truncatingIfNeeded: old[i].hash) & (capacity - 1)
            while slots[place].count > 0 { place = (place + 1) & (capacity - 1) }
            slots[place] = old[i]
        }
        old.deallocate()
    }

    /// Hands over each different value, and is empty again.
    func takeAll(_ body: (_ row: Int, _ count: UInt32) -> Void) {
        guard used > 0 else { return }
        for i in 0..<capacity where slots[i].count > 0 {
            body(Int(slots[i].row), slots[i].count)
            slots[i].count = 0
        }
        used = 0
    }
}
