import Columnar

/// Where values to compare come from.
public enum DriftSource: Hashable, Sendable {
    /// A recorded training set; of one that is split, the rows to train with.
    case trainingSet(Int64)
    /// A Parquet or CSV file with columns named as the features are, `feature` or `view__feature`.
    case file(String)
    /// What is online now, a row a key.
    case online
    /// What the service remembers of its reads.
    case log
    /// The views' histories.
    case history

    /// Reads a training set's id, `online`, `log`, `history`, or a file's path.
    public init(_ text: String) {
        switch text {
        case "online": self = .online
        case "log": self = .log
        case "history": self = .history
        default: self = Int64(text).map(DriftSource.trainingSet) ?? .file(text)
        }
    }

    /// Whether its rows have times by which they can be chosen.
    var hasTimes: Bool { self == .log || self == .history }
}

extension DriftSource: CustomStringConvertible {
    public var description: String {
        switch self {
        case .trainingSet(let id): "training set \(id)"
        case .file(let path): path
        case .online: "what is online"
        case .log: "what was served"
        case .history: "the history"
        }
    }
}
