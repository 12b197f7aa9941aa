/// Features that are computed when they are asked for, from the request and from features of other views; nothing of them
/// is stored.
public struct OnDemandView: Hashable, Sendable, Codable {
    public var name: String
    public var description: String?
    /// What the caller gives: a column of the entity rows offline, a value of the request online.
    public var request: [RequestField]
    public var owner: String?
    public var tags: [String: String]
    /// In the order of their declaration. One without an expression is the request field of its name.
    public var features: [Feature]

    public init(
        name: String, description: String? = nil, request: [RequestField] = [], owner: String? = nil,
        tags: [String: String] = [:], features: [Feature]
    ) {
        self.name = name
        self.description = description
        self.request = request
        self.owner = owner
        self.tags = tags
        self.features = features
    }
}

/// A value that comes with a request.
public struct RequestField: Hashable, Sendable, Codable {
    public var name: String
    public var type: FeatureType
    public var description: String?

    public init(_ name: String, _ type: FeatureType, description: String? = nil) {
        self.name = name
        self.type = type
        self.description = description
    }
}

/// A view as a service sees it: one whose rows are stored, or one that is computed on demand.
public enum ServedView: Hashable, Sendable {
    case stored(FeatureView)
    case onDemand(OnDemandView)

    public var name: String {
        switch self {
        case .stored(let view): view.name
        case .onDemand(let view): view.name
        }
    }

    /// All that it serves.
    public var features: [Feature] {
        switch self {
        case .stored(let view): view.features
        case .onDemand(let view): view.features
        }
    }
}
