import Columnar

extension DeclarationParser {
    func parseFeatureView(_ name: Located<String>, _ node: YAMLNode) -> Declaration<FeatureView> {
        let model = FeatureView(name: name.value, entities: [], source: "", features: [])
        var view = Declaration(model: model, place: name.place)
        view.isSound = isSound {
            check(name: name, of: "a feature view", isPartOfFullName: true)
            let keys = ["entities", "source", "ttl", "available", "features", "aggregate"] + Self.commonKeys
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: "feature view '\(name.value.shortened)'", keys: keys,
                    log: log)
            else { return }
            view.keyPlaces = map.keyPlaces
            view.model.description = map.text("description")?.value
            view.model.owner = map.text("owner")?.value
            view.model.tags = tags(of: map)
            let entities = entityNames(of: map)
            view.model.entities = entities.map(\.value)
            view.itemPlaces["entities"] = entities.map(\.place)
            view.model.source = map.requiredText("source", example: "source: driver_hourly")?.value ?? ""
            view.model.ttl = ttl(of: map)
            view.model.availability = availability(of: map)
            if let node = map.node("aggregate") {
                refuseBesideAggregate(map)
                AggregationParser.parse(node, into: &view, self)
            } else {
                parseFeatures(of: map, into: &view)
            }
        }
        return view
    }

    private func refuseBesideAggregate(_ map: YAMLMap) {
        if let ttl = map.node("ttl") {
            log.report(
                "a view with 'aggregate' has no ttl: its windows say how far back it looks; remove 'ttl'", at: ttl.place
            )
        }
        if let features = map.node("features") {
            log.report(
                "a view with 'aggregate' has its features there: move them into it, or make two views",
                at: features.place)
        }
    }

    private func entityNames(of map: YAMLMap) -> [Located<String>] {
        guard let node = map.requiredNode("entities", example: "entities: [driver]") else { return [] }
        let names = texts(of: node, key: "entities", example: "[driver]")
        for (index, name) in names.enumerated() where names[..<index].contains(where: { $0.value == name.value }) {
            log.report("entity '\(name.value.shortened)' stands twice in this list", at: name.place)
        }
        return names
    }

    /// The texts of a list that must have at least one.
    func texts(of node: Located<YAMLNode>, key: String, example: String) -> [Located<String>] {
        guard case .sequence(let items) = node.value.content, !items.isEmpty else {
            log.report("'\(key)' must be a list of at least one, e.g. \(example)", at: node.place)
            return []
        }
        return items.compactMap { item in
            guard case .scalar(let text, _) = item.content, !item.isNull else {
                log.report("'\(key)' must be a list of texts, e.g. \(example)", at: place(item.position))
                return nil
            }
            return Located(value: text, place: place(item.position))
        }
    }

    private func ttl(of map: YAMLMap) -> TimeSpan? {
        guard let text = map.text("ttl"), let span = timeSpan(text, key: "ttl") else { return nil }
        guard span.microseconds > 0 else {
            log.report("'ttl' must be longer than 0s; leave it out if a row holds for ever", at: text.place)
            return nil
        }
        return span
    }

    /// As written; `DefinitionsCheck` puts in the default, which depends on the source.
    private func availability(of map: YAMLMap) -> Availability {
        guard let text = map.text("available") else { return .event }
        switch text.value {
        case "event": return .event
        case "created": return .created
        default:
            if let delay = TimeSpan(text.value) { return .delayed(delay) }
            log.report(
                "'available' must be event, created or a duration like 15m, not '\(text.value.shortened)'"
                    + Spelling.suggestion(for: text.value, in: ["event", "created"]), at: text.place)
            return .event
        }
    }

    private func parseFeatures(of map: YAMLMap, into view: inout Declaration<FeatureView>) {
        let example = "features: {conv_rate: float32}"
        for (name, feature) in parseFeatures(of: map, example: example, expressionPlaces: &view.expressionPlaces) {
            view.model.features.append(feature)
            view.itemPlaces["features", default: []].append(name.place)
        }
    }

    /// The features under `features`, in order.
    ///
    /// - Parameter expressionPlaces: gets the places of their expressions, by their names.
    func parseFeatures(
        of map: YAMLMap, example: String, expressionPlaces: inout [String: Place]
    ) -> [(name: Located<String>, feature: Feature)] {
        guard let node = map.requiredNode("features", example: example) else { return [] }
        guard case .mapping(let entries) = node.value.content, !entries.isEmpty else {
            log.report(
                "'features' must be a map of one or more names to types, e.g. {conv_rate: float32}", at: node.place)
            return []
        }
        return entries.map { entry in
            let name = Located(value: entry.key, place: place(entry.keyPosition))
            check(name: name, of: "a feature", isPartOfFullName: true)
            // One with a mistake keeps its name, so that references to it are not reported as well.
            let feature = parseFeature(name, entry.value, expressionPlaces: &expressionPlaces)
            return (name, feature ?? Feature(entry.key, .bool))
        }
    }

    /// - Parameter expressionPlaces: gets the place of the feature's expression, by its name.
    func parseFeature(
        _ name: Located<String>, _ node: YAMLNode, kind: String = "feature", expressionPlaces: inout [String: Place]
    ) -> Feature? {
        switch node.content {
        case .scalar(let text, _) where !node.isNull:
            return type(Located(value: text, place: place(node.position))).map { Feature(name.value, $0) }
        case .mapping:
            let subject = "\(kind) '\(name.value.shortened)'"
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: subject, keys: ["type", "expression", "description", "tags"],
                    log: log),
                let typeName = map.requiredText("type", example: "type: float32"), let type = type(typeName)
            else { return nil }
            let expression = map.text("expression")
            if case .scalar(_, let isPlain)? = map.node("expression")?.value.content, var place = expression?.place {
                place.position.column += isPlain ? 0 : 1
                expressionPlaces[name.value] = place
            }
            return Feature(
                name.value, type, description: map.text("description")?.value, tags: tags(of: map),
                expression: expression?.value)
        default:
            let place = node.isNull ? name.place : place(node.position)
            log.report("\(kind) '\(name.value.shortened)' needs a type, e.g. float32 or {type: float32}", at: place)
            return nil
        }
    }
}
