/// Features that come from one source and describe the same entities.
public struct FeatureView: Hashable, Sendable, Codable {
    public var name: String
    public var description: String?
    /// The names of its entities; their join keys together, in this order, are the view's key.
    public var entities: [String]
    /// The name of its source.
    public var source: String
    /// How long a row holds after its event time; nil for ever.
    public var ttl: TimeSpan?
    /// When a row may be used in a training row.
    public var availability: Availability
    public var owner: String?
    public var tags: [String: String]
    /// What it serves, in the order of their declaration.
    public var features: [Feature]
    /// How its features are computed from events; nil for a view whose features are stored as they are.
    public var aggregation: Aggregation?

    /// What is stored of a row, beside its key and times: the features, or of an event what they are computed from.
    public var storedFeatures: [Feature] { aggregation?.columns ?? features }

    public init(
        name: String, description: String? = nil, entities: [String], source: String, ttl: TimeSpan? = nil,
        availability: Availability = .event, owner: String? = nil, tags: [String: String] = [:], features: [Feature],
        aggregation: Aggregation? = nil
    ) {
        self.name = name
        self.description = description
        self.entities = entities
        self.source = source
        self.ttl = ttl
        self.availability = availability
        self.owner = owner
        self.tags = tags
        self.features = features
        self.aggregation = aggregation
    }
}

/// One measured or derived value of a view.
public struct Feature: Hashable, Sendable, Codable {
    public var name: String
    public var type: FeatureType
    public var description: String?
    public var tags: [String: String]
    /// The formula by which it is computed from the source's columns when rows come in; nil for a column of the source.
    public var expression: String?

    public init(
        _ name: String, _ type: FeatureType, description: String? = nil, tags: [String: String] = [:],
        expression: String? = nil
    ) {
        self.name = name
        self.type = type
        self.description = description
        self.tags = tags
        self.expression = expression
    }
}

/// When a row of history may be seen by a training row at time t (DESIGN §4).
public enum Availability: Hashable, Sendable {
    /// As soon as it happened: event time <= t.
    case event
    /// When it became known: created <= t.
    case created
    /// A fixed time after it happened: event time + delay <= t.
    case delayed(TimeSpan)
}

extension Availability: CustomStringConvertible {
    public var description: String {
        switch self {
        case .event: "event"
        case .created: "created"
        case .delayed(let delay): delay.description
        }
    }
}

extension Availability: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        switch text {
        case "event": self = .event
        case "created": self = .created
        default:
            guard let delay = TimeSpan(text) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "unreadable availability '\(text)'"))
            }
            self = .delayed(delay)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
