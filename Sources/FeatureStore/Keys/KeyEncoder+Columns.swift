import Columnar

extension KeyEncoder {
    /// The values of keys that this encoder made, a column a component. Complexity: O(bytes).
    ///
    /// - Precondition: none of the keys is null.
    func columns(of keys: EncodedKeys) -> [Column] {
        precondition(keys.validity == nil)
        var parts = types.map { ComponentColumn($0, count: keys.count) }
        withExtendedLifetime(keys) {
            for row in 0..<keys.count {
                let bytes = keys.bytes(at: row)
                var position = 0
                for i in parts.indices { parts[i].append(bytes, &position) }
            }
        }
        return parts.map { $0.finish() }
    }
}

/// One component of keys, as it is read from their bytes.
private struct ComponentColumn {
    private let type: FeatureType
    private let count: Int
    private let values: MutableBuffer
    private let offsets: MutableBuffer
    private var row = 0

    init(_ type: FeatureType, count: Int) {
        self.type = type
        self.count = count
        switch type {
        case .bool: values = MutableBuffer(zeroed: (count + 7) / 8)
        case .int32: values = MutableBuffer(capacity: count * 4)
        case .int64: values = MutableBuffer(capacity: count * 8)
        default: values = MutableBuffer(capacity: count * 8)
        }
        offsets = MutableBuffer(capacity: type == .string || type == .bytes ? (count + 1) * 8 : 0)
        offsets.append(Int64(0))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        switch type {
        case .bool:
            if bytes[position] != 0 {
                let byte = values.base + row >> 3
                byte.storeBytes(of: byte.load(as: UInt8.self) | 1 << UInt8(row & 7), as: UInt8.self)
            }
            position += 1
        case .int32:
            let word = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            values.append(word ^ (1 << 31))
            position += 4
        case .int64:
            let word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            values.append(word ^ (1 << 63))
            position += 8
        default:
            // 00 01 ends the text, 00 FF is a 00 in it.
            var start = position
            while true {
                if bytes[position] == 0 {
                    values.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
                    if bytes[position + 1] == 1 { break }
                    values.append(UInt8(0))
                    position += 1
                    start = position + 1
                }
                position += 1
            }
            position += 2
            offsets.append(Int64(values.count))
        }
        row += 1
    }

    func finish() -> Column {
        switch type {
        case .bool: Column(bits: Bitmap(buffer: values.freeze(), count: count))
        case .int32, .int64: Column(type.dataType, count: count, values: values.freeze())
        default: Column(type.dataType, count: count, offsets: offsets.freeze(), values: values.freeze())
        }
    }
}
