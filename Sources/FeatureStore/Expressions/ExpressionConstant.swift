import Columnar

/// A value that stands in an expression's text.
enum ExpressionConstant: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case float(Double)
    case string(String)
    case timestamp(Timestamp)
    case duration(TimeSpan)

    var type: ExpressionType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .integer: .integer
        case .float: .float
        case .string: .string
        case .timestamp: .timestamp
        case .duration: .duration
        }
    }
}
