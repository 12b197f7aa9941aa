/// One step on a feature's way to numbers that a model takes.
public enum EncodingStep: Hashable, Sendable, Codable {
    /// As it is: numbers and vectors as float32, booleans 0 or 1.
    case pass
    /// (x - mean) / standard deviation, of the rows it is fitted on (population, as scikit-learn's StandardScaler).
    case standardize
    /// (x - min) / (max - min).
    case minMax
    /// (x - median) / (third quartile - first quartile).
    case robust
    /// log(1 + x).
    case log1p
    /// Between two bounds, either of which may be absent.
    case clip(least: Double?, greatest: Double?)
    /// What stands in for a null, and whether a further slot says that it does.
    case impute(Imputation, hasIndicator: Bool)
    /// The number of the bucket between `edges`, which ascend: 0 below the first, `edges.count` from the last on.
    case bucketize(edges: [Double])
    /// The number of one of `count` buckets that hold about as many rows each.
    case quantileBucketize(count: Int)
    /// A slot a category, of which one is 1; and a slot for unknown ones, and one for null.
    case oneHot(maximumCategories: Int)
    /// The category's place in order; -1 if it is unknown.
    case ordinal
    /// The share of rows that have the category.
    case frequency
    /// One of `buckets` slots is 1, by a hash of the category.
    case hashed(buckets: Int)
    /// The mean of `label` among rows of the category, drawn towards the mean of all as if `smoothing` rows had it.
    case target(label: String, smoothing: Double, folds: Int)
    /// Sine and cosine of a time's place in each cycle.
    case cyclic([TimeCycle])
    /// A vector divided by its Euclidean length.
    case normalize

    /// What stands in for a null.
    public enum Imputation: Hashable, Sendable, Codable {
        case mean
        case median
        case mostFrequent
        case number(Double)
        case text(String)
    }

    /// What a time goes round in, UTC.
    public enum TimeCycle: String, Hashable, Sendable, Codable, CaseIterable {
        case minute, hour, weekday, day, month

        /// Units in a cycle.
        public var length: Double {
            switch self {
            case .minute: 60
            case .hour: 24
            case .weekday: 7
            case .day: 31
            case .month: 12
            }
        }
    }

    /// As definitions spell it.
    public var name: String {
        switch self {
        case .pass: "pass"
        case .standardize: "standardize"
        case .minMax: "min_max"
        case .robust: "robust"
        case .log1p: "log1p"
        case .clip: "clip"
        case .impute: "impute"
        case .bucketize: "bucketize"
        case .quantileBucketize: "quantile_bucketize"
        case .oneHot: "one_hot"
        case .ordinal: "ordinal"
        case .frequency: "frequency"
        case .hashed: "hashed"
        case .target: "target"
        case .cyclic: "cyclic"
        case .normalize: "normalize"
        }
    }

    /// The names of all steps, for messages.
    public static let names = [
        "pass", "standardize", "min_max", "robust", "log1p", "clip", "impute", "bucketize", "quantile_bucketize",
        "one_hot", "ordinal", "frequency", "hashed", "target", "cyclic", "normalize",
    ]
}

extension EncodingStep: CustomStringConvertible {
    public var description: String {
        switch self {
        case .clip(let least, let greatest):
            "clip \(least.map { "\($0)" } ?? "…") to \(greatest.map { "\($0)" } ?? "…")"
        case .impute(let with, let hasIndicator): "impute \(with)\(hasIndicator ? " with indicator" : "")"
        case .bucketize(let edges): "bucketize \(edges)"
        case .quantileBucketize(let count), .hashed(let count), .oneHot(let count): "\(name) \(count)"
        case .target(let label, let smoothing, let folds): "target \(label), smoothing \(smoothing), folds \(folds)"
        case .cyclic(let cycles): "cyclic \(cycles.map(\.rawValue).joined(separator: " "))"
        default: name
        }
    }
}

extension EncodingStep.Imputation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .mean: "mean"
        case .median: "median"
        case .mostFrequent: "most_frequent"
        case .number(let number): "\(number)"
        case .text(let text): "'\(text)'"
        }
    }
}

/// What a value is between two steps.
enum EncodingDomain: String, Sendable {
    case number
    /// A number that names a category, such as a bucket's.
    case integer
    case text
    case time
    case vector
    /// Slots: nothing can follow.
    case slots

    /// What values of a type are before the first step; nil if they can be no number without a step.
    init(_ type: FeatureType) {
        switch type {
        case .bool, .int32, .int64: self = .integer
        case .float32, .float64: self = .number
        case .string, .bytes: self = .text
        case .timestamp: self = .time
        case .vector: self = .vector
        }
    }

    /// What it is after `step`; nil if the step cannot be taken.
    func after(_ step: EncodingStep) -> EncodingDomain? {
        switch (step, self) {
        case (.pass, .number), (.pass, .integer): .number
        case (.pass, .vector), (.normalize, .vector): .vector
        case (.standardize, .number), (.standardize, .integer), (.minMax, .number), (.minMax, .integer),
            (.robust, .number), (.robust, .integer), (.log1p, .number), (.log1p, .integer):
            .number
        case (.clip, .number), (.clip, .integer): self
        case (.impute(.text, _), .text), (.impute(.mostFrequent, _), .text), (.impute(.mostFrequent, _), .integer): self
        case (.impute(.number, _), .number), (.impute(.number, _), .integer): self
        case (.impute(.mean, _), .number), (.impute(.mean, _), .integer), (.impute(.median, _), .number),
            (.impute(.median, _), .integer):
            .number
        case (.bucketize, .number), (.bucketize, .integer), (.quantileBucketize, .number),
            (.quantileBucketize, .integer):
            .integer
        case (.ordinal, .text), (.ordinal, .integer), (.frequency, .text), (.frequency, .integer), (.target, .text),
            (.target, .integer):
            .number
        case (.oneHot, .text), (.oneHot, .integer), (.hashed, .text), (.hashed, .integer), (.cyclic, .time): .slots
        default: nil
        }
    }

    /// For messages: `a number`.
    var words: String {
        switch self {
        case .number: "a number"
        case .integer: "a whole number"
        case .text: "a text"
        case .time: "a time"
        case .vector: "a vector"
        case .slots: "slots already"
        }
    }
}

extension FeatureType {
    /// What is done with a feature for which a service with `encode:` says nothing.
    var defaultEncoding: [EncodingStep] {
        switch self {
        case .bool, .int32, .int64, .float32, .float64, .vector: [.pass]
        case .string, .bytes: [.oneHot(maximumCategories: 50)]
        case .timestamp: [.cyclic([.hour, .weekday])]
        }
    }
}

/// How one feature of a service becomes numbers.
public struct FeatureEncoding: Hashable, Sendable, Codable {
    public var feature: FeatureReference
    /// Applied one after the other; never empty.
    public var steps: [EncodingStep]

    public init(feature: FeatureReference, steps: [EncodingStep]) {
        self.feature = feature
        self.steps = steps
    }
}
