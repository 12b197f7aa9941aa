import Columnar

/// A row as it lies in the map: read in place, with every place checked against the row's end.
struct StoredRow {
    let bytes: UnsafeRawBufferPointer

    /// Nil if the bytes are too few to be a row.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RowSchema.headerSize else { return nil }
        self.bytes = bytes
    }

    var schemaID: UInt32 { bytes.loadUnaligned(as: UInt32.self) }
    var eventTime: Int64 { bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self) }
    var created: Int64 { bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self) }

    func isNull(_ slot: Int) -> Bool {
        let bits = bytes.loadUnaligned(fromByteOffset: RowSchema.headerSize + slot / 32 * 4, as: UInt32.self)
        return bits >> UInt32(slot & 31) & 1 == 1
    }

    /// The value in a slot of `schema`; nil if the bytes are damaged.
    func value(_ slot: Int, of schema: RowSchema) -> Value? {
        guard bytes.count >= schema.fixedSize else { return nil }
        if isNull(slot) { return .null }
        let (type, offset) = (schema.slots[slot].type, schema.slots[slot].offset)
        switch type {
        case .bool: return .bool(bytes[offset] != 0)
        case .int32: return .int(Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        case .int64: return .int(bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
        case .float32: return .float32(bytes.loadUnaligned(fromByteOffset: offset, as: Float.self))
        case .float64: return .float64(bytes.loadUnaligned(fromByteOffset: offset, as: Double.self))
        case .timestamp:
            return .timestamp(Timestamp(microseconds: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)))
        case .vector(let count):
            return .list(
                (0..<count).map { .float32(bytes.loadUnaligned(fromByteOffset: offset + 4 * $0, as: Float.self)) })
        case .string, .bytes:
            let start = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
            guard start >= schema.fixedSize, start <= bytes.count, length <= bytes.count - start else { return nil }
            let text = bytes[start..<start + length]
            return type == .string ? .string(String(decoding: text, as: UTF8.self)) : .bytes(Array(text))
        }
    }
}
