import Columnar

/// What can go wrong with a feature log, told in one sentence each.
public enum LogError: Error, Hashable, Sendable {
    case notDeclared(service: String)
    case noLabel(service: String)
    case badRequestID(String)
    /// The log has not been written for so long.
    case slow(seconds: Int)
    case damaged(path: String, reason: String)
    case positionMoved(consumer: String, expected: Int64, found: Int64)
    case beyondEnd(consumer: String, position: Int64, last: Int64)
    case needsService
}

extension LogError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notDeclared(let service):
            "feature service '\(service)' keeps no log; declare 'log: {}' in it and run 'fstore apply'"
        case .noLabel(let service):
            "feature service '\(service)' has no label; declare one, e.g. 'label: {name: clicked, type: bool, window: 7d}', "
                + "and run 'fstore apply'"
        case .badRequestID(let id):
            "a request id has 1 to \(RequestIDs.maximumLength) bytes without line breaks or zeros, and '\(id.shortened)' does not"
        case .slow(let seconds):
            "the feature log could not be written for \(seconds) seconds; see that the disk is well, or declare "
                + "'when_full: drop'"
        case .damaged(let path, let reason):
            "\(path): the feature log is damaged (\(reason)); restore it from a backup"
        case .positionMoved(let consumer, let expected, let found):
            "consumer '\(consumer)' is at \(found) and not at \(expected): another process reads under its name; give each a "
                + "name of its own"
        case .beyondEnd(let consumer, let position, let last):
            "consumer '\(consumer)' cannot be set to \(position): the last example is \(last)"
        case .needsService:
            "reads of single features are not logged; ask for a feature service to give a request id"
        }
    }
}
