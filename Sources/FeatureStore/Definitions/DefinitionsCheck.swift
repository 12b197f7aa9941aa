import Columnar

/// Checks what declarations say about each other, and makes them one set of definitions.
struct DefinitionsCheck {
    private let declarations: Declarations
    private let log: MistakeLog
    private let entities: [String: Declaration<Entity>]
    private let sources: [String: Declaration<Source>]
    private let views: [String: Declaration<FeatureView>]
    private let onDemandViews: [String: Declaration<OnDemandView>]

    /// Reports names that are declared twice; the first declaration is the one that references mean.
    init(_ declarations: Declarations, log: MistakeLog) {
        self.declarations = declarations
        self.log = log
        entities = Self.byName(declarations.entities, \.name, kind: "entity", log: log)
        sources = Self.byName(declarations.sources, \.name, kind: "source", log: log)
        views = Self.byName(declarations.featureViews, \.name, kind: "feature view", log: log)
        onDemandViews = Self.byName(declarations.onDemandViews, \.name, kind: "feature view", log: log)
        _ = Self.byName(declarations.featureServices, \.name, kind: "feature service", log: log)
    }

    private static func byName<Model>(
        _ declarations: [Declaration<Model>], _ name: (Model) -> String, kind: String, log: MistakeLog
    ) -> [String: Declaration<Model>] {
        var byName: [String: Declaration<Model>] = [:]
        for declaration in declarations {
            let name = name(declaration.model)
            if let first = byName[name] {
                log.report(
                    "\(kind) '\(name.shortened)' is already defined in \(first.place.fileAndLine)",
                    at: declaration.place)
            } else {
                byName[name] = declaration
            }
        }
        return byName
    }

    /// The checked definitions; of use only if the log is empty afterwards.
    func definitions() -> Definitions {
        for entity in declarations.entities { check(entity) }
        for view in declarations.featureViews { check(view) }
        let definitions = Definitions(
            entities: declarations.entities.map(\.model), sources: declarations.sources.map(\.model),
            featureViews: declarations.featureViews.map(completed),
            onDemandViews: declarations.onDemandViews.map(\.model),
            featureServices: declarations.featureServices.map(\.model))
        checkOnDemandViews(in: definitions)
        for service in declarations.featureServices { check(service) }
        if log.errors.isEmpty { checkComputedServices(in: definitions) }
        return definitions
    }

    /// The view with what follows from its source.
    private func completed(_ view: Declaration<FeatureView>) -> FeatureView {
        var model = view.model
        if let source = sources[model.source]?.model {
            model.aggregation = AggregationCheck(view, source: source, joinKeys: joinKeys(of: view), log: log)
                .completed()
        }
        // No leak unless asked for: a row counts from when it became known, wherever the source says when that was.
        if view.keyPlaces["available"] == nil, sources[model.source]?.model.created != nil {
            model.availability = .created
        }
        return model
    }

    /// What history keeps in a column of a reserved name.
    private static func content(of reserved: String) -> String {
        reserved.hasSuffix("timestamp") ? "times" : "history's own"
    }

    // MARK: - Entities and sources

    private func check(_ entity: Declaration<Entity>) {
        for key in entity.model.joinKeys where Source.reservedColumns.contains(key.name) {
            log.report(
                "a join key cannot be called '\(key.name)': this is a column of \(Self.content(of: key.name))",
                at: entity.place(of: "join_keys"))
        }
    }

    // MARK: - Views

    private func check(_ view: Declaration<FeatureView>) {
        for (index, name) in view.model.entities.enumerated() where entities[name] == nil {
            log.report(
                unknown("entity", name, declarations.entities.map(\.model.name)),
                at: view.place(of: "entities", item: index))
        }
        checkSource(of: view)
        checkJoinKeys(of: view)
        checkFeatures(of: view)
        ExpressionsCheck(view, source: sources[view.model.source]?.model, entities: entities, log: log).run()
    }

    private func checkSource(of view: Declaration<FeatureView>) {
        let name = view.model.source
        guard let source = sources[name]?.model else {
            if !name.isEmpty {
                log.report(
                    unknown("source", name, declarations.sources.map(\.model.name)), at: view.place(of: "source"))
            }
            return
        }
        let isTimeless = source.timestamp == nil
        if isTimeless, view.model.ttl != nil {
            log.report(
                "a ttl needs times, but source '\(name)' has no 'timestamp': remove 'ttl' or name the time column there",
                at: view.place(of: "ttl"))
        }
        switch view.model.availability {
        case .created where source.created == nil:
            log.report(
                "'available: created' needs a source with 'created', but '\(name)' has none",
                at: view.place(of: "available"))
        case .delayed where isTimeless:
            log.report(
                "a delay needs times, but source '\(name)' has no 'timestamp': remove 'available' or name the time "
                    + "column there", at: view.place(of: "available"))
        case .event, .created, .delayed: break
        }
    }

    /// Two entities of one view cannot both bring a column of the same name.
    private func checkJoinKeys(of view: Declaration<FeatureView>) {
        var owners: [String: String] = [:]
        for (index, name) in view.model.entities.enumerated() {
            for key in entities[name]?.model.joinKeys ?? [] {
                if let other = owners[key.name], other != name {
                    log.report(
                        "join key '\(key.name)' comes from both entity '\(other)' and entity '\(name)': rename one",
                        at: view.place(of: "entities", item: index))
                } else {
                    owners[key.name] = name
                }
            }
        }
    }

    private func joinKeys(of view: Declaration<FeatureView>) -> [JoinKey] {
        view.model.entities.flatMap { entities[$0]?.model.joinKeys ?? [] }
    }

    private func checkFeatures(of view: Declaration<FeatureView>) {
        checkNames(view.model.features, "feature", listed: "features", of: view)
        checkNames(view.model.aggregation?.columns ?? [], "event column", listed: "columns", of: view)
    }

    private func checkNames(
        _ features: [Feature], _ kind: String, listed key: String, of view: Declaration<FeatureView>
    ) {
        let joinKeys = Set(joinKeys(of: view).map(\.name))
        for (index, feature) in features.enumerated() {
            let place = view.place(of: key, item: index)
            if joinKeys.contains(feature.name) {
                log.report("\(kind) '\(feature.name)' has the name of a join key of its view: rename it", at: place)
            } else if Source.reservedColumns.contains(feature.name) {
                log.report(
                    "\(kind == "feature" ? "a" : "an") \(kind) cannot be called '\(feature.name)': this is a column of "
                        + Self.content(of: feature.name), at: place)
            }
        }
    }

    // MARK: - On-demand views

    private func checkOnDemandViews(in definitions: Definitions) {
        for view in declarations.onDemandViews {
            guard let other = views[view.model.name] else { continue }
            log.report(
                "feature view '\(view.model.name.shortened)' is already defined in \(other.place.fileAndLine)",
                at: view.place)
        }
        let unsound =
            declarations.featureViews.filter { !$0.isSound }.map(\.model.name)
            + declarations.onDemandViews.filter { !$0.isSound }.map(\.model.name)
        OnDemandCheck(declarations.onDemandViews, in: definitions, unsoundViews: Set(unsound), log: log).run()
    }

    /// What a service needs for its on-demand features must agree: that shows when all of it is looked up.
    private func checkComputedServices(in definitions: Definitions) {
        for service in declarations.featureServices
        where service.model.features.contains(where: { onDemandViews[$0.view] != nil }) {
            do {
                _ = try ResolvedService(service: service.model, in: definitions, fullNames: true)
            } catch {
                log.report("\(error)", at: service.place(of: "features"))
            }
        }
    }

    // MARK: - Services

    private func check(_ service: Declaration<FeatureService>) {
        var places: [FeatureReference: Place] = [:]
        var joinKeys: [String: (type: FeatureType, view: String)] = [:]
        var seenViews: Set<String> = []
        for (index, reference) in service.model.features.enumerated() {
            let place = service.place(of: "features", item: index)
            let view = views[reference.view]
            guard let known = (view?.model.features ?? onDemandViews[reference.view]?.model.features)?.map(\.name)
            else {
                let names =
                    declarations.featureViews.map(\.model.name) + declarations.onDemandViews.map(\.model.name)
                log.report(unknown("feature view", reference.view, names), at: place)
                continue
            }
            if let name = reference.feature, !known.contains(name) {
                // A view whose features could not be read at all has been reported already.
                if !known.isEmpty {
                    log.report(
                        "feature view '\(reference.view)' has no feature '\(name.shortened)'"
                            + Spelling.suggestion(for: name, in: known), at: place)
                }
                continue
            }
            checkTwice(reference, known: known, at: place, places: &places)
            if let view, seenViews.insert(reference.view).inserted {
                checkJoinKeyTypes(of: view, at: place, against: &joinKeys)
            }
        }
        checkLogColumns(of: service, joinKeys: joinKeys.keys.sorted())
        let features = views.mapValues(\.model.features).merging(onDemandViews.mapValues(\.model.features)) { $1 }
        EncodingCheck(service: service, features: features, log: log).run()
    }

    /// A logged row has columns of its own beside keys and features.
    private func checkLogColumns(of service: Declaration<FeatureService>, joinKeys: [String]) {
        guard service.model.log != nil else { return }
        for key in joinKeys where ServiceLog.columns.contains(key) {
            log.report(
                "a service with 'log' cannot have a join key '\(key)': this is a column of the log",
                at: service.place(of: "log"))
        }
        if let name = service.model.label?.name, ServiceLog.columns.contains(name) || joinKeys.contains(name) {
            log.report(
                "a label cannot be called '\(name)': this is a column of the log", at: service.place(of: "label"))
        }
    }

    private func checkTwice(
        _ reference: FeatureReference, known: [String], at place: Place, places: inout [FeatureReference: Place]
    ) {
        let names = reference.feature.map { [$0] } ?? known
        for name in names {
            let single = FeatureReference(view: reference.view, feature: name)
            if let first = places[single] {
                log.report("'\(single)' is already in this service (line \(first.position.line))", at: place)
                return
            }
            places[single] = place
        }
    }

    /// One column of entity rows feeds all views with a join key of that name, so it must have one type.
    private func checkJoinKeyTypes(
        of view: Declaration<FeatureView>, at place: Place,
        against types: inout [String: (type: FeatureType, view: String)]
    ) {
        for key in view.model.entities.flatMap({ entities[$0]?.model.joinKeys ?? [] }) {
            if let other = types[key.name], other.type != key.type {
                log.report(
                    "join key '\(key.name)' is \(key.type) in view '\(view.model.name)' but \(other.type) in view "
                        + "'\(other.view)': one service needs one type", at: place)
            } else if types[key.name] == nil {
                types[key.name] = (key.type, view.model.name)
            }
        }
    }

    private func unknown(_ kind: String, _ name: String, _ known: [String]) -> String {
        "unknown \(kind) '\(name.shortened)'" + Spelling.suggestion(for: name, in: known)
    }
}
