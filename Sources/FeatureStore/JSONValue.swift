import Columnar
import Foundation

/// A value as JSON: bytes as base64, times as RFC 3339, floats in their shortest exact form, decimals as texts.
public struct JSONValue: Hashable, Sendable, Encodable {
    public let value: Value

    public init(_ value: Value) { self.value = value }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .uint(let value): try container.encode(value)
        case .float32(let value): try container.encode(value)
        case .float64(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .bytes(let value): try container.encode(Data(value).base64EncodedString())
        case .timestamp(let value): try container.encode(value.description)
        case .decimal(let value): try container.encode(value.description)
        case .list(let values): try container.encode(values.map(JSONValue.init))
        }
    }
}
