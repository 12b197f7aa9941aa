/// Where a view's rows come from: files, and which of their columns say when.
public struct Source: Hashable, Sendable, Codable {
    /// Names that history keeps for its times: event time, when a row became known, when it ended; and for how it was pushed.
    public static let reservedColumns: Set<String> = [
        "event_timestamp", "created_timestamp", "valid_to_timestamp", "pushed_sequence", "pushed_timestamp",
    ]

    public var name: String
    public var description: String?
    /// A path or glob of Parquet or CSV files (by extension; `.csv.gz` too), relative to the project.
    public var path: String
    /// The column of event times; nil for a timeless source, whose rows hold at any time. Of a slowly changing source
    /// it is the one that `valid_from` names.
    public var timestamp: String?
    /// The column that says when a row of a slowly changing source ended, itself not included; null while it holds.
    public var validTo: String?
    /// The column that says when a row became known.
    public var created: String?
    /// Names of the files' columns that the definitions call otherwise: file column -> name.
    public var fieldMapping: [String: String]
    /// Columns that expressions read beside the views' features, by the names that the definitions call them.
    public var columns: [String: FeatureType] {
        get { declaredColumns ?? [:] }
        set { declaredColumns = newValue.isEmpty ? nil : newValue }
    }
    /// Not there in definitions that were applied before there were expressions; called `columns` where it is kept and told.
    private var declaredColumns: [String: FeatureType]?
    public var owner: String?
    public var tags: [String: String]

    private enum CodingKeys: String, CodingKey {
        case name, description, path, timestamp, validTo, created, fieldMapping
        case declaredColumns = "columns"
        case owner, tags
    }

    public init(
        name: String, description: String? = nil, path: String, timestamp: String?, validTo: String? = nil,
        created: String? = nil, fieldMapping: [String: String] = [:],
        columns: [String: FeatureType] = [:], owner: String? = nil, tags: [String: String] = [:]
    ) {
        self.name = name
        self.description = description
        self.path = path
        self.timestamp = timestamp
        self.validTo = validTo
        self.created = created
        self.fieldMapping = fieldMapping
        self.owner = owner
        self.tags = tags
        self.columns = columns
    }
}
