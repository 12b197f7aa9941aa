extension DeclarationParser {
    func parseFeatureService(_ name: Located<String>, _ node: YAMLNode) -> Declaration<FeatureService> {
        var service = Declaration(model: FeatureService(name: name.value, features: []), place: name.place)
        service.isSound = isSound {
            check(name: name, of: "a feature service")
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: "feature service '\(name.value.shortened)'",
                    keys: ["features", "encode"] + Self.commonKeys, log: log)
            else { return }
            service.keyPlaces = map.keyPlaces
            service.model.description = map.text("description")?.value
            service.model.owner = map.text("owner")?.value
            service.model.tags = tags(of: map)
            if map.node("encode") != nil {
                let encodings = encodings(of: map)
                service.model.encode = encodings.map(\.encoding)
                service.itemPlaces["encode"] = encodings.map(\.place)
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
