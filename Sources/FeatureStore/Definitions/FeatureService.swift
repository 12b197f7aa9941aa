/// The features that one model reads, offline and online.
public struct FeatureService: Hashable, Sendable, Codable {
    public var name: String
    public var description: String?
    public var owner: String?
    public var tags: [String: String]
    /// In the order in which the model reads them; `view:*` is kept as declared.
    public var features: [FeatureReference]
    /// What it remembers of its reads; nil for nothing.
    public var log: ServiceLog?
    /// The label that comes back for a read.
    public var label: ServiceLabel?
    /// How features become a model's numbers; nil if the service does not encode.
    public var encode: ServiceEncoding?

    public init(
        name: String, description: String? = nil, owner: String? = nil, tags: [String: String] = [:],
        features: [FeatureReference], encode: ServiceEncoding? = nil, log: ServiceLog? = nil,
        label: ServiceLabel? = nil
    ) {
        self.name = name
        self.description = description
        self.owner = owner
        self.tags = tags
        self.features = features
        self.log = log
        self.label = label
        self.encode = encode
    }
}

/// `view:feature`, or `view:*` for all features of a view.
public struct FeatureReference: Hashable, Sendable {
    public var view: String
    /// A feature's name; nil for all of the view.
    public var feature: String?

    public init(view: String, feature: String?) {
        self.view = view
        self.feature = feature
    }

    /// Reads `view:feature` or `view:*`; nil if the text is not of that form.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(view: String(parts[0]), feature: parts[1] == "*" ? nil : String(parts[1]))
    }
}

extension FeatureReference: CustomStringConvertible {
    public var description: String { "\(view):\(feature ?? "*")" }
}

extension FeatureReference: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let reference = FeatureReference(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unreadable feature reference '\(text)'"))
        }
        self = reference
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
