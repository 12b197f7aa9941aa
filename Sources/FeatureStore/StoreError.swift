import Columnar

/// What a caller asked for and cannot have, told in one sentence each.
public enum StoreError: Error, Hashable, Sendable {
    case nothingApplied
    case unknown(kind: String, name: String, suggestion: String?)
    /// Changes to definitions that would corrupt or lose stored data.
    case refused([String])
    case nothingMaterialized(view: String)
    case badRequest(String)
    /// A pushed batch has the id of one with other rows.
    case otherBatch(id: String, view: String, rows: Int, given: Int)
    /// Pushed rows are durable, but the online store could not be written.
    case storedNotOnline(reason: String)
}

extension Definitions {
    /// The view called `name`, of which rows are stored.
    ///
    /// - Throws: `StoreError`, with the nearest name, if there is none, or it is computed on demand.
    public func storedView(named name: String) throws(StoreError) -> FeatureView {
        if let view = featureView(named: name) { return view }
        guard onDemandView(named: name) == nil else {
            throw .badRequest(
                "'\(name)' is computed on demand and nothing of it is stored; name a feature view that has a source")
        }
        throw .unknown(
            kind: "feature view", name: name, suggestion: Spelling.nearest(to: name, in: featureViews.map(\.name)))
    }
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
        case .otherBatch(let id, let view, let rows, let given):
            "a batch '\(id)' was pushed to \(view) before, with \(rows) rows and not \(given): give other rows another id"
        case .storedNotOnline(let reason):
            "the rows are stored and will be online with the next push or 'fstore materialize', but were not put there "
                + "now: \(reason)"
        }
    }
}
