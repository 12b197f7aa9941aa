import Columnar

/// A right that a token may hold.
///
/// | scope | allows |
/// |---|---|
/// | `read:SERVICE` | reading that feature service; `read:*` also single features |
/// | `push:VIEW` | pushing rows to that view; `push:*` to any |
/// | `label:SERVICE` | telling what came of reads of that service; `label:*` of any |
/// | `examples:SERVICE` | reading labelled examples of that service, and committing positions; `examples:*` of any |
/// | `metrics` | reading `/metrics` |
/// | `admin` | everything |
public enum AccessScope: Hashable, Sendable {
    case read(String)
    case push(String)
    case label(String)
    case examples(String)
    case metrics
    case admin

    /// Reads `read:NAME`, `push:NAME`, `label:NAME`, `examples:NAME`, `metrics` or `admin`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count > 1 ? parts[1] : nil) {
        case ("read", let name?) where !name.isEmpty: self = .read(name)
        case ("push", let name?) where !name.isEmpty: self = .push(name)
        case ("label", let name?) where !name.isEmpty: self = .label(name)
        case ("examples", let name?) where !name.isEmpty: self = .examples(name)
        case ("metrics", nil): self = .metrics
        case ("admin", nil): self = .admin
        default: return nil
        }
    }

    /// Whether it gives the right that `asked` names.
    func allows(_ asked: AccessScope) -> Bool {
        switch (self, asked) {
        case (.admin, _): true
        case (.metrics, .metrics): true
        case (.read(let granted), .read(let name)), (.push(let granted), .push(let name)),
            (.label(let granted), .label(let name)), (.examples(let granted), .examples(let name)):
            granted == "*" || granted == name
        default: false
        }
    }
}

extension AccessScope: CustomStringConvertible {
    public var description: String {
        switch self {
        case .read(let name): "read:\(name)"
        case .push(let name): "push:\(name)"
        case .label(let name): "label:\(name)"
        case .examples(let name): "examples:\(name)"
        case .metrics: "metrics"
        case .admin: "admin"
        }
    }
}
