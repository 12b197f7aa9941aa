import Columnar
import Foundation

/// Encodes typed key columns so that the bytes order as the values do.
///
/// | type | bytes |
/// |---|---|
/// | int32, int64 | big-endian, sign bit flipped |
/// | bool | one byte, 0 or 1 |
/// | string, bytes | the bytes, each 00 as 00 FF, then 00 01 |
///
/// Components follow each other; each is self-delimiting, so keys that would collide when glued do not
/// ("1","23" and "12","3").
struct KeyEncoder: Sendable {
    let types: [FeatureType]

    init(_ types: [FeatureType]) { self.types = types }

    /// Bytes of every key if all components are of fixed width.
    var fixedWidth: Int? {
        var total = 0
        for type in types {
            switch type {
            case .bool: total += 1
            case .int32: total += 4
            case .int64: total += 8
            default: return nil
            }
        }
        return total
    }

    /// The keys of all rows. A row with a null component has no bytes and is marked null.
    ///
    /// - Precondition: `columns` have the encoder's types.
    func encode(_ columns: [Column]) -> EncodedKeys {
        precondition(columns.count == types.count && !columns.isEmpty)
        let count = columns[0].count
        let validity = Self.validity(of: columns, count: count)
        if types == [.int64] { return encodeSingle(columns[0], validity: validity) }
        let bytes = MutableBuffer(capacity: count * (fixedWidth ?? 16))
        let offsets = MutableBuffer(uninitialized: (count + 1) * 8)
        let ends = offsets.elements(as: Int64.self)
        ends[0] = 0
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true {
                for (type, column) in zip(types, columns) { Self.append(column, row, type, to: bytes) }
            }
            ends[row + 1] = Int64(bytes.count)
        }
        let encoded = bytes.freeze()
        return EncodedKeys(
            count: count, offsets: offsets.freeze(), bytes: encoded, prefixes: Self.prefixes(encoded, ends, count),
            prefixIsWhole: fixedWidth.map { $0 <= 8 } ?? false, validity: validity)
    }

    /// One int64 component: the prefix is the value, so all arrays are made in one pass.
    private func encodeSingle(_ column: Column, validity: Bitmap?) -> EncodedKeys {
        let count = column.count
        let source = column.elements(as: Int64.self)
        let bytes = MutableBuffer(uninitialized: count * 8)
        let prefixes = MutableBuffer(uninitialized: count * 8)
        let offsets = MutableBuffer(uninitialized: (count + 1) * 8)
        let (bigEndian, words, ends) = (
            bytes.elements(as: UInt64.self), prefixes.elements(as: UInt64.self), offsets.elements(as: Int64.self)
        )
        for row in 0..<count {
            let word = UInt64(bitPattern: source[row]) ^ (1 << 63)
            words[row] = word
            bigEndian[row] = word.bigEndian
            ends[row] = Int64(row * 8)
        }
        ends[count] = Int64(count * 8)
        return EncodedKeys(
            count: count, offsets: offsets.freeze(), bytes: bytes.freeze(), prefixes: prefixes.freeze(),
            prefixIsWhole: true, validity: validity)
    }

    /// The bytes of one key given as values; nil if a component is null or not of its type.
    func encode(_ values: [Value]) -> [UInt8]? {
        guard values.count == types.count, !values.contains(.null) else { return nil }
        var columns: [Column] = []
        for (type, value) in zip(types, values) {
            var builder = ColumnBuilder(type.dataType)
            guard builder.append(value) else { return nil }
            columns.append(builder.finish())
        }
        let encoded = encode(columns)
        // The bytes are those of `encoded`, which must live until they are copied.
        return withExtendedLifetime(encoded) { Array(encoded.bytes(at: 0)) }
    }

    private static func append(_ column: Column, _ row: Int, _ type: FeatureType, to bytes: MutableBuffer) {
        switch type {
        case .int32:
            bytes.append((UInt32(bitPattern: column.elements(as: Int32.self)[row]) ^ (1 << 31)).bigEndian)
        case .int64:
            bytes.append((UInt64(bitPattern: column.elements(as: Int64.self)[row]) ^ (1 << 63)).bigEndian)
        case .bool: bytes.append(UInt8(column.bits[row] ? 1 : 0))
        default:
            let text = column.bytes(at: row)
            if text.contains(0) {
                for byte in text {
                    bytes.append(byte)
                    if byte == 0 { bytes.append(UInt8(0xff)) }
                }
            } else {
                bytes.append(contentsOf: text)
            }
            bytes.append(UInt8(0))
            bytes.append(UInt8(1))
        }
    }

    private static func validity(of columns: [Column], count: Int) -> Bitmap? {
        guard columns.contains(where: { $0.validity != nil }) else { return nil }
        return Bitmap((0..<count).map { row in columns.allSatisfy { !$0.isNull(row) } })
    }

    private static func prefixes(_ bytes: Buffer, _ ends: UnsafeMutableBufferPointer<Int64>, _ count: Int) -> Buffer {
        let prefixes = MutableBuffer(uninitialized: count * 8)
        let words = prefixes.elements(as: UInt64.self)
        for row in 0..<count {
            let length = Int(ends[row + 1] - ends[row])
            // Allocations are padded, so 8 bytes can be read wherever a key begins.
            let word = UInt64(bigEndian: bytes.base.loadUnaligned(fromByteOffset: Int(ends[row]), as: UInt64.self))
            words[row] = length >= 8 ? word : length == 0 ? 0 : word & (~0 << UInt64(64 - 8 * length))
        }
        return prefixes.freeze()
    }
}
