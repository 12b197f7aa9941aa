/// How values are stored (parquet.thrift, Type).
enum PhysicalType: Int32, Sendable {
    case boolean = 0
    case int32 = 1
    case int64 = 2
    case int96 = 3
    case float = 4
    case double = 5
    case byteArray = 6
    case fixedLengthByteArray = 7

    /// Bytes of a value in the PLAIN encoding; nil where they vary, are bits, or the schema says them.
    var byteWidth: Int? {
        switch self {
        case .int32, .float: 4
        case .int64, .double: 8
        case .int96: 12
        case .boolean, .byteArray, .fixedLengthByteArray: nil
        }
    }
}

/// How often a schema's node occurs in its parent (parquet.thrift, FieldRepetitionType).
enum Repetition: Int32, Sendable {
    case required = 0
    case optional = 1
    case repeated = 2
}
