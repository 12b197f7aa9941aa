/// A thing that features describe, and the columns that identify it.
public struct Entity: Hashable, Sendable, Codable {
    public var name: String
    public var description: String?
    /// One or more, in the order in which keys are encoded.
    public var joinKeys: [JoinKey]
    public var owner: String?
    public var tags: [String: String]

    public init(
        name: String, description: String? = nil, joinKeys: [JoinKey], owner: String? = nil,
        tags: [String: String] = [:]
    ) {
        self.name = name
        self.description = description
        self.joinKeys = joinKeys
        self.owner = owner
        self.tags = tags
    }
}

/// A column that identifies an entity.
public struct JoinKey: Hashable, Sendable, Codable {
    public var name: String
    /// One of int32, int64, string, bytes, bool.
    public var type: FeatureType

    public init(_ name: String, _ type: FeatureType) {
        self.name = name
        self.type = type
    }
}
