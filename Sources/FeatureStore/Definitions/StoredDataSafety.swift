/// Finds the changes after which stored rows would mean something else, or could not be read.
struct StoredDataSafety {
    let applied: Definitions
    let new: Definitions
    let storedViews: Set<String>
    let storedTypes: [String: [String: FeatureType]]

    /// `changes` with what stored data have against them; a view that another definition's change breaks is added.
    func marked(_ changes: [DefinitionChange]) -> [DefinitionChange] {
        var marked = changes
        for index in marked.indices where marked[index].kind == .featureView {
            let name = marked[index].name
            guard storedViews.contains(name) else { continue }
            switch marked[index].action {
            case .add: marked[index].refusals = [reuseRefusal(of: name)]
            case .change: marked[index].refusals = refusals(of: name)
            case .remove: marked[index].removesData = true
            }
        }
        let listed = Set(marked.filter { $0.kind == .featureView }.map(\.name))
        // A view as written before may still have another key or time, because its entity or source changed.
        for view in new.featureViews where storedViews.contains(view.name) && !listed.contains(view.name) {
            let reasons = refusals(of: view.name)
            guard !reasons.isEmpty, let place = marked.firstIndex(where: affects(view)) else { continue }
            marked[place].refusals += reasons
        }
        return marked
    }

    /// Whether a change of an entity or source reaches `view`.
    private func affects(_ view: FeatureView) -> (DefinitionChange) -> Bool {
        { change in
            switch change.kind {
            case .entity: view.entities.contains(change.name)
            case .source: view.source == change.name
            case .featureView, .onDemandView, .featureService: false
            }
        }
    }

    private func refusals(of name: String) -> [String] {
        guard let old = applied.featureView(named: name), let view = new.featureView(named: name) else { return [] }
        guard (old.aggregation == nil) == (view.aggregation == nil) else { return [aggregationRefusal(of: view)] }
        return typeRefusals(old, view) + expressionRefusals(old, view) + keyRefusals(old, view)
            + timeRefusals(old, view)
    }

    /// Events are all taken, and of rows the newest; what is online is of either kind.
    private func aggregationRefusal(of view: FeatureView) -> String {
        let (was, becomes) = view.aggregation == nil ? ("events", "rows") : ("rows", "events")
        return "feature view '\(view.name)' is stored as \(was) and cannot be read as \(becomes): \(wayOut(view))"
    }

    /// What messages call something stored.
    private func kind(_ view: FeatureView) -> String { view.aggregation == nil ? "feature" : "event column" }

    /// Stored values were computed as the features said then; others beside them under the same name would be skew.
    private func expressionRefusals(_ old: FeatureView, _ view: FeatureView) -> [String] {
        view.storedFeatures.compactMap { feature in
            guard let before = old.storedFeatures.first(where: { $0.name == feature.name }),
                before.expression != feature.expression
            else { return nil }
            let was = before.expression.map { "computed by '\($0.shortened)'" } ?? "stored as it came in"
            let becomes = feature.expression.map { "be computed by '\($0.shortened)'" } ?? "be taken as it comes in"
            return
                "\(kind(view)) '\(view.name):\(feature.name)' is \(was) and cannot \(becomes): give it a new name, or "
                + wayOut(view)
        }
    }

    private func typeRefusals(_ old: FeatureView, _ view: FeatureView) -> [String] {
        view.storedFeatures.compactMap { feature in
            let applied = old.storedFeatures.first { $0.name == feature.name }?.type
            guard let before = storedTypes[view.name]?[feature.name] ?? applied, before != feature.type else {
                return nil
            }
            return "\(kind(view)) '\(view.name):\(feature.name)' is stored as \(before) and cannot become "
                + "\(feature.type): give it a new name, or \(wayOut(view))"
        }
    }

    private func keyRefusals(_ old: FeatureView, _ view: FeatureView) -> [String] {
        let before = applied.joinKeys(of: old)
        let after = new.joinKeys(of: view)
        guard before != after else { return [] }
        return [
            "feature view '\(view.name)' is stored by \(text(before)) and cannot be keyed by \(text(after)): "
                + wayOut(view)
        ]
    }

    private func timeRefusals(_ old: FeatureView, _ view: FeatureView) -> [String] {
        guard let before = applied.source(named: old.source), let after = new.source(named: view.source) else {
            return []
        }
        if (before.timestamp == nil) != (after.timestamp == nil) {
            let (was, becomes) = before.timestamp == nil ? ("without", "with") : ("with", "without")
            return [
                "feature view '\(view.name)' is stored \(was) times and cannot be read \(becomes) them: \(wayOut(view))"
            ]
        }
        if (before.validTo == nil) != (after.validTo == nil) {
            let reason =
                before.validTo == nil
                ? "the stored rows of feature view '\(view.name)' do not say when they ended, so its source cannot get "
                    + "'valid_to' now"
                : "feature view '\(view.name)' is stored with the times at which rows ended; without 'valid_to' they would be "
                    + "lost"
            return ["\(reason): \(wayOut(view))"]
        }
        if before.created != nil, after.created == nil {
            return [
                "feature view '\(view.name)' is stored with the times at which rows became known; without 'created' they "
                    + "would be lost: \(wayOut(view))"
            ]
        }
        if before.created == nil, after.created != nil {
            return [
                "the stored rows of feature view '\(view.name)' do not say when they became known, so its source cannot "
                    + "get 'created' now: \(wayOut(view))"
            ]
        }
        return []
    }

    /// What the rows of a removed view looked like is no longer known.
    private func reuseRefusal(of name: String) -> String {
        "feature view '\(name)' is new, but data of an earlier view of this name are stored: give it another name, "
            + "e.g. \(unusedVersion(of: name))"
    }

    private func wayOut(_ view: FeatureView) -> String { "make a new view, e.g. \(unusedVersion(of: view.name))" }

    /// A name like `name` that no view has.
    private func unusedVersion(of name: String) -> String {
        var candidate = Self.nextVersion(of: name)
        while storedViews.contains(candidate) || new.featureView(named: candidate) != nil {
            candidate = Self.nextVersion(of: candidate)
        }
        return candidate
    }

    private func text(_ keys: [JoinKey]) -> String {
        keys.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
    }

    /// `driver_stats_v2` for `driver_stats`, `driver_stats_v3` for `driver_stats_v2`.
    static func nextVersion(of name: String) -> String {
        guard let match = name.wholeMatch(of: #/(.+_v)(\d{1,9})/#), let version = Int(match.2) else {
            return name + "_v2"
        }
        return "\(match.1)\(version + 1)"
    }
}
