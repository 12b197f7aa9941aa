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
