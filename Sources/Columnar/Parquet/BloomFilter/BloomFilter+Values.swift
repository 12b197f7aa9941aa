extension BloomFilter {
    /// A filter that holds all of `values`, which are without nulls; nil if the format has none for their type.
    init?(_ values: Column) {
        guard let width = values.type.bloomWidth else { return nil }
        self.init(count: values.count)
        let plain = PlainEncoder.encode(values)
        if width == 0 {
            for row in 0..<values.count { insert(XXHash64.hash(values.bytes(at: row))) }
        } else {
            for start in stride(from: 0, to: values.count * width, by: width) {
                insert(XXHash64.hash(UnsafeRawBufferPointer(rebasing: plain.bytes[start..<start + width])))
            }
        }
        withExtendedLifetime((values, plain)) {}
    }

    /// False only if the chunk certainly holds no value that is equal to `value`; a value of another kind may be held.
    func mayHold(_ value: Value, in type: DataType) -> Bool {
        guard let bytes = value.plainBytes(of: type) else { return true }
        return bytes.withUnsafeBytes { mayHold(XXHash64.hash($0)) }
    }
}

extension DataType {
    /// Bytes of a value as it is hashed, 0 where they vary; nil where there is no filter: booleans have but two values, and
    /// equal floats can differ in their bits.
    fileprivate var bloomWidth: Int? {
        switch self {
        case .string, .binary: 0
        case .int8, .int16, .int32, .uint8, .uint16, .uint32, .date32: 4
        case .int64, .uint64, .timestamp: 8
        default: nil
        }
    }
}

extension Value {
    /// The value as a chunk of that type stores it; nil if it may be stored in another way.
    fileprivate func plainBytes(of type: DataType) -> [UInt8]? {
        switch self {
        case .string(let text) where type.bloomWidth == 0: return Array(text.utf8)
        case .bytes(let bytes) where type.bloomWidth == 0: return bytes
        case .int(let number): return Self.plainBytes(number, of: type)
        case .timestamp(let time) where type == .timestamp(.microseconds, zone: "UTC"),
            .timestamp(let time) where type == .timestamp(.microseconds, zone: nil):
            return Self.plainBytes(time.microseconds, of: type)
        case .uint(let number): return Self.plainBytes(Int64(bitPattern: number), of: type)
        default: return nil
        }
    }

    private static func plainBytes(_ number: Int64, of type: DataType) -> [UInt8]? {
        switch type.bloomWidth {
        case 4: withUnsafeBytes(of: Int32(truncatingIfNeeded: number)) { Array($0) }
        case 8: withUnsafeBytes(of: number) { Array($0) }
        default: nil
        }
    }
}
