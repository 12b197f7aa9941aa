/// A table as one run of bytes that tells its own names and types: small, made and read in one pass, read in place.
///
/// Little-endian. The header, every name and every run of values begins at a multiple of 8 bytes, padded with zeros.
///
///     0    "FSP1"
///     4    UInt32  0
///     8    UInt64  XXH64 of all bytes from 16 on
///     16   UInt32  rows
///     20   UInt32  columns
///     then for each column
///          UInt8   type (`PackedType`)
///          UInt8   1 if it holds nulls, else 0
///          UInt16  bytes of its name
///          UInt32  elements of a vector, else 0
///          its name
///          if it holds nulls: a bit a row, set where the value is valid
///          a bool: a bit a row; a fixed width: the values; a vector: its elements;
///          strings and bytes: a UInt32 length a row, then the bytes
public enum PackedTable {
    static let magic: UInt32 = 0x3150_5346
    static let checkedFrom = 16
    static let headerLength = 24
    static let columnHeaderLength = 8
}

/// The types that a packed table can hold, by their number in it.
enum PackedType: UInt8 {
    case bool = 1
    case int32 = 2
    case int64 = 3
    case float32 = 4
    case float64 = 5
    case string = 6
    case bytes = 7
    /// Microseconds, UTC.
    case instant = 8
    case float32Vector = 9

    /// Nil for a type that cannot be packed.
    init?(_ type: DataType) {
        switch type {
        case .bool: self = .bool
        case .int32: self = .int32
        case .int64: self = .int64
        case .float32: self = .float32
        case .float64: self = .float64
        case .string: self = .string
        case .binary: self = .bytes
        case .instant: self = .instant
        case .fixedSizeList(.float32, _): self = .float32Vector
        default: return nil
        }
    }

    func dataType(vectorSize: Int) -> DataType {
        switch self {
        case .bool: .bool
        case .int32: .int32
        case .int64: .int64
        case .float32: .float32
        case .float64: .float64
        case .string: .string
        case .bytes: .binary
        case .instant: .instant
        case .float32Vector: .fixedSizeList(.float32, vectorSize)
        }
    }
}
