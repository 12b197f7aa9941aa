/// The type of an expression's value.
///
/// Integers are computed in 64 bits and numbers with a fraction in float64, whatever the columns' widths are: a feature's
/// own type is reached by one rounding at the end.
package enum ExpressionType: Hashable, Sendable {
    case bool
    case integer
    case float
    case string
    case bytes
    /// Microseconds, UTC.
    case timestamp
    /// Microseconds.
    case duration
    /// `count` float32.
    case vector(count: Int)
    /// The type of `null`, which may stand for any other.
    case null

    /// The type in which a feature or column of `type` is computed with.
    package init(_ type: FeatureType) {
        switch type {
        case .bool: self = .bool
        case .int32, .int64: self = .integer
        case .float32, .float64: self = .float
        case .string: self = .string
        case .bytes: self = .bytes
        case .timestamp: self = .timestamp
        case .vector(let count): self = .vector(count: count)
        }
    }

    /// The feature's type that holds every value of this type; nil for durations and `null`, which no column has.
    package var featureType: FeatureType? {
        switch self {
        case .bool: .bool
        case .integer: .int64
        case .float: .float64
        case .string: .string
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .vector(let count): .vector(count: count)
        case .duration, .null: nil
        }
    }

    /// Whether a value of this type may stand where one of `other` is wanted.
    func fits(_ other: ExpressionType) -> Bool {
        self == other || self == .null || self == .integer && other == .float
    }

    /// The type that values of both types may have; nil if there is none.
    func united(with other: ExpressionType) -> ExpressionType? {
        if fits(other) { return other }
        return other.fits(self) ? self : nil
    }

    /// Whether values are bytes of varying number.
    var isText: Bool { self == .string || self == .bytes }
}

extension ExpressionType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bool: "bool"
        case .integer: "integer"
        case .float: "float"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .vector(let count): "float32[\(count)]"
        case .null: "null"
        }
    }
}
