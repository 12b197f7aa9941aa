import Foundation

/// PLAIN encoding (Encodings.md, Plain) of values without nulls.
enum PlainEncoder {
    /// The encoded bytes; those of fixed-width types are the column's own, not copied.
    static func encode(_ values: Column) -> Buffer {
        switch values.type {
        case .bool:
            let target = MutableBuffer(zeroed: (values.count + 7) / 8)
            Bitmap.copyBits(
                from: values.values.base, at: values.bitOffset, to: target.base, at: 0, count: values.count)
            return target.freeze()
        case .string, .binary: return encodeBytes(values)
        case .int8: return widened(values, Int8.self)
        case .int16: return widened(values, Int16.self)
        case .uint8: return widened(values, UInt8.self)
        case .uint16: return widened(values, UInt16.self)
        case .decimal: return encodeDecimals(values)
        case .time(.seconds):
            let target = MutableBuffer(uninitialized: values.count * 4)
            let output = target.elements(as: Int32.self)
            let ticks = values.elements(as: Int32.self)
            for row in 0..<values.count { output[row] = ticks[row] &* 1000 }
            return target.freeze()
        case .timestamp(.seconds, zone: _):
            // Parquet has no seconds; the footer says milliseconds.
            let target = MutableBuffer(uninitialized: values.count * 8)
            let output = target.elements(as: Int64.self)
            let ticks = values.elements(as: Int64.self)
            for row in 0..<values.count { output[row] = ticks[row] &* 1000 }
            return target.freeze()
        default:
            guard let width = values.type.byteWidth else { preconditionFailure("lists are encoded by their elements") }
            return values.values.slice(0..<values.count * width)
        }
    }

    private static func encodeDecimals(_ values: Column) -> Buffer {
        let physical = SchemaNode.physicalType(of: values.type)
        let width = physical.byteWidth ?? SchemaNode.typeLength(of: values.type) ?? 16
        let target = MutableBuffer(capacity: values.count * width)
        let numbers = values.elements(as: Int128.self)
        for row in 0..<values.count {
            switch physical {
            case .int32: target.append(Int32(truncatingIfNeeded: numbers[row]))
            case .int64: target.append(Int64(truncatingIfNeeded: numbers[row]))
            default:
                withUnsafeBytes(of: numbers[row].bigEndian) {
                    target.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[(16 - width)...]))
                }
            }
        }
        return withExtendedLifetime(values) { target.freeze() }
    }

    /// A length in 4 bytes in front of each value.
    private static func encodeBytes(_ values: Column) -> Buffer {
        let offsets = values.offsetElements
        let target = MutableBuffer(
            uninitialized: values.count * 4 + Int(offsets[values.count] - offsets[0]))
        var position = target.base
        let source = values.values.base
        withExtendedLifetime(values) {
            for row in 0..<values.count {
                let length = Int(offsets[row + 1] - offsets[row])
                position.storeBytes(of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
                memcpy(position + 4, source + Int(offsets[row]), length)
                position += 4 + length
            }
        }
        return target.freeze()
    }

    private static func widened<Element: FixedWidthInteger & BitwiseCopyable>(
        _ values: Column, _: Element.Type
    ) -> Buffer {
        let target = MutableBuffer(uninitialized: values.count * 4)
        let output = target.elements(as: Int32.self)
        let elements = values.elements(as: Element.self)
        for row in 0..<values.count { output[row] = Int32(truncatingIfNeeded: elements[row]) }
        return withExtendedLifetime(values) { target.freeze() }
    }
}
