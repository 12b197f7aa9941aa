// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_list(_ store: OpaquePointer?, _ json: StringPlace, _ error: StringPlace) -> Int32 {
    struct Answer: Encodable {
        let entities: [EntityDescription]
        let views: [ViewDescription]
        let onDemandViews: [OnDemandViewDescription]
        let services: [ServiceDescription]
    }
    return call(error) {
        try Handle.object(store, SharedStore.self).run { store in
            let definitions = try store.definitions()
            let answer = Answer(
                entities: definitions.entities.map { store.describeEntity($0, in: definitions) },
                views: try definitions.featureViews.map { try store.describeView($0, in: definitions) },
                onDemandViews: try definitions.onDemandViews.map {
                    try store.describeOnDemandView($0, in: definitions)
                },
                services: try definitions.featureServices.map { try store.describeService($0, in: definitions) })
            try give(answer, to: json)
        }
    }
}

@c @implementation
public func fs_store_describe(
    _ store: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(error) {
        let name = try text(name, "name")
        try Handle.object(store, SharedStore.self).run { store in
            let definitions = try store.definitions()
            if let view = definitions.featureView(named: name) {
                let description = try store.describeView(view, in: definitions)
                try give(OfKind(kind: "feature view", description: description), to: json)
            } else if let view = definitions.onDemandView(named: name) {
                let description = try store.describeOnDemandView(view, in: definitions)
                try give(OfKind(kind: "on-demand feature view", description: description), to: json)
            } else if let service = definitions.featureService(named: name) {
                let description = try store.describeService(service, in: definitions)
                try give(OfKind(kind: "feature service", description: description), to: json)
            } else if let entity = definitions.entity(named: name) {
                let description = store.describeEntity(entity, in: definitions)
                try give(OfKind(kind: "entity", description: description), to: json)
            } else {
                let names =
                    definitions.viewNames + definitions.featureServices.map(\.name)
                    + definitions.entities.map(\.name)
                throw StoreError.unknown(
                    kind: "view, service or entity", name: name, suggestion: Spelling.nearest(to: name, in: names))
            }
        }
    }
}

@c @implementation
public func fs_store_statistics(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(error) {
        let view = try text(view, "view")
        try Handle.object(store, SharedStore.self).run { store in try give(store.statistics(of: view), to: json) }
    }
}

/// A description with its kind among its own keys.
private struct OfKind<Description: Encodable>: Encodable {
    let kind: String
    let description: Description

    private enum CodingKeys: CodingKey {
        case kind
    }

    func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
    }
}
