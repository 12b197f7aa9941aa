import Columnar

extension DeclarationParser {
    func parseOnDemandView(_ name: Located<String>, _ node: YAMLNode) -> Declaration<OnDemandView> {
        var view = Declaration(model: OnDemandView(name: name.value, features: []), place: name.place)
        view.isSound = isSound {
            check(name: name, of: "an on-demand feature view", isPartOfFullName: true)
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: "on-demand feature view '\(name.value.shortened)'",
                    keys: ["request", "features"] + Self.commonKeys, log: log)
            else { return }
            view.keyPlaces = map.keyPlaces
            view.model.description = map.text("description")?.value
            view.model.owner = map.text("owner")?.value
            view.model.tags = tags(of: map)
            parseRequest(of: map, into: &view)
            let example = "features: {is_long: {type: bool, expression: distance_km > 20}}"
            for (name, feature) in parseFeatures(of: map, example: example, expressionPlaces: &view.expressionPlaces) {
                view.model.features.append(feature)
                view.itemPlaces["features", default: []].append(name.place)
            }
        }
        return view
    }

    private func parseRequest(of map: YAMLMap, into view: inout Declaration<OnDemandView>) {
        guard let node = map.node("request") else { return }
        guard case .mapping(let entries) = node.value.content, !entries.isEmpty else {
            log.report(
                "'request' must be a map of one or more names to types, e.g. {distance_km: float64}", at: node.place)
            return
        }
        for entry in entries {
            let name = Located(value: entry.key, place: place(entry.keyPosition))
            check(name: name, of: "a request field")
            // One with a mistake keeps its name, so that expressions that read it are not reported as well.
            let field = requestField(name, entry.value)
            view.model.request.append(field ?? RequestField(entry.key, .bool))
            view.itemPlaces["request", default: []].append(name.place)
        }
    }

    private func requestField(_ name: Located<String>, _ node: YAMLNode) -> RequestField? {
        let subject = "request field '\(name.value.shortened)'"
        switch node.content {
        case .scalar(let text, _) where !node.isNull:
            return type(Located(value: text, place: place(node.position))).map { RequestField(name.value, $0) }
        case .mapping:
            guard
                let map = YAMLMap(node, at: name.place, subject: subject, keys: ["type", "description"], log: log),
                let typeName = map.requiredText("type", example: "type: float64"), let type = type(typeName)
            else { return nil }
            return RequestField(name.value, type, description: map.text("description")?.value)
        default:
            let place = node.isNull ? name.place : place(node.position)
            log.report("\(subject) needs a type, e.g. float64 or {type: float64}", at: place)
            return nil
        }
    }
}
