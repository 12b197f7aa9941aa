/// What a caller asked for and cannot have, told in one sentence each.
public enum StoreError: Error, Hashable, Sendable {
    case nothingApplied
    case unknown(kind: String, name: String, suggestion: String?)
    /// Changes to definitions that would corrupt or lose stored data.
    case refused([String])
    case nothingMaterialized(view: String)
    case badRequest(String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .nothingApplied: "no definitions are applied yet; run 'fstore apply' first"
        case .unknown(let kind, let name, let suggestion):
            "there is no \(kind) '\(name)'"
                + (suggestion.map { " (did you mean '\($0)'?)" } ?? "; 'fstore list' shows what there is")
        case .refused(let reasons): reasons.joined(separator: "\n")
        case .nothingMaterialized(let view):
            "feature view '\(view)' has no online values yet; run 'fstore materialize \(view)' first"
        case .badRequest(let message): message
        }
    }
}
