import Columnar

/// One feature to read, and the column that it goes to.
public struct ResolvedFeature: Hashable, Sendable {
    public let view: FeatureView
    public let feature: Feature
    /// `feature`, or `view__feature` with full names.
    public let outputName: String
}

/// What a service or a list of references means: views to read and columns to fill, all names looked up.
public struct ResolvedService: Sendable {
    /// Every view that is read, once, in the order in which it is first asked for.
    public let views: [FeatureView]
    /// The output columns in the order in which they are asked for, `view:*` expanded; no two share a name.
    public let features: [ResolvedFeature]

    /// Looks up `references` in `definitions`; full names are `view__feature`.
    ///
    /// - Throws: `ResolutionError` for an unknown view or feature, one that is asked for twice, two columns of one
    ///   name, and join keys of one name whose types differ.
    public init(references: [FeatureReference], in definitions: Definitions, fullNames: Bool) throws {
        var views: [FeatureView] = []
        var features: [ResolvedFeature] = []
        for reference in references {
            let view = try Self.view(reference.view, in: definitions)
            if !views.contains(where: { $0.name == view.name }) { views.append(view) }
            for feature in try Self.features(reference, of: view) {
                let name = fullNames ? "\(view.name)__\(feature.name)" : feature.name
                features.append(ResolvedFeature(view: view, feature: feature, outputName: name))
            }
        }
        guard !features.isEmpty else {
            throw ResolutionError("no feature is asked for: name at least one, e.g. driver_stats:conv_rate")
        }
        let joinKeys = try Self.joinKeys(of: views, in: definitions)
        try Self.checkOutputNames(of: features, joinKeys: joinKeys, fullNames: fullNames)
        self.views = views
        self.features = features
    }

    /// Looks up all that `service` reads.
    ///
    /// - Throws: `ResolutionError`, as for references.
    public init(service: FeatureService, in definitions: Definitions, fullNames: Bool) throws {
        try self.init(references: service.features, in: definitions, fullNames: fullNames)
    }

    private static func view(_ name: String, in definitions: Definitions) throws(ResolutionError) -> FeatureView {
        if let view = definitions.featureView(named: name) { return view }
        let known = definitions.featureViews.map(\.name)
        throw ResolutionError(
            "unknown feature view '\(name.shortened)'" + Spelling.suggestion(for: name, in: known))
    }

    private static func features(
        _ reference: FeatureReference, of view: FeatureView
    ) throws(ResolutionError) -> [Feature] {
        guard let name = reference.feature else { return view.features }
        if let feature = view.features.first(where: { $0.name == name }) { return [feature] }
        throw ResolutionError(
            "feature view '\(view.name)' has no feature '\(name.shortened)'"
                + Spelling.suggestion(for: name, in: view.features.map(\.name)))
    }

    /// The join keys of all views: one column of entity rows feeds all of one name, so they must be of one type.
    private static func joinKeys(
        of views: [FeatureView], in definitions: Definitions
    ) throws(ResolutionError) -> Set<String> {
        var known: [String: (type: FeatureType, view: String)] = [:]
        for view in views {
            for key in definitions.joinKeys(of: view) {
                if let other = known[key.name], other.type != key.type {
                    throw ResolutionError(
                        "join key '\(key.name)' is \(key.type) in view '\(view.name)' but \(other.type) in view "
                            + "'\(other.view)': ask for them separately")
                }
                if known[key.name] == nil { known[key.name] = (key.type, view.name) }
            }
        }
        return Set(known.keys)
    }

    private static func checkOutputNames(
        of features: [ResolvedFeature], joinKeys: Set<String>, fullNames: Bool
    ) throws(ResolutionError) {
        var first: [String: ResolvedFeature] = [:]
        for feature in features {
            let reference = FeatureReference(view: feature.view.name, feature: feature.feature.name)
            let wayOut = fullNames ? "rename one of them" : "ask for full names (--full-names)"
            if joinKeys.contains(feature.outputName) {
                throw ResolutionError("'\(reference)' would be a column of the same name as a join key: \(wayOut)")
            }
            if let other = first.updateValue(feature, forKey: feature.outputName) {
                guard other.view.name != feature.view.name else {
                    throw ResolutionError("'\(reference)' is asked for twice: remove one")
                }
                throw ResolutionError(
                    "'\(other.view.name):\(other.feature.name)' and '\(reference)' would both be column "
                        + "'\(feature.outputName)': \(wayOut)")
            }
        }
    }
}

/// Features that cannot be looked up together.
public struct ResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence that says what is wrong and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
