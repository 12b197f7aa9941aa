extension EncodingStep {
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

/// What a user reads of one kind of step.
public struct EncoderDescription: Hashable, Sendable, Codable {
    public var name: String
    /// How it is written.
    public var usage: String
    /// What it takes and what comes out.
    public var types: String
    public var summary: String
}

extension EncodingStep {
    /// All kinds of steps, in the order of the reference.
    public static let all = [
        EncoderDescription(
            name: "pass", usage: "pass", types: "number or vector -> float32",
            summary: "As it is; booleans are 0 or 1."),
        EncoderDescription(
            name: "standardize", usage: "standardize", types: "number -> number",
            summary: "(x - mean) / population standard deviation; of equal numbers, x - mean."),
        EncoderDescription(
            name: "min_max", usage: "min_max", types: "number -> number",
            summary: "(x - min) / (max - min); of equal numbers, x - min."),
        EncoderDescription(
            name: "robust", usage: "robust", types: "number -> number",
            summary: "(x - median) / (third quartile - first quartile)."),
        EncoderDescription(
            name: "log1p", usage: "log1p", types: "number -> number",
            summary: "log(1 + x); missing below -1."),
        EncoderDescription(
            name: "clip", usage: "clip: {min: 0, max: 10}", types: "number -> number",
            summary: "At least `min`, at most `max`; one of them may be left out."),
        EncoderDescription(
            name: "impute", usage: "impute: mean", types: "number or category -> the same",
            summary:
                "Fills what is missing: `mean`, `median`, `most_frequent`, or a value. `{with: mean, indicator: true}` adds a "
                + "slot that is 1 where it did."),
        EncoderDescription(
            name: "bucketize", usage: "bucketize: [0, 10, 100]", types: "number -> category",
            summary: "How many of the edges are at or below x."),
        EncoderDescription(
            name: "quantile_bucketize", usage: "quantile_bucketize: 10", types: "number -> category",
            summary: "The same with the edges that part the rows in so many equal shares."),
        EncoderDescription(
            name: "one_hot", usage: "one_hot: {max_categories: 50}", types: "category -> slots",
            summary:
                "A slot for each of the most frequent categories, one for all others, one for what is missing: one of them "
                + "is 1."),
        EncoderDescription(
            name: "ordinal", usage: "ordinal", types: "category -> number",
            summary: "The category's place in their order, from 0; -1 for an unknown one."),
        EncoderDescription(
            name: "frequency", usage: "frequency", types: "category -> number",
            summary: "The share of rows that have it; 0 for an unknown one. What is missing has a share, too."),
        EncoderDescription(
            name: "hashed", usage: "hashed: 64", types: "category -> slots",
            summary: "One of so many slots is 1, by the category's hash; none if it is missing."),
        EncoderDescription(
            name: "target", usage: "target: {label: paid, smoothing: 20, folds: 5}", types: "category -> number",
            summary:
                "The mean of the label among the category's rows, drawn towards the mean of all as if by `smoothing` rows; "
                + "for rows that it was fitted on, of the other folds only."),
        EncoderDescription(
            name: "cyclic", usage: "cyclic: [hour, weekday]", types: "timestamp -> slots",
            summary: "Sine and cosine of the time's place in each cycle: `minute`, `hour`, `weekday`, `day`, `month`."),
        EncoderDescription(
            name: "normalize", usage: "normalize", types: "vector -> vector",
            summary: "Divided by its Euclidean length; zeros stay zeros."),
    ]

    /// The names of all kinds, for messages.
    static let names = all.map(\.name)
}
