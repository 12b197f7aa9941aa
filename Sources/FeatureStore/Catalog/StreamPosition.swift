import Columnar

/// How far one partition of a stream of pushes has come: all up to there is stored, and is not taken again.
public struct StreamPosition: Hashable, Sendable, Codable {
    public var view: String
    /// The stream's name, as its sender calls it.
    public var stream: String
    /// One of the orders that the stream consists of; empty where it is a single one.
    public var partition: String
    /// The position of the last row that was taken, or passed over.
    public var position: Int64
    /// Rows taken since the stream began, or was reset.
    public var rows: Int
    /// When the position was last moved.
    public var moved: Timestamp
}
