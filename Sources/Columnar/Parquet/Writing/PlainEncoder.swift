import Foundation

/// PLAIN encoding (Encodings.md, PLAIN = 0) of values without nulls.
enum PlainEncoder {
    /// The encoded bytes; those of fixed-width types are the column's own, not copied.
    static func encode(_ values: Column) -> [Buffer] {
        switch values.type {
        case .bool:
            let target = MutableBuffer(zeroed: (values.count + 7) / 8)
            let bytes = target.elements(as: UInt8.self)
            let bits = values.bits
            for row in 0..<values.count where bits[row] { bytes[row >> 3] |= 1 << UInt8(row & 7) }
            return [target.freeze()]
        case .string, .binary:
            let target = MutableBuffer(capacity: values.count * 12)
            for row in 0..<values.count {
                let bytes = values.bytes(at: row)
                target.append(UInt32(bytes.count))
                target.append(contentsOf: bytes)
            }
            return [target.freeze()]
        case .int8: return [widened(values, Int8.self)]
        case .int16: return [widened(values, Int16.self)]
        case .uint8: return [widened(values, UInt8.self)]
        case .uint16: return [widened(values, UInt16.self)]
        case .timestamp(.seconds, zone: _):
            // Parquet has no seconds; the footer says milliseconds.
            let target = MutableBuffer(capacity: values.count * 8)
            for ticks in values.elements(as: Int64.self).prefix(values.count) { target.append(ticks &* 1000) }
            return [target.freeze()]
        default:
            guard let width = values.type.byteWidth else { preconditionFailure("lists are encoded by their elements") }
            return [values.values.slice(0..<values.count * width)]
        }
    }

    private static func widened<T: FixedWidthInteger & BitwiseCopyable>(_ values: Column, _: T.Type) -> Buffer {
        let target = MutableBuffer(capacity: values.count * 4)
        for value in values.elements(as: T.self).prefix(values.count) {
            target.append(Int32(truncatingIfNeeded: value))
        }
        return target.freeze()
    }
}
