/// What can go wrong with the catalog, told in one sentence each.
public enum CatalogError: Error, Hashable, Sendable {
    case unreadable(path: String, reason: String)
    case notWritable(path: String, reason: String)
    /// This user may only read, and what that takes is not there.
    case notReadable(path: String)
    case newerFormat(path: String, found: Int64, supported: Int64)
    case olderFormat(path: String, found: Int64, supported: Int64)
    case diskFull(path: String)
    case busy(path: String)
    /// Another process writes to the project.
    case locked(path: String, owner: String)
    /// A snapshot cannot be read any more, because files that it listed are gone.
    case snapshotLost(Int64, view: String, loss: SnapshotLoss)
    case failed(path: String, reason: String, sql: String)
}

extension CatalogError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): the catalog cannot be read (\(reason)); restore it from a backup"
        case .notWritable(let path, let reason):
            "\(path): the catalog cannot be written (\(reason)); check the folder's permissions"
        case .notReadable(let path):
            "\(path): this user may not write the catalog, and its -wal and -shm files, without which it cannot be read, are "
                + "not there or not readable; let a user who may write run 'fstore list' once"
        case .newerFormat(let path, let found, let supported):
            "\(path): this store has format \(found), made by a newer fstore (this one knows up to \(supported)); "
                + "upgrade fstore"
        case .olderFormat(let path, let found, let supported):
            "\(path): this store has format \(found), and this fstore reads format \(supported); bring it up to date with "
                + "'fstore apply', as a user who may write to it"
        case .diskFull(let path): "\(path): the disk is full; free some space and run the command again"
        case .busy(let path): "\(path): another process keeps the catalog busy; try again when it has ended"
        case .locked(_, let owner):
            "another fstore process\(owner) is writing to this project; wait for it to end and run the command again"
        case .snapshotLost(let snapshot, let view, .compacted):
            "snapshot \(snapshot) of '\(view)' can no longer be read: 'fstore compact' has removed its files; keep more "
                + "with 'fstore compact --keep'"
        case .snapshotLost(let snapshot, let view, .deleted(let deletion)):
            "snapshot \(snapshot) of '\(view)' can no longer be read: it held rows that were deleted (deletion \(deletion)); "
                + "take a newer one, without them"
        case .snapshotLost(let snapshot, let view, .damaged):
            "snapshot \(snapshot) of '\(view)' can no longer be read: a file of it was damaged or missing, and 'fstore check "
                + "--repair' has taken it out; take a newer one, or restore the project from a backup"
        case .failed(let path, let reason, let sql): "\(path): SQLite says '\(reason)' to: \(sql)"
        }
    }
}
