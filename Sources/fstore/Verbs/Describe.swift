import Columnar
import FeatureStore

extension Command {
    static let describe = Command(
        name: "describe", summary: "Tells all of a feature view, stored or on-demand, a feature service or an entity.",
        arguments: [
            Argument(
                name: "NAME", help: "A view, a service, an entity, or fitted encoders: SERVICE@N.",
                completion: .candidates("names"))
        ],
        options: [
            Option(name: "slots", help: "Of SERVICE@N, or a service's newest encoders: each slot of the vector.")
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let definitions = try store.definitions()
        let name = arguments.positional[0]
        if name.contains("@") || arguments.flag("slots") {
            return try describeEncoders(store.encoderState(name), withSlots: arguments.flag("slots"), on: terminal)
        }
        var isKnown = false
        if let view = definitions.featureView(named: name) {
            isKnown = true
            let description = try store.describeView(view, in: definitions)
            lines(description, try store.statistics(of: name, looksAtRows: false)).forEach(terminal.say)
            try terminal.printJSON(description)
        }
        if let view = definitions.onDemandView(named: name) {
            isKnown = true
            let description = try store.describeOnDemandView(view, in: definitions)
            lines(description).forEach(terminal.say)
            try terminal.printJSON(description)
        }
        if let service = definitions.featureService(named: name) {
            isKnown = true
            let description = try store.describeService(service, in: definitions)
            lines(description).forEach(terminal.say)
            for state in try store.encoderStates(of: name) {
                terminal.say("  encoders  \(summary(of: state))")
            }
            try terminal.printJSON(description)
        }
        if let entity = definitions.entity(named: name) {
            isKnown = true
            let description = store.describeEntity(entity, in: definitions)
            lines(description).forEach(terminal.say)
            try terminal.printJSON(description)
        }
        if !isKnown {
            throw StoreError.unknown(
                kind: "view, service or entity", name: name,
                suggestion: Spelling.nearest(to: name, in: definitions.allNames))
        }
    }

    private static func summary(of state: EncoderState) -> String {
        "\(state.name): \(Quantities.count(state.width, "number")), fitted \(state.made) on "
            + "\(Quantities.count(state.rows.count, "row")) of \(state.rows.origin)"
            + (state.rows.condition.map { " where \($0)" } ?? "") + (state.rows.split.map { ", \($0)" } ?? "")
    }

    private static func describeEncoders(_ state: EncoderState, withSlots: Bool, on terminal: Terminal) throws {
        struct Slot: Encodable {
            let slot: Int
            let name: String
            let feature: String
        }
        struct Answer: Encodable {
            let encoders: String
            let made: String
            let fittedOn: FittedRows
            let width: Int
            let slots: [Slot]
        }
        var slots: [Slot] = []
        var table =
            withSlots
            ? TextTable(["slot", "name", "feature"], numbers: [0]) : TextTable(["feature", "slots"], numbers: [1])
        for (feature, names) in state.slotsByFeature {
            if !withSlots { table.add([feature.description, "\(names.count)"]) }
            for name in names {
                if withSlots { table.add(["\(slots.count)", name, feature.description]) }
                slots.append(Slot(slot: slots.count, name: name, feature: feature.description))
            }
        }
        terminal.say("encoders \(summary(of: state))")
        for line in table.lines() { terminal.say(line) }
        try terminal.printJSON(
            Answer(
                encoders: state.name, made: state.made.description, fittedOn: state.rows, width: state.width,
                slots: slots))
    }

    private static func lines(_ view: ViewDescription, _ statistics: ViewStatistics) -> [String] {
        var facts: [(String, String)] = [
            ("entities", view.entities.joined(separator: ", ")), ("join keys", keys(view.joinKeys)),
            ("source", "\(view.source.name) (\(view.source.path))"),
            ("times", times(view.source)), ("ttl", view.ttl?.description ?? "none: never too old"),
            ("available", view.available.description), ("owner", view.owner ?? "–"), ("tags", tags(view.tags)),
            ("services", view.services.joined(separator: ", ")),
            ("read by", view.onDemandViews.joined(separator: ", ")),
            (
                "history",
                "\(Quantities.count(view.history.rows, "row")) in \(Quantities.count(view.history.segments, "segment")), "
                    + "\(Quantities.bytes(view.history.bytes))"
            ),
        ]
        if let from = view.history.from, let to = view.history.to { facts.append(("from … to", "\(from) … \(to)")) }
        if let ingested = view.history.ingested { facts.append(("last ingest", ingested)) }
        let staleness = view.online.isUpToDate ? "" : ", behind the history: run 'fstore materialize \(view.name)'"
        facts.append(
            (
                "online",
                view.online.materialized.map {
                    "\(Quantities.count(view.online.keys, "key")), materialized \($0)\(staleness)"
                }
                    ?? "not materialized"
            ))
        var aggregates: [String] = []
        if let events = view.events {
            facts.append(("windows", events.hop.map { "begin with tiles of \($0)" } ?? "begin exactly"))
            var table = TextTable(["feature", "type", "is", "description", "tags"])
            for feature in view.features {
                table.add([
                    feature.name, feature.type.description, feature.aggregate?.description ?? "",
                    feature.description ?? "", tags(feature.tags),
                ])
            }
            aggregates = [""] + table.lines()
        }
        return heading("feature view", view.name, view.description) + aligned(facts) + aggregates + [""]
            + stored(view, statistics).lines()
    }

    /// What is stored: features, or what is kept of events.
    private static func stored(_ view: ViewDescription, _ statistics: ViewStatistics) -> TextTable {
        let features = view.events?.columns ?? view.features
        // Few views compute features, so only those have that column.
        let showsExpressions = features.contains { $0.expression != nil }
        var table = TextTable(
            [view.events == nil ? "feature" : "event column", "type", "nulls", "values", "description", "tags"]
                + (showsExpressions ? ["expression"] : []),
            numbers: [2])
        for (feature, values) in zip(features, statistics.features) {
            table.add(
                [
                    feature.name, feature.type.description, share(values.nulls, of: values.rows), values.inShort,
                    feature.description ?? "", tags(feature.tags),
                ] + (showsExpressions ? [feature.expression ?? ""] : []))
        }
        return table
    }

    private static func lines(_ view: OnDemandViewDescription) -> [String] {
        let facts = [
            ("request", fields(view.request)), ("reads", view.views.joined(separator: ", ")),
            ("join keys", keys(view.joinKeys)), ("owner", view.owner ?? "–"), ("tags", tags(view.tags)),
            ("services", view.services.joined(separator: ", ")),
        ]
        var table = TextTable(["feature", "type", "expression", "reads", "description", "tags"])
        for feature in view.features {
            table.add([
                feature.name, feature.type.description, feature.expression ?? "of the request",
                feature.reads.joined(separator: ", "), feature.description ?? "", tags(feature.tags),
            ])
        }
        return heading("on-demand feature view", view.name, view.description) + aligned(facts) + [""] + table.lines()
    }

    private static func lines(_ service: ServiceDescription) -> [String] {
        let facts = [
            ("join keys", keys(service.joinKeys)), ("request", fields(service.request)),
            ("views", service.views.joined(separator: ", ")),
            ("owner", service.owner ?? "–"), ("tags", tags(service.tags)),
        ]
        var table = TextTable(["feature", "type", "description"])
        for feature in service.features {
            table.add([feature.feature, feature.type.description, feature.description ?? ""])
        }
        return heading("feature service", service.name, service.description) + aligned(facts) + [""] + table.lines()
    }

    private static func lines(_ entity: EntityDescription) -> [String] {
        heading("entity", entity.name, entity.description)
            + aligned([
                ("join keys", keys(entity.joinKeys)), ("views", entity.views.joined(separator: ", ")),
                ("owner", entity.owner ?? "–"), ("tags", tags(entity.tags)),
            ])
    }

    private static func heading(_ kind: String, _ name: String, _ description: String?) -> [String] {
        ["\(kind) \(name)"] + (description.map { ["  \($0)"] } ?? [])
    }

    /// Facts under their names; those without a value are left out.
    static func aligned(_ facts: [(String, String)]) -> [String] {
        facts.filter { !$0.1.isEmpty }.map { name, value in
            "  \(name)\(String(repeating: " ", count: max(0, 12 - name.count)))\(value)"
        }
    }

    private static func times(_ source: Source) -> String {
        guard let timestamp = source.timestamp else { return "none: its rows hold at any time" }
        return (source.validTo.map { "valid from \(timestamp) to \($0)" } ?? "event \(timestamp)")
            + (source.created.map { ", created \($0)" } ?? "")
    }
}

extension Definitions {
    /// The names of all views, services and entities.
    var allNames: [String] { viewNames + featureServices.map(\.name) + entities.map(\.name) }
}
