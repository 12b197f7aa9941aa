import Columnar
import Foundation

extension FeatureStore {
    /// Brings what is new in a view's history online.
    public func materialize(
        _ view: String, from earliest: Timestamp? = nil, to time: Timestamp? = nil, isFull: Bool = false,
        progress: RowProgress? = nil
    ) throws -> MaterializationSummary {
        let lock = try lockForWriting()
        return try withExtendedLifetime(lock) {
            let (layout, definitions) = try layout(of: view)
            return try Materialization(
                catalog: catalog, online: try OnlineStore(path: project.onlineFolder),
                view: OnlineView(layout.view, in: definitions), layout: layout, history: try history(of: layout),
                progress: progress
            ).run(from: earliest, to: time ?? Timestamp.now, isFull: isFull)
        }
    }

    /// A reader for the features of `selection`.
    ///
    /// - Throws: `StoreError.nothingMaterialized` if a view of it is not online.
    public func onlineReader(for selection: FeatureSelection, fullNames: Bool = false) throws -> ServiceReader {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        let store = try onlineStoreIfPresent()
        for view in service.views where try store?.state(of: view.name) == nil {
            throw StoreError.nothingMaterialized(view: view.name)
        }
        guard let store else { throw StoreError.nothingApplied }
        return try ServiceReader(service, definitions: definitions, store: store)
    }

    /// How many keys of a view are online, up to which ingestion, and when they were last written.
    func onlineState(of view: String) throws -> (keys: Int, sequence: Int64, updated: Timestamp?) {
        guard let store = try onlineStoreIfPresent() else { return (0, 0, nil) }
        let state = try store.state(of: view)
        return (try store.rowCount(of: view), state?.position ?? 0, state?.updated)
    }

    private func onlineStoreIfPresent() throws -> OnlineStore? {
        guard FileManager.default.fileExists(atPath: project.onlineFolder + "/data.mdb") else { return nil }
        return try OnlineStore(path: project.onlineFolder, isReadOnly: access(project.onlineFolder, W_OK) != 0)
    }
}
