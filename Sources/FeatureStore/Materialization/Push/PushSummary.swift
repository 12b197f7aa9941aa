import Columnar

/// What a push did. When it is returned, the rows are durable, in training sets, and online.
public struct PushSummary: Hashable, Sendable, Codable {
    public var view: String
    public var rows = 0
    public var batchID: String?
    /// Whether a batch of this id, or all of these rows of a stream, had been pushed before, so that this changed nothing.
    public var isRepeated = false
    /// Rows of a stream that had been taken before and are not among `rows`.
    public var rowsRepeated = 0
    /// The batch's place in the view's order of arrival; nil if there were no rows.
    public var sequence: Int64?
    /// Rows left out because their keys were deleted, and may not come back.
    public var rowsBarred = 0
    /// Rows that are not available yet (DESIGN §4). A materialization brings each online once it is available, and a push to
    /// the view all those of a batch once the last is.
    public var rowsWaiting = 0

    public init(view: String) { self.view = view }
}
