/// What a window of events is summarised to.
///
/// Nulls are left out by every function but `count` of rows, `rate` and `timeSinceLast` without a column, which look at rows.
/// NaN is a value: sums, means and variances of values with NaN are NaN; `min`, `max` and `quantile` take it for greater
/// than every number; `distinct_count` counts it as one value. No function depends on the order in which events came, or
/// on how they were grouped.
public enum AggregateFunction: Hashable, Sendable {
    /// Rows, or values that are not null.
    case count
    /// Exact: of integers in 128 bits (null if it does not fit int64), of floats rounded once.
    case sum
    /// The exact sum divided by the count, rounded once.
    case mean
    case min
    case max
    /// The unbiased estimate, which divides by one less than the count; null for fewer than two values.
    case variance
    /// The square root of `variance`.
    case stddev
    /// Of the event that is first by (event time, created, order of arrival).
    case first
    /// Of the event that is last by (event time, created, order of arrival).
    case last
    /// The values of the last events, the newest first, as a JSON list.
    case lastN(Int)
    /// Exact up to 256 different values, then HyperLogLog's estimate (standard error 1.6 %).
    case distinctCount
    /// Within 0.78 % of the value at that rank (DDSketch); from 0 to 1.
    case quantile(Double)
    /// Events per second of the window's length.
    case rate
    /// Seconds from the last event to the time of asking.
    case timeSinceLast

    /// The longest list of `last_n`.
    public static let maximumListLength = 1000
}

extension AggregateFunction {
    /// Whether it can be asked of rows, without a column.
    public var appliesToRows: Bool {
        switch self {
        case .count, .rate, .timeSinceLast: true
        default: false
        }
    }

    /// Whether it needs a window of some length: a rate over a lifetime says nothing.
    public var needsWindowLength: Bool { self == .rate }

    /// The type of its value for a column of `type`, nil for rows; nil if it is not for that type.
    public func outputType(of type: FeatureType?) -> FeatureType? {
        guard let type else {
            switch self {
            case .count: return .int64
            case .rate, .timeSinceLast: return .float64
            default: return nil
            }
        }
        switch self {
        case .count: return .int64
        case .rate, .timeSinceLast: return .float64
        case .sum:
            switch type {
            case .bool, .int32, .int64: return .int64
            case .float32, .float64: return .float64
            default: return nil
            }
        case .mean, .variance, .stddev:
            switch type {
            case .bool, .int32, .int64, .float32, .float64: return .float64
            default: return nil
            }
        case .quantile:
            switch type {
            case .int32, .int64, .float32, .float64: return .float64
            default: return nil
            }
        case .min, .max: if case .vector = type { return nil } else { return type }
        case .first, .last: return type
        case .lastN: if case .vector = type { return nil } else { return .string }
        case .distinctCount: if case .vector = type { return nil } else { return .int64 }
        }
    }

    /// What has to be kept of a column, or of rows, so that the function's value can be told.
    var parts: AccumulatorParts {
        switch self {
        case .count, .rate: AccumulatorParts()
        case .sum, .mean: AccumulatorParts(.sum)
        case .variance, .stddev: AccumulatorParts([.sum, .squares])
        case .min: AccumulatorParts(.minimum)
        case .max: AccumulatorParts(.maximum)
        case .first: AccumulatorParts(firstCount: 1)
        case .last: AccumulatorParts(lastCount: 1)
        case .lastN(let count): AccumulatorParts(lastCount: count)
        case .distinctCount: AccumulatorParts(.distinct)
        case .quantile: AccumulatorParts(.sketch)
        case .timeSinceLast: AccumulatorParts(.lastTime)
        }
    }
}
