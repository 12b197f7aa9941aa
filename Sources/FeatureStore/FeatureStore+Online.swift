import Columnar
import Foundation

extension FeatureStore {
    /// Brings what is new in a view's history online.
    public func materialize(
        _ view: String, from earliest: Timestamp? = nil, to time: Timestamp? = nil, isFull: Bool = false,
        progress: RowProgress? = nil
    ) throws -> MaterializationSummary {
        let lock = try lockForWriting()
        let target = try PushTarget(view, in: try definitions())
        // Rows that are pushed while the view is rebuilt are looked for in the hot log; so are events, which count once.
        let needsHotLog = isFull || target.aggregates != nil
        let hotLogLock = needsHotLog ? try WriterLock(path: project.hotLogLockPath, waits: true) : nil
        return try withExtendedLifetime((lock, hotLogLock)) {
            let online = try OnlineStore(path: project.onlineFolder)
            if let plan = target.aggregates {
                let now = clock()
                return try TileMaterialization(
                    catalog: catalog, online: online, target: target, plan: plan,
                    history: try history(of: target.layout), now: now, asOf: min(time ?? now, now), progress: progress
                ).run(isFull: isFull)
            }
            return try Materialization(
                catalog: catalog, online: online, view: target.online,
                layout: target.layout, history: try history(of: target.layout),
                replay: HotLogReplay(catalog: catalog, target: target), progress: progress
            ).run(from: earliest, to: time ?? Timestamp.now, isFull: isFull)
        }
    }

    /// A reader for the features of `selection`.
    ///
    /// - Throws: `StoreError.nothingMaterialized` if a view of it is not online.
    ///
    /// - Parameter isStrict: whether windows are told as of the very time that is asked for, or it is an error; else a clock
    ///   that is some seconds behind does no harm.
    public func onlineReader(
        for selection: FeatureSelection, fullNames: Bool = false, isStrict: Bool = false
    ) throws -> ServiceReader {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        let store = try onlineStoreIfPresent()
        for view in service.views { try replayPushes(of: view.name, in: definitions, to: store) }
        for view in service.views where try store?.state(of: view.name) == nil {
            throw StoreError.nothingMaterialized(view: view.name)
        }
        // What is computed of the request alone needs nothing online.
        let opened = try store ?? OnlineStore(path: project.onlineFolder, isReadOnly: isReadOnly)
        return try ServiceReader(service, definitions: definitions, store: opened, isStrict: isStrict)
    }

    /// Up to which pushes a view's events are online, so that they may leave the hot log; nil where it makes no difference.
    func pushesOnline(of layout: ViewLayout) throws -> Int64? {
        guard layout.view.aggregation != nil else { return nil }
        return try onlineStoreIfPresent()?.state(of: layout.view.name)?.hotPosition
    }

    /// How many keys of a view are online, whether all of its history is, and when they were last written.
    func onlineState(of view: String) throws -> (keys: Int, isUpToDate: Bool, updated: Timestamp?) {
        guard let store = try onlineStoreIfPresent() else {
            return (0, try catalog.lastSequence(of: view) == 0, nil)
        }
        let state = try store.state(of: view)
        return (try store.rowCount(of: view), try isUpToDate(view, state), state?.updated)
    }

    /// Whether all that was ingested and pushed is online. Ingestions count up to `position`, pushes beyond it too.
    private func isUpToDate(_ view: String, _ state: ViewState?) throws -> Bool {
        let position = state?.position ?? 0
        let listing = try catalog.database.reading {
            (
                segments: try catalog.segments(of: view),
                pushes: try catalog.hotBatches(of: view, in: position + 1...Int64.max)
            )
        }
        return listing.segments.allSatisfy { $0.sequences.upperBound <= position }
            && listing.pushes.allSatisfy {
                $0.sequence <= state?.hotPosition ?? 0
                    && $0.waits?.upperBound ?? .distantPast <= state?.caughtUp ?? .distantPast
            }
    }

    /// Puts online what a killed process has logged and did not come to write there, if nobody else is about to.
    private func replayPushes(of view: String, in definitions: Definitions, to store: OnlineStore?) throws {
        guard let store, !store.isReadOnly,
            try catalog.hasPushesToReplay(of: view, after: try store.state(of: view), now: clock()),
            let lock = try? lockForWriting()
        else { return }
        let replay = HotLogReplay(catalog: catalog, target: try PushTarget(view, in: definitions))
        try withExtendedLifetime(lock) {
            let tiled = replay.target.aggregates == nil ? [] : [view]
            try store.transaction(on: [view], tilesOf: tiled) { try replay.run(in: $0, now: clock()) }
        }
    }

    func onlineStoreIfPresent() throws -> OnlineStore? {
        guard FileManager.default.fileExists(atPath: project.onlineFolder + "/data.mdb") else { return nil }
        return try OnlineStore(path: project.onlineFolder, isReadOnly: isReadOnly)
    }
}
