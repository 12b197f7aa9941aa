/// What is asked of a column's values, so that row groups and pages that cannot hold such values are skipped.
public enum ValueCondition: Sendable {
    /// Values from the one to the other, both included; nil leaves an end open.
    case between(Value?, Value?)
    /// Values that are equal to one of these.
    case anyOf([Value])
    case isNull
    case isNotNull

    /// False only if none of the values within `bounds` can meet the condition.
    public func mayHold(within bounds: ValueBounds) -> Bool {
        switch self {
        case .isNull: bounds.nullCount != 0
        case .isNotNull: !bounds.areAllNull
        case .between(let lower, let upper):
            !bounds.areAllNull && !Self.orders(bounds.maximum, before: lower)
                && !Self.orders(upper, before: bounds.minimum)
        case .anyOf(let values):
            !bounds.areAllNull
                && values.contains {
                    !Self.orders(bounds.maximum, before: $0) && !Self.orders($0, before: bounds.minimum)
                }
        }
    }

    /// Whether `a` certainly comes before `b`.
    private static func orders(_ a: Value?, before b: Value?) -> Bool {
        guard let a, let b, let order = a.compare(to: b) else { return false }
        return order < 0
    }
}

/// What is known of some rows' values.
public struct ValueBounds: Hashable, Sendable {
    public var rowCount: Int
    /// Nil where it is not known.
    public var nullCount: Int?
    /// No value that is neither null nor NaN is less, or greater; nil where nothing is known. Bounds of texts and bytes may
    /// be cut off, and are `bytes` where a text was cut within a character.
    public var minimum: Value?
    public var maximum: Value?

    public init(rowCount: Int, nullCount: Int? = nil, minimum: Value? = nil, maximum: Value? = nil) {
        self.rowCount = rowCount
        self.nullCount = nullCount
        self.minimum = minimum
        self.maximum = maximum
    }

    public var areAllNull: Bool { nullCount.map { $0 >= rowCount } ?? false }
}

extension Value {
    /// Negative if this value comes before the other, zero if they are equal, positive otherwise; nil if they have no order:
    /// NaN, nulls, lists, and values of different kinds.
    func compare(to other: Value) -> Int? {
        switch (self, other) {
        case (.bool(let a), .bool(let b)): Self.order(a ? 1 : 0, b ? 1 : 0)
        case (.float32, .float32), (.float32, .float64), (.float64, .float32), (.float64, .float64):
            Self.order(floating, other.floating)
        case (.string, .string), (.string, .bytes), (.bytes, .string), (.bytes, .bytes):
            Self.order(ofBytes: rawBytes, other.rawBytes)
        case (.decimal(let a), .decimal(let b)):
            a.scale == b.scale ? Self.order(a.unscaled, b.unscaled) : nil
        default: Self.order(whole, other.whole)
        }
    }

    private static func order<T: Comparable>(_ a: T?, _ b: T?) -> Int? {
        guard let a, let b else { return nil }
        return a < b ? -1 : a > b ? 1 : a == b ? 0 : nil
    }

    /// By unsigned bytes, which for UTF-8 is the order of code points.
    private static func order(ofBytes a: [UInt8], _ b: [UInt8]) -> Int {
        for (x, y) in zip(a, b) where x != y { return x < y ? -1 : 1 }
        return a.count - b.count
    }

    private var whole: Int128? {
        switch self {
        case .int(let number): Int128(number)
        case .uint(let number): Int128(number)
        case .timestamp(let time): Int128(time.microseconds)
        default: nil
        }
    }

    private var floating: Double? {
        switch self {
        case .float32(let number): Double(number)
        case .float64(let number): number
        default: nil
        }
    }

    private var rawBytes: [UInt8] {
        switch self {
        case .string(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        default: []
        }
    }
}
