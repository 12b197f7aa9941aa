import Columnar
import Foundation

/// Finds a block's frequent values, and counts different ones, without a table of all of them.
///
/// Values fall into 4096 cells by their hashes. A value that is frequent makes its cell so; only the values of such cells
/// are then counted one by one, and none of the others occurred more often than the fullest of the other cells says. The
/// cells are at the same time the registers of a `HyperLogLog`: each keeps the least rest of its hashes.
final class FrequencyCells: @unchecked Sendable {
    // Only one thread works with it at a time.
    /// For each cell the count of this block in the lower 18 bits, and the first 14 bits of the least rest of all blocks:
    /// 16 kB, so that half of the first cache is left.
    private let cells: UnsafeMutablePointer<UInt32>
    private let table = BlockTable()
    private var distinct = HyperLogLog()

    /// Rows of a block at most.
    static let maximumRows = 1 << 17
    private static let bits = HyperLogLog.defaultPrecision
    private static let cellCount = 1 << bits
    private static let countMask: UInt32 = 1 << 18 - 1

    init() {
        cells = .allocate(capacity: Self.cellCount)
        cells.initialize(repeating: ~Self.countMask, count: Self.cellCount)
        distinct.becomeEstimate()
    }

    deinit { cells.deallocate() }

    /// A sketch that has seen all values of all blocks.
    var seen: HyperLogLog { distinct }

    /// Notes a value of a block.
    @inline(__always)
    func note(_ hash: UInt64) {
        let cell = Self.cell(of: hash)
        let rest = UInt32(truncatingIfNeeded: hash &>> UInt64(32 - Self.bits))
        let beginning = rest & ~Self.countMask
        let old = cells[cell]
        // Both have the same count, so that the lesser is the one with the lesser rest.
        cells[cell] = min(old, beginning | (old & Self.countMask)) &+ 1
        // So rare that it costs nothing: the first 14 bits do not tell this rank.
        if beginning == 0 { distinct.add(least: rest, register: cell) }
    }

    @inline(__always)
    private static func cell(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> UInt64(64 - bits)) }

    /// Looks for the frequent ones among the block's `count` values, all of which were noted.
    ///
    /// - Parameters:
    ///   - hash: of a value, by its place.
    ///   - isSame: whether two values of one hash are the same.
    ///   - item: a value as it is to be kept.
    @inline(__always)
    func finishBlock<Item: HeavyHitter>(
        _ count: Int, hash: (Int) -> UInt64, isSame: (Int, Int) -> Bool, item: (Int) -> Item
    ) -> FrequencyBatch<Item> {
        precondition(count <= Self.maximumRows)
        let (threshold, isReached) = chooseCells(count)
        var counted = 0
        if isReached {
            let cells = cells
            for place in 0..<count {
                let hash = hash(place)
                if cells[Self.cell(of: hash)] & Self.countMask > threshold {
                    table.add(hash, place: place, isSame: isSame)
                    counted &+= 1
                }
            }
        }
        return batch(threshold, others: count - counted, item)
    }

    /// Notes the registers, and says which cells' values are to be counted: those that hold more than a threshold; and
    /// whether there is such a cell.
    private func chooseCells(_ count: Int) -> (threshold: UInt32, isReached: Bool) {
        var used = 0
        var fullest: UInt32 = 0
        for cell in 0..<Self.cellCount {
            let size = cells[cell] & Self.countMask
            guard size > 0 else { continue }
            used += 1
            fullest = max(fullest, size)
            let beginning = cells[cell] & ~Self.countMask
            if beginning > 0 { distinct.add(least: beginning, register: cell) }
        }
        // So few cells may mean so few different values that all are to be counted.
        let threshold = used <= Self.fewCells ? 0 : UInt32(count / HeavyHitters<UInt64>().capacity)
        return (threshold, fullest > threshold)
    }

    /// Used cells, up to which every value is counted: values that are as few as `HeavyHitters` keeps exactly use no more. So
    /// whether all are kept depends on the values alone, not on how they come in blocks.
    private static let fewCells = 2 * HeavyHitters<UInt64>().capacity

    private func batch<Item: HeavyHitter>(
        _ threshold: UInt32, others: Int, _ item: (Int) -> Item
    ) -> FrequencyBatch<Item> {
        var limit: UInt32 = 0
        for cell in 0..<Self.cellCount {
            let size = cells[cell] & Self.countMask
            if size <= threshold { limit = max(limit, size) }
            cells[cell] &= ~Self.countMask
        }
        var batch = FrequencyBatch<Item>(others: Int64(others), limit: Int64(limit))
        table.takeAll { place, count in
            // No more often than a value that was not counted: no need to keep it apart.
            if others > 0, count <= limit {
                batch.others += Int64(count)
            } else {
                batch.counted.append((item(place), Int64(count)))
            }
        }
        return batch
    }
}

/// Counts values by hash: an open-addressing table that grows.
private final class BlockTable {
    private struct Slot {
        var hash: UInt64 = 0
        /// Of the first such value.
        var place: UInt32 = 0
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
    func add(_ hash: UInt64, place: Int, isSame: (Int, Int) -> Bool) {
        var slot = firstSlot(of: hash)
        while slots[slot].count > 0 {
            if slots[slot].hash == hash, isSame(Int(slots[slot].place), place) {
                slots[slot].count &+= 1
                return
            }
            slot = (slot + 1) & (capacity - 1)
        }
        slots[slot] = Slot(hash: hash, place: UInt32(truncatingIfNeeded: place), count: 1)
        used += 1
        if used * 2 > capacity { grow() }
    }

    /// Where a hash's slot is looked for first: by upper bits, but not those of the cell, which few values here differ in.
    @inline(__always)
    private func firstSlot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 24) & (capacity - 1) }

    private func grow() {
        let (old, oldCapacity) = (slots, capacity)
        capacity *= 4
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(), count: capacity)
        for i in 0..<oldCapacity where old[i].count > 0 {
            var slot = firstSlot(of: old[i].hash)
            while slots[slot].count > 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = old[i]
        }
        old.deallocate()
    }

    /// Hands over each different value, and is empty again.
    func takeAll(_ body: (_ place: Int, _ count: UInt32) -> Void) {
        guard used > 0 else { return }
        for i in 0..<capacity where slots[i].count > 0 {
            body(Int(slots[i].place), slots[i].count)
            slots[i].count = 0
        }
        used = 0
    }
}
