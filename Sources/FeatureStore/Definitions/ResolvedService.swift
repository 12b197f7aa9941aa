import Columnar

/// One feature to give, and the column that it goes to.
public struct ResolvedFeature: Hashable, Sendable {
    public let view: ServedView
    public let feature: Feature
    /// `feature`, or `view__feature` with full names.
    public let outputName: String

    public var reference: FeatureReference { FeatureReference(view: view.name, feature: feature.name) }
}

/// A feature of a stored view that is read.
struct ReadFeature: Hashable, Sendable {
    let view: FeatureView
    let feature: Feature

    var reference: FeatureReference { FeatureReference(view: view.name, feature: feature.name) }
}

/// What a service or a list of references means: views to read and columns to fill, all names looked up.
public struct ResolvedService: Sendable {
    /// Every stored view that is read, once: in the order in which they are first asked for, then those of which only
    /// on-demand features read.
    public let views: [FeatureView]
    /// The output columns in the order in which they are asked for, `view:*` expanded; no two share a name.
    public let features: [ResolvedFeature]
    /// What the caller gives beside the join keys, for the on-demand features; may share a name with a join key.
    public let requestFields: [RequestField]
    /// The features of stored views that are read, each once: those asked for, in their order, then those that only
    /// on-demand features read.
    let readFeatures: [ReadFeature]
    /// What is computed of them.
    let computation: OnDemandPlan
    /// Where each of `features` comes from.
    let places: [Place]

    /// Where a feature comes from.
    enum Place: Hashable, Sendable {
        /// The place among the features that are read.
        case read(Int)
        /// The place among the steps of the computation.
        case computed(Int)
    }

    /// Looks up `references` in `definitions`; full names are `view__feature`.
    ///
    /// - Throws: `ResolutionError` for an unknown view or feature, one that is asked for twice, two columns of one
    ///   name, and join keys or request fields of one name whose types differ.
    public init(references: [FeatureReference], in definitions: Definitions, fullNames: Bool) throws {
        var features: [ResolvedFeature] = []
        for reference in references {
            let view = try Self.view(reference.view, in: definitions)
            for feature in try Self.features(reference, of: view) {
                let name = fullNames ? "\(view.name)__\(feature.name)" : feature.name
                features.append(ResolvedFeature(view: view, feature: feature, outputName: name))
            }
        }
        guard !features.isEmpty else {
            throw ResolutionError("no feature is asked for: name at least one, e.g. driver_stats:conv_rate")
        }
        var resolution: OnDemandResolution?
        for feature in features {
            guard case .onDemand = feature.view else { continue }
            if resolution == nil { resolution = OnDemandResolution(definitions) }
            try resolution?.add(feature.reference)
        }
        self.features = features
        readFeatures = try Self.readFeatures(features, and: resolution?.reads ?? [], in: definitions)
        views = Self.views(of: readFeatures)
        requestFields = try resolution?.requestFields() ?? []
        let readPlaces = Dictionary(
            readFeatures.enumerated().map { ($1.reference, $0) }, uniquingKeysWith: { first, _ in first })
        let plan =
            resolution?.plan(requestFields: requestFields, readPlaces: readPlaces) ?? OnDemandPlan(steps: [])
        computation = plan
        let computedPlaces = Dictionary(
            plan.steps.enumerated().map { ($1.reference, $0) }, uniquingKeysWith: { first, _ in first })
        places = features.map { feature in
            if let place = computedPlaces[feature.reference] { return .computed(place) }
            guard let place = readPlaces[feature.reference] else {
                preconditionFailure("'\(feature.reference)' is neither read nor computed")
            }
            return .read(place)
        }
        try checkNames(joinKeys: try Self.joinKeys(of: views, in: definitions), fullNames: fullNames)
    }

    /// Looks up all that `service` reads.
    ///
    /// - Throws: `ResolutionError`, as for references.
    public init(service: FeatureService, in definitions: Definitions, fullNames: Bool) throws {
        try self.init(references: service.features, in: definitions, fullNames: fullNames)
    }

    private static func view(_ name: String, in definitions: Definitions) throws(ResolutionError) -> ServedView {
        if let view = definitions.servedView(named: name) { return view }
        throw ResolutionError(
            "unknown feature view '\(name.shortened)'" + Spelling.suggestion(for: name, in: definitions.viewNames))
    }

    private static func features(
        _ reference: FeatureReference, of view: ServedView
    ) throws(ResolutionError) -> [Feature] {
        guard let name = reference.feature else { return view.features }
        if let feature = view.features.first(where: { $0.name == name }) { return [feature] }
        throw ResolutionError(
            "feature view '\(view.name)' has no feature '\(name.shortened)'"
                + Spelling.suggestion(for: name, in: view.features.map(\.name)))
    }

    /// The features of stored views among `features`, then what else is read of stored views.
    private static func readFeatures(
        _ features: [ResolvedFeature], and reads: [FeatureReference], in definitions: Definitions
    ) throws(ResolutionError) -> [ReadFeature] {
        var read: [ReadFeature] = []
        var known: Set<FeatureReference> = []
        for feature in features {
            guard case .stored(let view) = feature.view else { continue }
            known.insert(feature.reference)
            read.append(ReadFeature(view: view, feature: feature.feature))
        }
        for reference in reads where known.insert(reference).inserted {
            guard let view = definitions.featureView(named: reference.view),
                let feature = view.features.first(where: { $0.name == reference.feature })
            else { throw ResolutionError("there is no feature '\(reference)'") }
            read.append(ReadFeature(view: view, feature: feature))
        }
        return read
    }

    private static func views(of features: [ReadFeature]) -> [FeatureView] {
        var names: Set<String> = []
        return features.map(\.view).filter { names.insert($0.name).inserted }
    }

    /// The join keys of all views: one column of entity rows feeds all of one name, so they must be of one type.
    private static func joinKeys(
        of views: [FeatureView], in definitions: Definitions
    ) throws(ResolutionError) -> [String: (type: FeatureType, view: String)] {
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
        return known
    }

    /// One column of entity rows feeds the join key and the request field of one name, and no column hides another.
    private func checkNames(
        joinKeys: [String: (type: FeatureType, view: String)], fullNames: Bool
    ) throws(ResolutionError) {
        for field in requestFields {
            guard let key = joinKeys[field.name], key.type != field.type else { continue }
            throw ResolutionError(
                "request field '\(field.name)' is \(field.type), but the join key of this name of view '\(key.view)' is "
                    + "\(key.type): give both one type")
        }
        let wayOut = fullNames ? "rename one of them" : "ask for full names (--full-names)"
        var first: [String: ResolvedFeature] = [:]
        for feature in features {
            let reference = feature.reference
            if joinKeys[feature.outputName] != nil {
                throw ResolutionError("'\(reference)' would be a column of the same name as a join key: \(wayOut)")
            }
            if requestFields.contains(where: { $0.name == feature.outputName }), !feature.isPassedThrough {
                throw ResolutionError("'\(reference)' would be a column of the same name as a request field: \(wayOut)")
            }
            if let other = first.updateValue(feature, forKey: feature.outputName) {
                guard other.view.name != feature.view.name else {
                    throw ResolutionError("'\(reference)' is asked for twice: remove one")
                }
                throw ResolutionError(
                    "'\(other.reference)' and '\(reference)' would both be column '\(feature.outputName)': \(wayOut)")
            }
        }
    }
}

extension ResolvedFeature {
    /// Whether it is a request field under its own name: the caller's column itself.
    var isPassedThrough: Bool {
        if case .onDemand = view { feature.expression == nil && outputName == feature.name } else { false }
    }
}

/// Features that cannot be looked up together.
public struct ResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence that says what is wrong and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
