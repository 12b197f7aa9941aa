extension DeclarationParser {
    func parseFeatureService(_ name: Located<String>, _ node: YAMLNode) -> Declaration<FeatureService> {
        var service = Declaration(model: FeatureService(name: name.value, features: []), place: name.place)
        service.isSound = isSound {
            check(name: name, of: "a feature service")
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: "feature service '\(name.value.shortened)'",
                    keys: ["features", "encode", "log", "label"] + Self.commonKeys, log: log)
            else { return }
            service.keyPlaces = map.keyPlaces
            service.model.description = map.text("description")?.value
            service.model.owner = map.text("owner")?.value
            service.model.tags = tags(of: map)
            service.model.log = serviceLog(of: map)
            service.model.label = serviceLabel(of: map)
            if let label = map.node("label"), map.node("log") == nil {
                log.report(
                    "'label' needs 'log': a label belongs to a read that is remembered, e.g. log: {}", at: label.place)
            }
            if let (encoding, places, types) = encoding(of: map) {
                service.model.encode = encoding
                service.itemPlaces["encode"] = places
                for (name, place) in types { service.keyPlaces["encode.\(name)"] = place }
            }
            let example = #"["driver_stats:conv_rate", "driver_stats:*"]"#
            guard let node = map.requiredNode("features", example: "features: \(example)") else { return }
            for text in texts(of: node, key: "features", example: example) {
                guard let reference = FeatureReference(text.value) else {
                    log.report(
                        "'\(text.value.shortened)' is no feature reference: write view:feature or view:*",
                        at: text.place)
                    continue
                }
                service.model.features.append(reference)
                service.itemPlaces["features", default: []].append(text.place)
            }
        }
        return service
    }
}
