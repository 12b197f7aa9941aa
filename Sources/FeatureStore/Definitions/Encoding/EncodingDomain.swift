/// What a value is between two steps.
enum EncodingDomain: String, Sendable {
    case number
    /// A whole number that may name a category, such as a bucket's.
    case integer
    case text
    case time
    case vector
    /// Slots: nothing can follow.
    case slots

    /// What values of a type are before the first step.
    init(_ type: FeatureType) {
        switch type {
        case .bool, .int32, .int64: self = .integer
        case .float32, .float64: self = .number
        case .string, .bytes: self = .text
        case .timestamp: self = .time
        case .vector: self = .vector
        }
    }

    private var isNumeric: Bool { self == .number || self == .integer }
    private var isCategory: Bool { self == .text || self == .integer }

    /// What it is after `step`; nil if the step cannot be taken.
    func after(_ step: EncodingStep) -> EncodingDomain? {
        switch step {
        case .pass: isNumeric ? .number : self == .vector ? .slots : nil
        case .standardize, .minMax, .robust, .log1p, .clip: isNumeric ? .number : nil
        case .impute(.mean, _), .impute(.median, _): isNumeric ? .number : nil
        case .impute(.number(let number), _):
            switch self {
            case .integer: Int64(exactly: number) == nil ? .number : .integer
            case .number: .number
            default: nil
            }
        case .impute(.text, _): self == .text ? .text : nil
        case .impute(.mostFrequent, _): isCategory ? self : nil
        case .bucketize, .quantileBucketize: isNumeric ? .integer : nil
        case .ordinal, .frequency, .target: isCategory ? .number : nil
        case .oneHot, .hashed: isCategory ? .slots : nil
        case .cyclic: self == .time ? .slots : nil
        case .normalize: self == .vector ? .slots : nil
        }
    }

    /// Whether a model can take it.
    var isEncoded: Bool { self != .text && self != .time }

    /// For messages: `a number`.
    var words: String {
        switch self {
        case .number: "a number"
        case .integer: "a whole number"
        case .text: "a text"
        case .time: "a time"
        case .vector: "a vector"
        case .slots: "slots"
        }
    }
}

extension FeatureType {
    /// What is done with a feature of which a service with `encode:` says nothing.
    var defaultEncoding: [EncodingStep] {
        switch self {
        case .bool, .int32, .int64, .float32, .float64, .vector: [.pass]
        case .string, .bytes: [.oneHot(maximumCategories: 50)]
        case .timestamp: [.cyclic([.hour, .weekday])]
        }
    }

    /// What `encode:` calls features of this type where it speaks of all of them.
    var encodingName: String {
        if case .vector = self { "vector" } else { description }
    }

    /// All that it may call so.
    static let encodingNames = scalarNames + ["vector"]
}
