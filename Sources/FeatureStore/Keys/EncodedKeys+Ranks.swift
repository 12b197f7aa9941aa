import Columnar
import Foundation

extension EncodedKeys {
    /// One word a row that orders as the keys do and is equal just for equal keys; nulls get an unspecified one.
    ///
    /// Keys that are whole in their prefix are their own rank. Others are told apart by a hash table, the distinct
    /// ones sorted, and each row given its key's place. Complexity: O(rows + distinct log distinct).
    func ranks() -> Buffer {
        if prefixIsWhole { return prefixes }
        var distinct = DistinctKeys(self)
        let numbers = (0..<count).map { isNull($0) ? 0 : distinct.number(of: $0) }
        let representatives = distinct.representatives
        let sorted = representatives.indices.sorted { a, b in
            compare(Int(representatives[a]), with: self, Int(representatives[b])) < 0
        }
        var place = [UInt64](repeating: 0, count: representatives.count)
        for (rank, number) in sorted.enumerated() { place[number] = UInt64(rank) }
        let ranks = MutableBuffer(zeroed: count * 8)
        let words = ranks.elements(as: UInt64.self)
        if !place.isEmpty {
            for row in 0..<count { words[row] = place[numbers[row]] }
        }
        return ranks.freeze()
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

    mutating func number(of row: Int) -> Int {
        var slot = hash(row) & mask
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if keys.compare(row, with: keys, Int(representatives[number])) == 0 { return number }
            slot = (slot + 1) & mask
        }
        let number = representatives.count
        slots[slot] = Int32(number)
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
