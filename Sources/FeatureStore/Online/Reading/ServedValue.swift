/// A value where it lies in the map; bytes are valid only while the rows are lent.
package enum ServedValue {
    case none
    case bool(Bool)
    case int(Int64)
    case float32(Float)
    case float64(Double)
    /// Microseconds UTC.
    case timestamp(Int64)
    case string(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)
    /// Elements of four bytes, unaligned.
    case vector(UnsafeRawBufferPointer)
}

extension StoredRow {
    /// A value that is not null, whose bytes are known to lie within the row.
    @inline(__always)
    func value(_ slot: RowProjection.Slot) -> ServedValue {
        switch slot.type {
        case .bool: .bool(load(slot, as: UInt8.self) != 0)
        case .int32: .int(Int64(load(slot, as: Int32.self)))
        case .int64: .int(load(slot, as: Int64.self))
        case .float32: .float32(load(slot, as: Float.self))
        case .float64: .float64(load(slot, as: Double.self))
        case .timestamp: .timestamp(load(slot, as: Int64.self))
        case .vector(let count): .vector(vectorBytes(slot, count: count))
        case .string: variableBytes(slot).map { .string($0) } ?? .none
        case .bytes: variableBytes(slot).map { .bytes($0) } ?? .none
        }
    }
}
