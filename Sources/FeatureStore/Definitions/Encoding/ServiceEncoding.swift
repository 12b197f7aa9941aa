/// How the features of a service become a model's numbers: `encode:`.
public struct ServiceEncoding: Hashable, Sendable, Codable {
    /// Features with steps of their own, in the order of the file.
    public var features: [FeatureEncoding]
    /// Steps for all other features of a type, by its name: `float32`, `vector`.
    public var types: [String: [EncodingStep]]

    public init(features: [FeatureEncoding] = [], types: [String: [EncodingStep]] = [:]) {
        self.features = features
        self.types = types
    }

    /// The steps of a feature: its own, else those of its type, else what the type's default is. Never empty.
    public func steps(for feature: FeatureReference, type: FeatureType) -> [EncodingStep] {
        features.first { $0.feature == feature }?.steps ?? types[type.encodingName] ?? type.defaultEncoding
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
