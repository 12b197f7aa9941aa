import Foundation

/// A step of an encoding with all it needs to know of the rows it was fitted on.
enum FittedStep: Hashable, Sendable, Codable {
    case pass
    /// (x - shift) / scale.
    case affine(shift: Double, scale: Double)
    case log1p
    case clip(least: Double, greatest: Double)
    case imputeNumber(Double, hasIndicator: Bool)
    case imputeInteger(Int64, hasIndicator: Bool)
    case imputeText(Category, hasIndicator: Bool)
    /// The number of edges at or below x.
    case bucketize(edges: [Double])
    /// Slots: the categories, then unknown, then null.
    case oneHot([Category])
    /// The category's place; -1 if unknown, null stays null.
    case ordinal([Category])
    /// A number a category, and one each for unknown and null.
    case numbers([Category], values: [Double], unknown: Double, missing: Double)
    case hashed(buckets: Int)
    case cyclic([EncodingStep.TimeCycle])
    case normalize

    /// A category as it is stored: text, bytes or a whole number.
    enum Category: Hashable, Sendable, Codable, Comparable {
        case integer(Int64)
        case text(String)
        case bytes(Data)

        init(_ raw: [UInt8], of type: FeatureType) {
            switch type {
            case .string: self = .text(String(decoding: raw, as: UTF8.self))
            default: self = .bytes(Data(raw))
            }
        }

        /// As `CategoryIndex` knows it.
        var indexed: [UInt8] {
            switch self {
            case .integer(let number): withUnsafeBytes(of: number.littleEndian) { Array($0) }
            case .text(let text): Array(text.utf8)
            case .bytes(let data): Array(data)
            }
        }

        /// As slots are named.
        var name: String {
            switch self {
            case .integer(let number): "\(number)"
            case .text(let text): text
            case .bytes(let data): "0x" + data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
        }

        static func < (a: Category, b: Category) -> Bool {
            switch (a, b) {
            case (.integer(let left), .integer(let right)): left < right
            default: a.indexed.lexicographicallyPrecedes(b.indexed)
            }
        }
    }

    /// Whether a further slot tells that the value was null.
    var hasIndicator: Bool {
        switch self {
        case .imputeNumber(_, let has), .imputeInteger(_, let has), .imputeText(_, let has): has
        default: false
        }
    }
}

/// A fitted feature of a service: where it is read, and how it becomes numbers.
struct FittedFeature: Hashable, Sendable, Codable {
    var feature: FeatureReference
    var type: FeatureType
    /// As they were declared.
    var steps: [EncodingStep]
    var fitted: [FittedStep]

    /// The names of its slots, in order.
    var slots: [String] {
        let name = feature.feature ?? feature.description
        var names: [String]
        switch fitted.last {
        case .oneHot(let categories): names = categories.map { "\(name)=\($0.name)" } + ["\(name)=?", "\(name)=null"]
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
        if fitted.contains(where: \.hasIndicator) { names.append("\(name)_missing") }
        return names
    }
}
