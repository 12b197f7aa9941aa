/// The type of a column, in Arrow's terms.
public indirect enum DataType: Hashable, Sendable {
    case bool
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float16, float32, float64
    case string
    case binary
    /// Exact decimal numbers of up to 38 digits, of which `scale` are behind the point, in 128 bits.
    case decimal(precision: Int, scale: Int)
    /// Days since 1970-01-01, in 32 bits.
    case date32
    /// Ticks since midnight, in 32 bits for seconds and milliseconds, else in 64.
    case time(TimeUnit)
    /// Ticks since 1970-01-01T00:00:00, in 64 bits; with a zone they count UTC.
    case timestamp(TimeUnit, zone: String?)
    /// Any number of values of one type a row.
    case list(DataType)
    /// The same number of values in every row.
    case fixedSizeList(DataType, Int)

    /// The store's own type of time: microseconds, UTC.
    public static let instant = DataType.timestamp(.microseconds, zone: "UTC")

    /// Bytes of one value in the values buffer; nil where values vary in width, are bits, or are lists.
    public var byteWidth: Int? {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32, .date32, .time(.seconds), .time(.milliseconds): 4
        case .int64, .uint64, .float64, .timestamp, .time: 8
        case .decimal: 16
        case .bool, .string, .binary, .list, .fixedSizeList: nil
        }
    }

    public var isVariableWidth: Bool { self == .string || self == .binary }
}

public enum TimeUnit: String, Hashable, Sendable {
    case seconds, milliseconds, microseconds, nanoseconds

    var ticksPerSecond: Int64 {
        switch self {
        case .seconds: 1
        case .milliseconds: 1000
        case .microseconds: 1_000_000
        case .nanoseconds: 1_000_000_000
        }
    }
}

extension DataType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bool: "bool"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .float16: "float16"
        case .float32: "float32"
        case .float64: "float64"
        case .string: "string"
        case .binary: "bytes"
        case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
        case .date32: "date32"
        case .time(let unit): "time[\(unit.rawValue)]"
        case .timestamp(let unit, let zone): "timestamp[\(unit.rawValue)\(zone.map { ", " + $0 } ?? "")]"
        case .list(let element): "list<\(element)>"
        case .fixedSizeList(let element, let size): "\(element)[\(size)]"
        }
    }
}
