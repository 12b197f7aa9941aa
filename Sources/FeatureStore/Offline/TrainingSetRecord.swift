import Columnar

/// A training set that was made: enough to make it again, and to see whether it came out the same.
public struct TrainingSetRecord: Hashable, Sendable, Codable {
    /// A service's name, or nil if single features were asked for.
    public var service: String?
    public var features: [String]
    public var definitionsVersion: Int64
    public var snapshot: Int64
    /// By view, the last push or ingestion that it saw; nil in records of before there were pushes.
    public var pushes: [String: Int64]?
    /// When the last push was made that it saw, where it was asked for an earlier state.
    public var pushedBy: Timestamp?
    /// Where its rows came from.
    public var entities: EntityRecipe
    public var timestampColumn: String?
    public var fullNames: Bool
    public var withTimes: Bool
    /// How its features were encoded, if they were.
    public var encoding: RecordedEncoding?
    /// When it was made; no rule of the join depends on it.
    public var made: Timestamp
    public var seconds: Double?
    public var rows: Int
    public var coverage: [Coverage]
    /// The files that its rows were made from.
    public var inputs: [FileRecord]
    /// The rows that were given in memory, if some were.
    public var given: TableDigest?
    /// The name that was asked for, of a set that was written; the parts of a split are called after it.
    public var output: String?
    /// How the rows were parted.
    public var split: TrainingSetSplit?
    /// The files that were written.
    public var outputs: [FileRecord]
    /// What came out (`TableDigest`), of a set that was made in memory.
    public var result: String?
    /// The version of fstore that made it; not known of sets that were made before it was recorded.
    public var version: String?

    /// The views whose histories it read.
    var viewsRead: [String] {
        Set(features.compactMap { FeatureReference($0)?.view } + coverage.map(\.view) + entities.views).sorted()
    }

    /// The state of the history that it saw.
    var mark: HistoryMark { HistoryMark(snapshot: snapshot, sequences: pushes ?? [:], pushedBy: pushedBy) }
}

/// How the features of a training set were encoded.
public struct RecordedEncoding: Hashable, Sendable, Codable {
    public var service: String
    /// Of the fitted encoders.
    public var version: Int
    public var layout: EncodedLayout

    public init(service: String, version: Int, layout: EncodedLayout = .columns) {
        self.service = service
        self.version = version
        self.layout = layout
    }
}

/// How encoded rows lie in a table.
public enum EncodedLayout: String, Hashable, Sendable, Codable {
    /// A float32 column a slot.
    case columns
    /// Two columns of lists: `indices` of the slots that are not 0, and their `values`.
    case sparse
}

/// A file that was read or written.
public struct FileRecord: Hashable, Sendable, Codable {
    public var path: String
    public var rows: Int?
    /// Of its content (`Checksum`); not known of files that were written before it was recorded.
    public var checksum: String?

    public init(path: String, rows: Int? = nil, checksum: String? = nil) {
        self.path = path
        self.rows = rows
        self.checksum = checksum
    }
}
