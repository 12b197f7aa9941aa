import Columnar

/// One state of the history, as the commit that made it left it.
struct SnapshotRecord: Hashable, Sendable {
    /// What a snapshot changed in one view.
    struct Change: Hashable, Sendable {
        var view: String
        var rowsAdded: Int
        var rowsRemoved: Int
    }

    var id: Int64
    var committed: Timestamp
    /// The verb that made it.
    var reason: String
    var changes: [Change]
}

/// Why a snapshot of a view can no longer be read.
public enum SnapshotLoss: Hashable, Sendable {
    /// A compaction removed files that only old snapshots listed.
    case compacted
    /// It held rows that were deleted, by the deletion of this id.
    case deleted(Int64)
    /// A file that it listed was damaged or missing, and was taken out by `fstore check --repair`.
    case damaged

    /// As the catalog keeps it: the deletion's id, 0 for a compaction, -1 for damage.
    init(deletion: Int64) { self = deletion > 0 ? .deleted(deletion) : deletion == 0 ? .compacted : .damaged }

    var deletion: Int64 {
        switch self {
        case .compacted: 0
        case .deleted(let id): id
        case .damaged: -1
        }
    }
}

extension SnapshotLoss: CustomStringConvertible {
    /// `compacted`, `damaged`, or `deleted (deletion 3)`.
    public var description: String {
        switch self {
        case .compacted: "compacted"
        case .deleted(let id): "deleted (deletion \(id))"
        case .damaged: "damaged"
        }
    }
}
