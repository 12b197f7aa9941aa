extension DeclarationParser {
    func parseEntity(_ name: Located<String>, _ node: YAMLNode) -> Declaration<Entity> {
        var entity = Declaration(model: Entity(name: name.value, joinKeys: []), place: name.place)
        entity.isSound = isSound {
            check(name: name, of: "an entity")
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: "entity '\(name.value.shortened)'",
                    keys: ["join_keys"] + Self.commonKeys, log: log)
            else { return }
            entity.keyPlaces = map.keyPlaces
            entity.model.description = map.text("description")?.value
            entity.model.owner = map.text("owner")?.value
            entity.model.tags = tags(of: map)
            guard let keys = map.requiredNode("join_keys", example: "join_keys: {driver_id: int64}") else { return }
            guard case .mapping(let entries) = keys.value.content, !entries.isEmpty else {
                log.report(
                    "'join_keys' must be a map of one or more names to types, e.g. {driver_id: int64}", at: keys.place)
                return
            }
            for entry in entries {
                let key = Located(value: entry.key, place: place(entry.keyPosition))
                check(name: key, of: "a join key")
                guard let type = joinKeyType(of: entry) else { continue }
                entity.model.joinKeys.append(JoinKey(key.value, type))
                entity.itemPlaces["join_keys", default: []].append(key.place)
            }
        }
        return entity
    }

    private func joinKeyType(of entry: YAMLNode.Entry) -> FeatureType? {
        let place = place(entry.value.isNull ? entry.keyPosition : entry.value.position)
        guard case .scalar(let text, _) = entry.value.content, !entry.value.isNull else {
            log.report("join key '\(entry.key.shortened)' needs a type, e.g. int64", at: place)
            return nil
        }
        guard let type = type(Located(value: text, place: place), allowed: Self.joinKeyTypes) else { return nil }
        guard type.isJoinKeyType else {
            log.report(
                "a join key cannot be of type \(type) (one of \(Self.joinKeyTypes.joined(separator: ", ")))", at: place)
            return nil
        }
        return type
    }

    private static let joinKeyTypes = FeatureType.scalarNames.filter { FeatureType($0)?.isJoinKeyType ?? false }
}
