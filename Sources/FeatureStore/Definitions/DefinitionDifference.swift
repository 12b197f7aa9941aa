/// What differs between two definitions of one name, a short phrase each: `ttl 7d -> 14d`, `+ feature city string`.
enum DefinitionDifference {
    static func of(_ old: Entity, _ new: Entity) -> [String] {
        let keys = items(
            "join key", old.joinKeys.map { ($0.name, $0.type.description) },
            new.joinKeys.map { ($0.name, $0.type.description) })
        return keys + common((old.description, old.owner, old.tags), (new.description, new.owner, new.tags))
    }

    static func of(_ old: Source, _ new: Source) -> [String] {
        value("path", old.path, new.path) + times(old, new) + value("created", old.created, new.created)
            + map("field_mapping", old.fieldMapping, new.fieldMapping)
            + map("columns", old.columns.mapValues(\.description), new.columns.mapValues(\.description))
            + common((old.description, old.owner, old.tags), (new.description, new.owner, new.tags))
    }

    private static func times(_ old: Source, _ new: Source) -> [String] {
        let (wasChanging, isChanging) = (old.validTo != nil, new.validTo != nil)
        return value("timestamp", wasChanging ? nil : old.timestamp, isChanging ? nil : new.timestamp)
            + value("valid_from", wasChanging ? old.timestamp : nil, isChanging ? new.timestamp : nil)
            + value("valid_to", old.validTo, new.validTo)
    }

    static func of(_ old: FeatureView, _ new: FeatureView) -> [String] {
        value("entities", list(old.entities), list(new.entities)) + value("source", old.source, new.source)
            + value("ttl", old.ttl?.description, new.ttl?.description)
            + value("available", old.availability.description, new.availability.description)
            + aggregation(old, new) + features("feature", old.features, new.features)
            + common((old.description, old.owner, old.tags), (new.description, new.owner, new.tags))
    }

    static func of(_ old: OnDemandView, _ new: OnDemandView) -> [String] {
        items(
            "request field", old.request.map { ($0.name, $0.type.description) },
            new.request.map { ($0.name, $0.type.description) })
            + documented("request field", old.request, new.request)
            + features("feature", old.features, new.features)
            + common((old.description, old.owner, old.tags), (new.description, new.owner, new.tags))
    }

    private static func documented(_ kind: String, _ old: [RequestField], _ new: [RequestField]) -> [String] {
        let before = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return new.filter { field in before[field.name].map { $0.description != field.description } ?? false }
            .map { "~ \(kind) \($0.name) description" }
    }

    static func of(_ old: FeatureService, _ new: FeatureService) -> [String] {
        items(
            "feature", old.features.map { ($0.description, "") }, new.features.map { ($0.description, "") })
            + value("log", old.log?.description, new.log?.description)
            + value("label", old.label?.description, new.label?.description)
            + items("encoding", encodings(old), encodings(new))
            + common((old.description, old.owner, old.tags), (new.description, new.owner, new.tags))
    }

    private static func encodings(_ service: FeatureService) -> [(name: String, type: String)] {
        guard let encode = service.encode else { return [] }
        func words(_ steps: [EncodingStep]) -> String { steps.map(\.description).joined(separator: ", ") }
        return encode.types.sorted { $0.key < $1.key }.map { ("of \($0.key)", words($0.value)) }
            + encode.features.map { ($0.feature.description, words($0.steps)) }
    }

    private static func aggregation(_ old: FeatureView, _ new: FeatureView) -> [String] {
        guard old.aggregation != nil || new.aggregation != nil else { return [] }
        func starts(_ aggregation: Aggregation?) -> String? {
            aggregation.map { $0.hop.map { "by \($0)" } ?? "exact" }
        }
        func formulas(_ view: FeatureView) -> [String: String] {
            let pairs = zip(view.features.map(\.name), view.aggregation?.features.map(\.description) ?? [])
            return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        }
        let (before, after) = (formulas(old), formulas(new))
        return value("aggregate", starts(old.aggregation), starts(new.aggregation))
            + features("event column", old.aggregation?.columns ?? [], new.aggregation?.columns ?? [])
            + new.features.flatMap { feature in
                before[feature.name] == nil || after[feature.name] == nil
                    ? [] : value(feature.name, before[feature.name], after[feature.name])
            }
    }

    private static func features(_ kind: String, _ old: [Feature], _ new: [Feature]) -> [String] {
        let before = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let documented = new.filter { feature in
            before[feature.name].map { $0.description != feature.description || $0.tags != feature.tags } ?? false
        }
        let recomputed = new.filter { feature in
            before[feature.name].map { $0.expression != feature.expression } ?? false
        }
        return items(kind, old.map { ($0.name, $0.type.description) }, new.map { ($0.name, $0.type.description) })
            + recomputed.flatMap { value("expression of \($0.name)", before[$0.name]?.expression, $0.expression) }
            + documented.map { "~ \(kind) \($0.name) description or tags" }
    }

    // MARK: - Phrases

    private static func value(_ key: String, _ old: String?, _ new: String?) -> [String] {
        old == new ? [] : ["\(key) \(old ?? "none") -> \(new ?? "none")"]
    }

    private static func list(_ names: [String]) -> String { "[\(names.joined(separator: ", "))]" }

    /// Named things in an order: what is new, what has another type, what is gone, or only the order.
    private static func items(
        _ kind: String, _ old: [(name: String, type: String)], _ new: [(name: String, type: String)]
    ) -> [String] {
        let before = Dictionary(old.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        let names = Set(new.map(\.name))
        var phrases: [String] = []
        for (name, type) in new {
            let oldType = before[name]
            if oldType == nil {
                phrases.append(type.isEmpty ? "+ \(kind) \(name)" : "+ \(kind) \(name) \(type)")
            } else if let oldType, oldType != type {
                phrases.append("~ \(kind) \(name) \(oldType) -> \(type)")
            }
        }
        phrases += old.filter { !names.contains($0.name) }.map { "- \(kind) \($0.name)" }
        let kept = new.map(\.name).filter { before[$0] != nil }
        if kept != old.map(\.name).filter(names.contains) { phrases.append("another order of \(kind)s") }
        return phrases
    }

    private static func map(_ key: String, _ old: [String: String], _ new: [String: String]) -> [String] {
        Set(old.keys).union(new.keys).sorted().flatMap { value("\(key).\($0)", old[$0], new[$0]) }
    }

    private typealias Documentation = (description: String?, owner: String?, tags: [String: String])

    private static func common(_ old: Documentation, _ new: Documentation) -> [String] {
        (old.description == new.description ? [] : ["description"]) + value("owner", old.owner, new.owner)
            + map("tags", old.tags, new.tags)
    }
}
