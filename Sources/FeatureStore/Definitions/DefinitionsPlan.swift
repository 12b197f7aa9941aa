/// What applying new definitions would change, and which of it stored data forbids.
public struct DefinitionsPlan: Hashable, Sendable, Codable {
    /// Entities, sources, views, on-demand views and services, in this order; each as declared, what is removed last.
    public let changes: [DefinitionChange]

    /// Compares the definitions in force with new ones.
    ///
    /// - Parameters:
    ///   - storedViews: the views that hold data.
    ///   - storedTypes: the types of all features that stored rows hold, by view and feature, also of features that the
    ///     definitions in force no longer have.
    public init(
        from applied: Definitions, to new: Definitions, storedViews: Set<String>,
        storedTypes: [String: [String: FeatureType]] = [:]
    ) {
        let safety = StoredDataSafety(
            applied: applied, new: new, storedViews: storedViews, storedTypes: storedTypes)
        var changes = Self.changes(.entity, applied.entities, new.entities, \.name, DefinitionDifference.of)
        changes += Self.changes(.source, applied.sources, new.sources, \.name, DefinitionDifference.of)
        changes += Self.changes(
            .featureView, applied.featureViews, new.featureViews, \.name, DefinitionDifference.of)
        changes += Self.changes(
            .onDemandView, applied.onDemandViews, new.onDemandViews, \.name, DefinitionDifference.of)
        changes += Self.changes(
            .featureService, applied.featureServices, new.featureServices, \.name, DefinitionDifference.of)
        self.changes = safety.marked(changes)
    }

    public var isEmpty: Bool { changes.isEmpty }

    /// One line a change, each beginning with `+`, `~` or `-`.
    public var lines: [String] { changes.map(\.description) }

    /// `2 added, 1 changed`, or `no changes`.
    public var summary: String {
        let counts = DefinitionChange.Action.allCases.compactMap { action in
            let count = changes.count { $0.action == action }
            return count == 0 ? nil : "\(count) \(action.participle)"
        }
        return counts.isEmpty ? "no changes" : counts.joined(separator: ", ")
    }

    /// Why the plan must not be applied, a sentence each; empty if it may be.
    ///
    /// With `allowsRemoval`, views that hold data may be removed; nothing else becomes allowed by it.
    public func refusals(allowsRemoval: Bool) -> [String] {
        changes.flatMap { change in
            change.refusals + (change.removesData && !allowsRemoval ? [Self.removalRefusal(of: change.name)] : [])
        }
    }

    private static func removalRefusal(of view: String) -> String {
        "feature view '\(view)' holds data: put its definition back, or let go of it with --allow-removal"
    }

    private static func changes<Model: Equatable>(
        _ kind: DefinitionChange.Kind, _ applied: [Model], _ new: [Model], _ name: (Model) -> String,
        _ details: (Model, Model) -> [String]
    ) -> [DefinitionChange] {
        let before = Dictionary(applied.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
        let names = Set(new.map(name))
        var changes: [DefinitionChange] = []
        for model in new {
            if let old = before[name(model)] {
                guard old != model else { continue }
                changes.append(
                    DefinitionChange(action: .change, kind: kind, name: name(model), details: details(old, model)))
            } else {
                changes.append(DefinitionChange(action: .add, kind: kind, name: name(model)))
            }
        }
        for model in applied where !names.contains(name(model)) {
            changes.append(DefinitionChange(action: .remove, kind: kind, name: name(model)))
        }
        return changes
    }
}

/// One definition that is added, changed or removed.
public struct DefinitionChange: Hashable, Sendable, Codable {
    public enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        case add
        case change
        case remove

        var sign: String {
            switch self {
            case .add: "+"
            case .change: "~"
            case .remove: "-"
            }
        }

        var participle: String {
            switch self {
            case .add: "added"
            case .change: "changed"
            case .remove: "removed"
            }
        }
    }

    public enum Kind: String, Hashable, Sendable, Codable {
        case entity
        case source
        case featureView = "feature_view"
        case onDemandView = "on_demand_feature_view"
        case featureService = "feature_service"
    }

    public let action: Action
    public let kind: Kind
    public let name: String
    /// What is different: `ttl 7d -> 14d`, `+ feature city string`.
    public internal(set) var details: [String] = []
    /// Why stored data forbids it, whatever the user allows.
    public internal(set) var refusals: [String] = []
    /// Whether it removes a view that holds data, which the user must allow.
    public internal(set) var removesData = false
}

extension DefinitionChange: CustomStringConvertible {
    /// `~ feature_view driver_stats: ttl 7d -> 14d; + feature city string`
    public var description: String {
        let title = "\(action.sign) \(kind.rawValue) \(name)"
        let details = details + (removesData ? ["its stored data are no longer read"] : [])
        return details.isEmpty ? title : "\(title): \(details.joined(separator: "; "))"
    }
}
