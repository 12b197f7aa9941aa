import Foundation

/// The different values of a column in order of first appearance, and each row's place among them.
struct DictionaryBuilder {
    let distinct: Column
    private let indices: [UInt32]

    /// Returns nil if the type has no dictionary, or unless `isForced` if values repeat too little for one to pay.
    init?(_ values: Column, isForced: Bool) {
        let limit = isForced ? Int.max : max(16, min(values.count / 4, 65_536))
        let numbering: (indices: [UInt32], firsts: [Int32])?
        switch values.type {
        case .int8, .uint8, .bool, .list, .fixedSizeList: return nil
        // Measurements hardly repeat, and their dictionary costs a hash a row to find that out.
        case .float16, .float32, .float64:
            guard isForced else { return nil }
            numbering = Self.numberFixedWidth(values, limit: limit)
        case .string, .binary: numbering = Self.number(values, limit: limit, BytesKey.init)
        default: numbering = Self.numberFixedWidth(values, limit: limit)
        }
        guard let numbering else { return nil }
        indices = numbering.indices
        distinct = numbering.firsts.withUnsafeBufferPointer { values.taking($0) }
    }

    private static func numberFixedWidth(_ values: Column, limit: Int) -> (indices: [UInt32], firsts: [Int32])? {
        switch values.type.byteWidth {
        case 2: number(values, limit: limit) { $0.elements(as: UInt16.self)[$1] }
        case 4: number(values, limit: limit) { $0.elements(as: UInt32.self)[$1] }
        default: number(values, limit: limit) { $0.elements(as: UInt64.self)[$1] }
        }
    }

    /// Numbers the rows' values; nil when more than `limit` are different.
    private static func number<Key: Hashable>(
        _ values: Column, limit: Int, _ key: (Column, Int) -> Key
    ) -> (indices: [UInt32], firsts: [Int32])? {
        var numbers: [Key: UInt32] = [:]
        var firsts: [Int32] = []
        var indices = [UInt32]()
        indices.reserveCapacity(values.count)
        var previous: Key?
        var current: UInt32 = 0
        for row in 0..<values.count {
            let value = key(values, row)
            // Sorted columns repeat the value before, which needs no look-up.
            if value != previous {
                if let known = numbers[value] {
                    current = known
                } else {
                    guard firsts.count < limit else { return nil }
                    current = UInt32(firsts.count)
                    numbers[value] = current
                    firsts.append(Int32(row))
                }
                previous = value
            }
            indices.append(current)
        }
        return (indices, firsts)
    }

    /// A byte with the bit width, then the indices in the hybrid encoding (Encodings.md, RLE_DICTIONARY = 8).
    func indexBytes() -> Buffer {
        let width = distinct.count <= 1 ? 1 : UInt32.bitWidth - UInt32(distinct.count - 1).leadingZeroBitCount
        let target = MutableBuffer(capacity: indices.count / 4)
        target.append(UInt8(width))
        target.appendRuns(indices, bitWidth: width)
        return target.freeze()
    }
}

/// The bytes of one row as a hash table's key; the column outlives the table.
private struct BytesKey: Hashable {
    private let bytes: UnsafeRawBufferPointer

    init(_ column: Column, _ row: Int) { bytes = column.bytes(at: row) }

    static func == (a: BytesKey, b: BytesKey) -> Bool {
        a.bytes.count == b.bytes.count
            && (a.bytes.count == 0 || memcmp(a.bytes.baseAddress!, b.bytes.baseAddress!, a.bytes.count) == 0)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
}
