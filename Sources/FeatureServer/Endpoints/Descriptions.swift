import FeatureStore
import Foundation

/// `GET /v1/services[/NAME]` and `/v1/views[/NAME]`: what there is, as `fstore list --json` tells it.
enum Descriptions {
    static func services(_ exchange: HTTPExchange, project: String) throws {
        let store = try FeatureStore(opening: project)
        let definitions = try store.definitions()
        guard let name = name(in: exchange, under: "/v1/services/") else {
            let all = try definitions.featureServices.map { try store.describeService($0, in: definitions) }
            return try write(["services": all], to: exchange)
        }
        guard let service = definitions.featureService(named: name) else {
            throw StoreError.unknown(kind: "feature service", name: name, suggestion: nil)
        }
        try write(try store.describeService(service, in: definitions), to: exchange)
    }

    static func views(_ exchange: HTTPExchange, project: String) throws {
        let store = try FeatureStore(opening: project)
        let definitions = try store.definitions()
        guard let name = name(in: exchange, under: "/v1/views/") else {
            let all = Views(
                views: try definitions.featureViews.map { try store.describeView($0, in: definitions) },
                onDemandViews: try definitions.onDemandViews.map {
                    try store.describeOnDemandView($0, in: definitions)
                })
            return try write(all, to: exchange)
        }
        if let view = definitions.onDemandView(named: name) {
            return try write(try store.describeOnDemandView(view, in: definitions), to: exchange)
        }
        guard let view = definitions.featureView(named: name) else {
            throw StoreError.unknown(kind: "feature view", name: name, suggestion: nil)
        }
        try write(try store.describeView(view, in: definitions), to: exchange)
    }

    private struct Views: Encodable {
        let views: [ViewDescription]
        let onDemandViews: [OnDemandViewDescription]
    }

    private static func name(in exchange: HTTPExchange, under prefix: String) -> String? {
        let path = exchange.pathString
        return path.hasPrefix(prefix) && path.count > prefix.count ? String(path.dropFirst(prefix.count)) : nil
    }

    private static func write(_ value: some Encodable, to exchange: HTTPExchange) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(value).withUnsafeBytes { exchange.response.append($0) }
    }
}
