import Columnar

/// One command that changed the store.
public struct RunRecord: Hashable, Sendable {
    public var id: Int64
    public var verb: String
    public var target: String
    public var started: Timestamp
    public var ended: Timestamp
    public var rows: Int
    public var bytes: Int
}

/// A source file whose rows a view holds.
public struct IngestedFile: Hashable, Sendable {
    public var path: String
    public var size: Int64
    /// Last modification, nanoseconds since 1970.
    public var modifiedNanoseconds: Int64
    /// A `Checksum` of the content.
    public var checksum: String

    public init(path: String, size: Int64, modifiedNanoseconds: Int64, checksum: String) {
        self.path = path
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.checksum = checksum
    }
}

/// A training set that was written: enough to write it again.
public struct TrainingSetRecord: Hashable, Sendable, Codable {
    public var id: Int64
    /// A service's name, or nil if single features were asked for.
    public var service: String?
    public var features: [String]
    public var definitionsVersion: Int64
    public var snapshot: Int64
    public var entityFile: String
    public var entityChecksum: String
    public var timestampColumn: String?
    public var fullNames: Bool
    public var withTimes: Bool
    /// When it was made; it is also the `now` that no rule of the join depends on.
    public var made: Timestamp
    public var rows: Int
    public var outputFile: String

    public init(
        id: Int64, service: String?, features: [String], definitionsVersion: Int64, snapshot: Int64,
        entityFile: String, entityChecksum: String, timestampColumn: String?, fullNames: Bool, withTimes: Bool,
        made: Timestamp, rows: Int, outputFile: String
    ) {
        self.id = id
        self.service = service
        self.features = features
        self.definitionsVersion = definitionsVersion
        self.snapshot = snapshot
        self.entityFile = entityFile
        self.entityChecksum = entityChecksum
        self.timestampColumn = timestampColumn
        self.fullNames = fullNames
        self.withTimes = withTimes
        self.made = made
        self.rows = rows
        self.outputFile = outputFile
    }
}
