import FeatureStore

extension Command {
    static let list = Command(
        name: "list", summary: "Lists the entities, feature views and feature services that are in force.",
        arguments: [
            Argument(
                name: "KIND", help: "entities, views or services; all if none is named.", count: .optional,
                completion: .choices(["entities", "views", "services"]))
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let definitions = try store.definitions()
        let kind = arguments.positional.first
        if let kind, !["entities", "views", "services"].contains(kind) {
            throw UsageError(description: "'\(kind)' is no kind; name entities, views or services")
        }
        var listing = Listing()
        if kind == nil || kind == "entities" {
            let entities = definitions.entities.map { store.describeEntity($0, in: definitions) }
            listing.entities = entities
            var table = TextTable(["entity", "join keys", "owner", "description"])
            for entity in entities {
                table.add([entity.name, keys(entity.joinKeys), entity.owner ?? "–", entity.description ?? ""])
            }
            for line in table.lines() { terminal.say(line) }
        }
        if kind == nil || kind == "views" {
            let views = try definitions.featureViews.map { try store.describeView($0, in: definitions) }
            listing.views = views
            if kind == nil { terminal.say("") }
            var table = TextTable(
                ["view", "entities", "features", "rows", "from", "to", "online", "owner", "tags"], numbers: [2, 3, 6])
            for view in views {
                table.add([
                    view.name, view.entities.joined(separator: ", "), String(view.features.count),
                    Quantities.count(view.history.rows), day(view.history.from), day(view.history.to),
                    Quantities.count(view.online.keys), view.owner ?? "–", tags(view.tags),
                ])
            }
            for line in table.lines() { terminal.say(line) }
            let onDemand = try definitions.onDemandViews.map { try store.describeOnDemandView($0, in: definitions) }
            listing.onDemandViews = onDemand
            if !onDemand.isEmpty {
                terminal.say("")
                var table = TextTable(
                    ["on-demand view", "request", "reads", "features", "owner", "tags"], numbers: [3])
                for view in onDemand {
                    table.add([
                        view.name, fields(view.request), view.views.joined(separator: ", "),
                        String(view.features.count), view.owner ?? "–", tags(view.tags),
                    ])
                }
                for line in table.lines() { terminal.say(line) }
            }
        }
        if kind == nil || kind == "services" {
            let services = try definitions.featureServices.map { try store.describeService($0, in: definitions) }
            listing.services = services
            if kind == nil { terminal.say("") }
            var table = TextTable(["service", "features", "join keys", "owner", "tags", "description"], numbers: [1])
            for service in services {
                table.add([
                    service.name, String(service.features.count), keys(service.joinKeys), service.owner ?? "–",
                    tags(service.tags), service.description ?? "",
                ])
            }
            for line in table.lines() { terminal.say(line) }
        }
        try terminal.printJSON(listing)
    }

    private struct Listing: Encodable {
        var entities: [EntityDescription]?
        var views: [ViewDescription]?
        var onDemandViews: [OnDemandViewDescription]?
        var services: [ServiceDescription]?
    }

    static func keys(_ keys: [JoinKey]) -> String { keys.map { "\($0.name): \($0.type)" }.joined(separator: ", ") }

    static func fields(_ fields: [RequestField]) -> String {
        fields.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
    }

    static func tags(_ tags: [String: String]) -> String {
        tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    private static func day(_ time: String?) -> String { time.map { String($0.prefix(10)) } ?? "–" }
}
