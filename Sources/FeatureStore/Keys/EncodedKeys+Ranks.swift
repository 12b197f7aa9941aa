import Columnar
import Foundation

extension EncodedKeys {
    /// One word a row that orders as the keys do and is equal just for equal keys; nulls get an unspecified one.
    ///
    /// Keys that are whole in their prefix are their own rank. Others are told apart by a hash table, the distinct
    /// ones sorted, and each row given its key's place. Complexity: O(rows + distinct log distinct).
    func ranks() -> Buffer {
        if prefixIsWhole { return prefixes }
        let ranks = ranked().ranks
        let buffer = MutableBuffer(capacity: count * 8)
        ranks.withUnsafeBytes { buffer.append(contentsOf: $0) }
        return buffer.freeze()
    }

    /// The place of each row's key among the different keys, and a row of each of those, in their order.
    ///
    /// Nulls get the place of an arbitrary key. Complexity: O(rows + distinct log distinct).
    func ranked() -> (ranks: [UInt64], representatives: [Int32]) {
        let (numbers, firstRows) = numbered()
        let order = sortedOrder(of: firstRows)
        var place = [UInt64](repeating: 0, count: order.count)
        for (rank, number) in order.enumerated() { place[Int(number)] = UInt64(rank) }
        if place.isEmpty { place = [0] }
        return (numbers.map { place[Int($0)] }, order.map { firstRows[Int($0)] })
    }

    /// The number of each row's key in order of first appearance, and the row where each number first appears.
    ///
    /// Nulls get number 0. Complexity: O(rows).
    func numbered() -> (numbers: [Int32], firstRows: [Int32]) {
        var distinct = DistinctKeys(self)
        let numbers = (0..<count).map { isNull($0) ? 0 : distinct.number(of: $0) }
        return (numbers, distinct.representatives)
    }

    /// Places in `rows`, sorted by the rows' keys, which are all different.
    private func sortedOrder(of rows: [Int32]) -> [Int32] {
        var order = RowOrder(count: rows.count)
        let words = prefixes.elements(as: UInt64.self)
        let taken = rows.map { words[Int($0)] }
        taken.withUnsafeBufferPointer { order.sort(by: $0) }
        order.sortTies {
            taken[Int($0)] == taken[Int($1)]
        } by: {
            compare(Int(rows[Int($0)]), with: self, Int(rows[Int($1)])) < 0
        }
        return order.rows
    }
}

/// Numbers the different keys among rows in order of first appearance: a hash table with linear probing.
private struct DistinctKeys {
    private let keys: EncodedKeys
    private var slots: [Int32]
    private var mask: Int
    private(set) var representatives: [Int32] = []

    init(_ keys: EncodedKeys) {
        self.keys = keys
        mask = 1023
        slots = [Int32](repeating: -1, count: mask + 1)
    }

    mutating func number(of row: Int) -> Int32 {
        var slot = hash(row) & mask
        while slots[slot] >= 0 {
            let number = slots[slot]
            if keys.compare(row, with: keys, Int(representatives[Int(number)])) == 0 { return number }
            slot = (slot + 1) & mask
        }
        let number = Int32(representatives.count)
        slots[slot] = number
        representatives.append(Int32(row))
        if representatives.count * 2 > mask { grow() }
        return number
    }

    private mutating func grow() {
        mask = mask * 2 + 1
        slots = [Int32](repeating: -1, count: mask + 1)
        for (number, row) in representatives.enumerated() {
            var slot = hash(Int(row)) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(number)
        }
    }

    /// Multiplies and folds 8 bytes at a time (after wyhash's mixing step); keys are not adversarial to a local tool,
    /// and a bad hash costs time only.
    private func hash(_ row: Int) -> Int {
        let bytes = keys.bytes(at: row)
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(bytes.count)
        var position = 0
        while position < bytes.count {
            var word: UInt64 = 0
            if position + 8 <= bytes.count {
                word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            } else {
                for i in position..<bytes.count { word = word << 8 | UInt64(bytes[i]) }
            }
            let (high, low) = (state ^ word).multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
            state = high ^ low
            position += 8
        }
        return Int(truncatingIfNeeded: state ^ state >> 32)
    }
}
