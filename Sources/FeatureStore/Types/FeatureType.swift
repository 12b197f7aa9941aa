import Columnar

/// The type of a feature or of a join key, as definitions spell it.
public enum FeatureType: Hashable, Sendable {
    case bool
    case int32
    case int64
    case float32
    case float64
    case string
    case bytes
    /// Microseconds, UTC.
    case timestamp
    /// A vector of `count` float32: `float32[64]`.
    case vector(count: Int)

    /// How a column holds it.
    public var dataType: DataType {
        switch self {
        case .bool: .bool
        case .int32: .int32
        case .int64: .int64
        case .float32: .float32
        case .float64: .float64
        case .string: .string
        case .bytes: .binary
        case .timestamp: .instant
        case .vector(let count): .fixedSizeList(.float32, count)
        }
    }

    /// The longest vector that a feature may have.
    public static let maximumVectorCount = 65_536

    /// The names of all scalar types, for messages and help.
    public static let scalarNames = ["bool", "int32", "int64", "float32", "float64", "string", "bytes", "timestamp"]

    /// Reads `int64`, `float32[64]`, …; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "bool": self = .bool
        case "int32": self = .int32
        case "int64": self = .int64
        case "float32": self = .float32
        case "float64": self = .float64
        case "string": self = .string
        case "bytes": self = .bytes
        case "timestamp": self = .timestamp
        default:
            guard text.hasPrefix("float32["), text.hasSuffix("]"),
                case let digits = text.dropFirst("float32[".count).dropLast(),
                digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let count = Int(digits),
                (1...Self.maximumVectorCount).contains(count)
            else { return nil }
            self = .vector(count: count)
        }
    }

    /// Whether an entity's join key may have this type (DESIGN §3).
    public var isJoinKeyType: Bool {
        switch self {
        case .int32, .int64, .string, .bytes, .bool: true
        case .float32, .float64, .timestamp, .vector: false
        }
    }
}

extension FeatureType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .float32: "float32"
        case .float64: "float64"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .vector(let count): "float32[\(count)]"
        }
    }
}

extension FeatureType: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let type = FeatureType(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown feature type '\(text)'"))
        }
        self = type
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
