import Foundation

/// The different values of a column in order of first appearance, and each row's place among them.
struct DictionaryBuilder {
    let distinct: Column
    private let indexes: [UInt32]

    /// Returns nil if the type has no dictionary, or unless `isForced` if values repeat too little for one to pay.
    /// - Parameter values: without nulls.
    init?(_ values: Column, isForced: Bool) {
        let numbering: Numbering?
        switch values.type {
        case .bool, .int8, .uint8, .list, .fixedSizeList: return nil
        case .string, .binary: numbering = Numbering(bytesOf: values, isForced: isForced)
        case .int16, .uint16, .float16:
            numbering = Numbering(values.elements(as: UInt16.self), values, isForced: isForced)
        case .int32, .uint32, .float32, .date32, .time(.seconds), .time(.milliseconds):
            numbering = Numbering(values.elements(as: UInt32.self), values, isForced: isForced)
        case .int64, .uint64, .float64, .timestamp, .time:
            numbering = Numbering(values.elements(as: UInt64.self), values, isForced: isForced)
        case .decimal: numbering = Numbering(values.elements(as: UInt128.self), values, isForced: isForced)
        }
        guard let numbering else { return nil }
        indexes = numbering.indexes
        distinct = numbering.firstRows.withUnsafeBufferPointer { values.taking($0) }
        guard isForced || pays(for: values, runCount: numbering.runCount) else { return nil }
    }

    /// Whether dictionary and indexes take clearly less room than the values.
    private func pays(for values: Column, runCount: Int) -> Bool {
        func plainSize(_ column: Column) -> Int {
            if let width = column.type.byteWidth { return column.count * max(width, 4) }
            return Int(column.offsetElements[column.count] - column.offsetElements[0]) + 4 * column.count
        }
        let indexSize = min(indexes.count * indexWidth / 8, runCount * (2 + indexWidth / 8))
        return (plainSize(distinct) + indexSize) * 4 <= plainSize(values) * 3
    }

    /// Bits of an index; at least one, because some readers do not expect none.
    private var indexWidth: Int { max(1, Int.bitWidth - max(0, distinct.count - 1).leadingZeroBitCount) }

    /// The places in `distinct` of the values that `rows` have, each once.
    func usedValues(_ rows: Range<Int>) -> [Int] {
        var isUsed = [Bool](repeating: false, count: distinct.count)
        for row in rows { isUsed[Int(indexes[row])] = true }
        return isUsed.indices.filter { isUsed[$0] }
    }

    /// The indexes of `rows` as a page has them (Encodings.md, Dictionary Encoding): their width in a byte, then runs.
    func indexBytes(_ rows: Range<Int>) -> Buffer {
        let target = MutableBuffer(capacity: rows.count * indexWidth / 8 + 64)
        target.append(UInt8(indexWidth))
        indexes.withUnsafeBufferPointer {
            RunLengthEncoder.append(UnsafeBufferPointer(rebasing: $0[rows]), bitWidth: indexWidth, to: target)
        }
        return target.freeze()
    }
}

/// Numbers different values in order of first appearance.
private struct Numbering {
    private(set) var indexes: [UInt32] = []
    private(set) var firstRows: [Int32] = []
    /// Stretches of equal neighbours.
    private(set) var runCount = 0

    /// More values than this are not worth a dictionary: it would no longer stay in a core's cache.
    private static let maximumCount = 65_536

    /// Measurements that rarely repeat are recognized by the first of them.
    private static let sampleSize = 4096

    init?<Element: FixedWidthInteger>(_ elements: UnsafeBufferPointer<Element>, _ values: Column, isForced: Bool) {
        let isFound = withExtendedLifetime(values) {
            number(
                count: values.count, isForced: isForced,
                hash: { UInt64(truncatingIfNeeded: elements[$0]) &* 0x9e37_79b9_7f4a_7c15 },
                areEqual: { elements[$0] == elements[$1] })
        }
        if !isFound { return nil }
    }

    init?(bytesOf values: Column, isForced: Bool) {
        let offsets = values.offsetElements
        let bytes = values.values.base
        let isFound = withExtendedLifetime(values) {
            number(
                count: values.count, isForced: isForced,
                hash: { Self.hash(bytes + Int(offsets[$0]), count: Int(offsets[$0 + 1] - offsets[$0])) },
                areEqual: {
                    let length = offsets[$0 + 1] - offsets[$0]
                    return length == offsets[$1 + 1] - offsets[$1]
                        && memcmp(bytes + Int(offsets[$0]), bytes + Int(offsets[$1]), Int(length)) == 0
                })
        }
        if !isFound { return nil }
    }

    /// An open hash table of indexes. Returns false when there are too many different values.
    @inline(__always)
    private mutating func number(
        count: Int, isForced: Bool, hash: (Int) -> UInt64, areEqual: (Int, Int) -> Bool
    ) -> Bool {
        let limit = isForced ? Int.max : max(16, min(count / 4, Self.maximumCount))
        var slotBits = 10
        var slots = [UInt32](repeating: .max, count: 1 << slotBits)
        indexes.reserveCapacity(count)
        var current: UInt32 = 0
        for row in 0..<count {
            // Sorted columns repeat the value before, which needs no look-up.
            if row > 0 && areEqual(row, row - 1) {
                indexes.append(current)
                continue
            }
            runCount += 1
            var slot = Int(truncatingIfNeeded: hash(row) >> UInt64(64 - slotBits))
            while true {
                current = slots[slot]
                if current == .max || areEqual(row, Int(firstRows[Int(current)])) { break }
                slot = (slot + 1) & (slots.count - 1)
            }
            if current == .max {
                guard firstRows.count < limit,
                    isForced || row >= Self.sampleSize || firstRows.count < Self.sampleSize / 2
                else { return false }
                current = UInt32(firstRows.count)
                firstRows.append(Int32(row))
                slots[slot] = current
                if firstRows.count * 2 > slots.count {
                    slotBits += 1
                    slots = Self.slots(bits: slotBits, firstRows, hash)
                }
            }
            indexes.append(current)
        }
        return true
    }

    private static func slots(bits: Int, _ firstRows: [Int32], _ hash: (Int) -> UInt64) -> [UInt32] {
        var slots = [UInt32](repeating: .max, count: 1 << bits)
        for (index, row) in firstRows.enumerated() {
            var slot = Int(truncatingIfNeeded: hash(Int(row)) >> UInt64(64 - bits))
            while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(index)
        }
        return slots
    }

    /// Mixes eight bytes at a time; the final multiplication spreads them to the upper bits, which choose the slot.
    @inline(__always)
    private static func hash(_ bytes: UnsafeRawPointer, count: Int) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: count)
        var position = 0
        while position + 8 <= count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 32
            position += 8
        }
        var rest: UInt64 = 0
        while position < count {
            rest = rest << 8 | UInt64(bytes.load(fromByteOffset: position, as: UInt8.self))
            position += 1
        }
        hash = (hash ^ rest) &* 0xd6e8_feb8_6659_fd93
        return (hash ^ hash >> 32) &* 0x9e37_79b9_7f4a_7c15
    }
}
