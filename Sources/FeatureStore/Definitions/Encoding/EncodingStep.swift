/// One step on a feature's way to numbers that a model takes.
///
/// Null and NaN are missing. A step leaves what is missing as it is unless it says otherwise, and statistics are of the
/// finite numbers among the rows that are fitted on.
public enum EncodingStep: Hashable, Sendable, Codable {
    /// As it is: numbers and vectors as float32, booleans 0 or 1.
    case pass
    /// (x - mean) / population standard deviation.
    case standardize
    /// (x - min) / (max - min).
    case minMax
    /// (x - median) / (third quartile - first quartile).
    case robust
    /// log(1 + x).
    case log1p
    /// Between two bounds, either of which may be absent.
    case clip(least: Double?, greatest: Double?)
    /// What stands in for what is missing, and whether a further slot says that it does.
    case impute(Imputation, hasIndicator: Bool)
    /// How many of the `edges`, which ascend, are at or below x.
    case bucketize(edges: [Double])
    /// The same with the edges that part the rows in `count` equal shares.
    case quantileBucketize(count: Int)
    /// A slot a category, of which one is 1; one for all others, and one for what is missing.
    case oneHot(maximumCategories: Int)
    /// The category's place in their order, from 0; -1 if it is unknown.
    case ordinal
    /// The share of rows that have the category.
    case frequency
    /// One of `buckets` slots is 1, by a hash of the category.
    case hashed(buckets: Int)
    /// The mean of the column `label` among rows of the category, drawn towards the mean of all as if by `smoothing` rows.
    case target(label: String, smoothing: Double, folds: Int)
    /// Sine and cosine of a time's place in each cycle.
    case cyclic([TimeCycle])
    /// A vector divided by its Euclidean length.
    case normalize

    /// What stands in for what is missing.
    public enum Imputation: Hashable, Sendable, Codable {
        case mean
        case median
        case mostFrequent
        case number(Double)
        case text(String)
    }

    /// What a time goes round in, UTC.
    public enum TimeCycle: String, Hashable, Sendable, Codable, CaseIterable {
        /// Of an hour.
        case minute
        /// Of a day.
        case hour
        /// From Monday on.
        case weekday
        /// Of a month, as if all had 31.
        case day
        /// Of a year.
        case month
    }

    /// Whether it learns something from the rows that it is fitted on.
    var isLearned: Bool {
        switch self {
        case .standardize, .minMax, .robust, .quantileBucketize, .oneHot, .ordinal, .frequency, .target,
            .impute(.mean, _), .impute(.median, _), .impute(.mostFrequent, _):
            true
        case .pass, .log1p, .clip, .bucketize, .hashed, .cyclic, .normalize, .impute(.number, _), .impute(.text, _):
            false
        }
    }

    /// Whether a further slot says that the value was missing.
    var hasIndicator: Bool {
        if case .impute(_, let hasIndicator) = self { hasIndicator } else { false }
    }
}
