import Columnar
import Foundation

extension FeatureStore {
    /// Brings what is new in a view's history online.
    public func materialize(
        _ view: String, from earliest: Timestamp? = nil, to time: Timestamp? = nil, isFull: Bool = false
    ) throws -> MaterializationSummary {
        let lock = try lockForWriting()
        return try withExtendedLifetime(lock) {
            let layout = try layout(of: view).layout
            guard let online = try OnlineStore(folder: project.onlineFolder, isReadOnly: false) else {
                throw StoreError.nothingMaterialized(view: view)
            }
            return try Materialization(
                catalog: catalog, online: online, layout: layout, segments: try segments(layout)
            ).run(from: earliest, to: time ?? Timestamp.now, isFull: isFull)
        }
    }

    /// A reader for the features of `selection`.
    ///
    /// - Throws: `StoreError.nothingMaterialized` if a view of it is not online.
    public func onlineReader(for selection: FeatureSelection, fullNames: Bool = false) throws -> OnlineReader {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        let store = try OnlineStore(folder: project.onlineFolder, isReadOnly: true)
        guard let store else { throw StoreError.nothingMaterialized(view: service.views[0].name) }
        for view in service.views where try store.state(of: view.name) == nil {
            throw StoreError.nothingMaterialized(view: view.name)
        }
        return OnlineReader(service, definitions: definitions, store: store)
    }

    /// How many keys of a view are online, and up to which ingestion.
    func onlineState(of view: String) throws -> (keys: Int, sequence: Int64) {
        guard let store = try OnlineStore(folder: project.onlineFolder, isReadOnly: true) else { return (0, 0) }
        return (try store.count(of: view), try store.state(of: view)?.sequence ?? 0)
    }
}
