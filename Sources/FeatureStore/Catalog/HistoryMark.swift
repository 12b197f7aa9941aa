import Columnar

/// A state of the store's history that can be read again: a snapshot of segments, and how far pushes had come.
///
/// A push makes no snapshot of its own. What it wrote belongs to a state if its sequence, which a view's pushes and
/// ingestions share, is at most the one that the state keeps for the view.
public struct HistoryMark: Hashable, Sendable, Codable {
    public var snapshot: Int64
    /// By view, the last sequence that the state includes.
    public var sequences: [String: Int64]
    /// For views that `sequences` does not name: pushes up to this time are included; nil for none.
    public var pushedBy: Timestamp?

    /// What of a view's pushes the state includes.
    enum Bound: Hashable, Sendable {
        case sequence(Int64)
        case time(Timestamp)

        func includes(sequence: Int64, pushedAt: Int64) -> Bool {
            switch self {
            case .sequence(let last): sequence <= last
            case .time(let last): pushedAt <= last.microseconds
            }
        }
    }

    func bound(of view: String) -> Bound {
        sequences[view].map(Bound.sequence) ?? pushedBy.map(Bound.time) ?? .sequence(0)
    }
}
