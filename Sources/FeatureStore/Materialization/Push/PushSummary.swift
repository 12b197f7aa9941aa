import Columnar

/// What a push did. When it is returned, the rows are durable, in training sets, and online.
public struct PushSummary: Hashable, Sendable, Codable {
    public var view: String
    public var rows = 0
    public var batchID: String?
    /// Whether a batch of this id had been pushed before, so that this one changed nothing.
    public var isRepeated = false
    /// The batch's place in the view's order of arrival; nil if there were no rows.
    public var sequence: Int64?
    /// Rows left out because their keys were deleted, and may not come back.
    public var rowsBarred = 0
    /// Rows that are not available yet (DESIGN §4). A materialization brings each online once it is available, and a push to
    /// the view all those of a batch once the last is.
    public var rowsWaiting = 0

    public init(view: String) { self.view = view }
}
