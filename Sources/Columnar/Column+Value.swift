extension Column {
    /// One cell as a value. For messages, JSON and tests; hot paths read the buffers.
    public func value(at row: Int) -> Value {
        precondition(row >= 0 && row < count)
        if isNull(row) { return .null }
        switch type {
        case .bool: return .bool(bits[row])
        case .int8: return .int(Int64(elements(as: Int8.self)[row]))
        case .int16: return .int(Int64(elements(as: Int16.self)[row]))
        case .int32, .date32, .time(.seconds), .time(.milliseconds):
            return .int(Int64(elements(as: Int32.self)[row]))
        case .int64: return .int(elements(as: Int64.self)[row])
        case .uint8: return .uint(UInt64(elements(as: UInt8.self)[row]))
        case .uint16: return .uint(UInt64(elements(as: UInt16.self)[row]))
        case .uint32: return .uint(UInt64(elements(as: UInt32.self)[row]))
        case .uint64: return .uint(elements(as: UInt64.self)[row])
        case .float16: return .float32(Float(halfBits: elements(as: UInt16.self)[row]))
        case .float32: return .float32(elements(as: Float.self)[row])
        case .float64: return .float64(elements(as: Double.self)[row])
        case .timestamp(.microseconds, zone: _):
            return .timestamp(Timestamp(microseconds: elements(as: Int64.self)[row]))
        case .timestamp, .time: return .int(elements(as: Int64.self)[row])
        case .decimal(_, let scale):
            return .decimal(FixedPoint(unscaled: elements(as: Int128.self)[row], scale: scale))
        case .string: return .string(String(decoding: bytes(at: row), as: UTF8.self))
        case .binary: return .bytes(Array(bytes(at: row)))
        case .list:
            let range = Int(offsetElements[row])..<Int(offsetElements[row + 1])
            return .list(range.map { child!.value(at: $0) })
        case .fixedSizeList(_, let size):
            return .list((row * size..<(row + 1) * size).map { child!.value(at: $0) })
        }
    }

    /// All cells as values. Complexity: O(count), with an allocation a row for strings and lists.
    public var allValues: [Value] { (0..<count).map(value(at:)) }
}

extension Float {
    /// A half-precision number (IEEE 754 binary16) from its bits; every one is exact in single precision.
    init(halfBits: UInt16) {
        let sign: Float = halfBits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(halfBits >> 10 & 0x1f)
        let fraction = Float(halfBits & 0x3ff)
        switch exponent {
        case 0: self = sign * fraction * 0x1p-24
        case 31: self = fraction == 0 ? sign * .infinity : .nan
        default: self = sign * (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
