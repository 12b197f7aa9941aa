/// A step of an encoding with all that it needs to know of the rows it was fitted on.
enum FittedStep: Hashable, Sendable, Codable {
    case pass
    /// (x - shift) / scale; the scale is not 0.
    case affine(shift: Double, scale: Double)
    case log1p
    case clip(least: Double?, greatest: Double?)
    case imputeNumber(Double, hasIndicator: Bool)
    case imputeCategory(Category, hasIndicator: Bool)
    /// How many edges are at or below x.
    case bucketize(edges: [Double])
    /// Slots: the categories, then unknown, then missing.
    case oneHot([Category])
    /// The category's place; -1 if unknown, what is missing stays so.
    case ordinal([Category])
    /// A number a category, and one each for unknown and missing.
    case numbers([Category], values: [Double], unknown: Double, missing: Double)
    case hashed(buckets: Int)
    case cyclic([EncodingStep.TimeCycle])
    case normalize

    /// Whether a further slot says that the value was missing.
    var hasIndicator: Bool {
        switch self {
        case .imputeNumber(_, let has), .imputeCategory(_, let has): has
        default: false
        }
    }

    /// What the step makes of a domain that its declared step can follow.
    func domain(after domain: EncodingDomain) -> EncodingDomain {
        switch self {
        case .pass: domain == .vector ? .slots : .number
        case .affine, .log1p, .clip, .imputeNumber, .ordinal, .numbers: .number
        case .imputeCategory: domain
        case .bucketize: .integer
        case .oneHot, .hashed, .cyclic, .normalize: .slots
        }
    }
}
