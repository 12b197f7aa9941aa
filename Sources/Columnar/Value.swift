/// One cell of a column, for places where single values are handled: messages, JSON, tests. Hot paths use buffers.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case float32(Float)
    case float64(Double)
    case string(String)
    case bytes([UInt8])
    case timestamp(Timestamp)
    case decimal(FixedPoint)
    case list([Value])
}

extension Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .float32(let value): String(value)
        case .float64(let value): String(value)
        case .string(let value): value
        case .bytes(let value): "0x" + value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .timestamp(let value): value.description
        case .decimal(let value): value.description
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        }
    }
}
