import Columnar

/// A push as the hot log keeps it: rows that are durable, and in no segment yet.
struct HotBatch: Hashable, Sendable {
    /// Its place in the order of arrival, among the view's ingestions and pushes.
    var sequence: Int64
    var pushedAt: Timestamp
    var rows: Int
    /// Of the packed rows.
    var bytes = 0
    /// The newest snapshot when it was pushed.
    var snapshot: Int64 = 0
    /// When the first and the last of the rows become available that were not when they were pushed; nil if all were.
    var waits: ClosedRange<Timestamp>?
}

/// How many rows of a view the hot log holds.
struct HotLogSize: Hashable, Sendable {
    var batches = 0
    var rows = 0
    /// Of the packed rows.
    var bytes = 0
}
