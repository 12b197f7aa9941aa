// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CFStore
import FeatureStore

@c @implementation
public func fs_store_open(
    _ directory: UnsafePointer<CChar>?, _ store: UnsafeMutablePointer<OpaquePointer?>?, _ error: StringPlace
) -> Int32 {
    store?.pointee = nil
    return call(error) {
        guard let store else { throw CallError("store is NULL; give a place for the handle") }
        let opened = try FeatureStore(opening: try text(directory, "directory"))
        store.pointee = Handle.make(SharedStore(opened))
    }
}

@c @implementation
public func fs_store_close(_ store: OpaquePointer?) { Handle.release(store, SharedStore.self) }

@c @implementation
public func fs_store_project(_ store: OpaquePointer?, _ json: StringPlace, _ error: StringPlace) -> Int32 {
    struct Answer: Encodable {
        let root: String
        let project: String
    }
    return call(error) {
        try Handle.object(store, SharedStore.self).run { store in
            try give(Answer(root: store.project.root, project: store.project.configuration.project), to: json)
        }
    }
}

@c @implementation
public func fs_store_apply(
    _ store: OpaquePointer?, _ dryRun: Bool, _ allowRemoval: Bool, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    struct Answer: Encodable {
        let changes: [DefinitionChange]
        let lines: [String]
        let summary: String
    }
    return call(error) {
        try Handle.object(store, SharedStore.self).run { store in
            // Opened anew, so that definition files made since are seen.
            let fresh = try FeatureStore(opening: store.project.root)
            let plan = try dryRun ? fresh.plan() : fresh.apply(allowsRemoval: allowRemoval)
            let refusals = dryRun ? plan.refusals(allowsRemoval: allowRemoval) : []
            if !refusals.isEmpty { throw StoreError.refused(refusals) }
            try give(Answer(changes: plan.changes, lines: plan.lines, summary: plan.summary), to: json)
        }
    }
}
