/// What can go wrong with the online store, told in one sentence each.
public enum OnlineError: Error, Hashable, Sendable {
    case newerFormat(path: String, found: Int, supported: Int)
    case diskFull(path: String)
    /// The map cannot grow beyond the stated limit.
    case tooLarge(path: String, limit: Int)
    case damaged(path: String, view: String, reason: String)
    case failed(path: String, operation: String, reason: String)
}

extension OnlineError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .newerFormat(let path, let found, let supported):
            "\(path): this online store has format \(found), made by a newer fstore (this one knows up to \(supported)); "
                + "upgrade fstore"
        case .diskFull(let path):
            "\(path): the disk is full; the online values are as they were; free some space and run the command again"
        case .tooLarge(let path, let limit):
            "\(path): the online store would grow beyond its limit of \(limit >> 30) GiB; materialize fewer views"
        case .damaged(let path, let view, let reason):
            "\(path): the online values of '\(view)' are damaged (\(reason)); rebuild them with "
                + "'fstore materialize --full \(view)'"
        case .failed(let path, let operation, let reason): "\(path): LMDB cannot \(operation) (\(reason))"
        }
    }
}
