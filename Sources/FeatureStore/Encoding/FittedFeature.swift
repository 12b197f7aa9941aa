/// A fitted feature of a service: where it is read, and how it becomes numbers.
struct FittedFeature: Hashable, Sendable, Codable {
    var feature: FeatureReference
    var type: FeatureType
    /// As they were declared.
    var steps: [EncodingStep]
    /// One a step.
    var fitted: [FittedStep]
    /// The rows that a target encoding was learned from.
    var learned: LearnedRows?

    /// Its slots but for the indicator's.
    var valueWidth: Int {
        switch fitted.last {
        case .oneHot(let categories): categories.count + 2
        case .hashed(let buckets): buckets
        case .cyclic(let cycles): 2 * cycles.count
        default: if case .vector(let count) = type { count } else { 1 }
        }
    }

    var hasIndicator: Bool { fitted.contains(where: \.hasIndicator) }
    var width: Int { valueWidth + (hasIndicator ? 1 : 0) }

    /// The names of its slots, in order.
    ///
    /// - Parameter name: the feature's, by which they begin.
    func slots(_ name: String) -> [String] {
        var names: [String]
        switch fitted.last {
        case .oneHot(let categories):
            names = categories.map { "\(name)=\($0.name)" } + ["\(name) is unknown", "\(name) is missing"]
        case .hashed(let buckets): names = (0..<buckets).map { "\(name)#\($0)" }
        case .cyclic(let cycles):
            names = cycles.flatMap { ["\(name)_\($0.rawValue)_sin", "\(name)_\($0.rawValue)_cos"] }
        default:
            if case .vector(let count) = type {
                names = (0..<count).map { "\(name)[\($0)]" }
            } else {
                names = [name]
            }
        }
        if hasIndicator { names.append("\(name) was missing") }
        return names
    }
}

/// Which rows a target encoding was learned from, so that they are known again: their own labels must not be in what
/// they are encoded as.
struct LearnedRows: Hashable, Sendable, Codable {
    var label: String
    var smoothing: Double
    var folds: Int
    var rows: Int
    /// Of the feature's values, in the order of the rows, in hexadecimal.
    var valuesHash: String
    /// Of the labels.
    var labelsHash: String
}
