import Columnar
import Foundation

/// What pruning the online store did to one view.
public struct PruningSummary: Hashable, Sendable, Codable {
    public var view: String
    public var rowsRemoved: Int
    public var rowsLeft: Int
    /// Whether the view was removed as a whole, since the definitions no longer have it.
    public var isRemoved: Bool
}

/// What copying the online store did.
public struct OnlineCopySummary: Hashable, Sendable, Codable {
    /// The folder of the copy, which is a project of its own.
    public var path: String
    public var views: Int
    public var rows: Int
    /// Size of the copied data file.
    public var bytes: Int
    public var seconds: Double
}

/// Care for the online store: what a person on call asks of it.
extension FeatureStore {
    /// How large the online store is, and who reads it.
    ///
    /// - Throws: `StoreError.badRequest` if nothing was ever materialized.
    public func onlineStatistics() throws -> OnlineStatistics {
        try existingOnlineStore().statistics(defined: Set(try definitions().featureViews.map(\.name)))
    }

    /// Checks the online store: its file page by page, and every row.
    ///
    /// - Parameters:
    ///   - views: those whose rows are looked at; nil for all.
    ///   - comparesHistory: also whether each row is the newest of its key in the history, bit for bit, for which the
    ///     newest rows of a view are in memory.
    ///   - progress: called with each view before it is looked at.
    public func checkOnline(
        views: [String]? = nil, comparesHistory: Bool = true, progress: (_ view: String) -> Void = { _ in }
    ) throws -> OnlineCheckReport {
        let begun = ContinuousClock.now
        let store = try existingOnlineStore()
        let definitions = try definitions()
        let names = views ?? definitions.featureViews.map(\.name)
        guard store.opened.lease.environment != nil else {
            throw StoreError.badRequest(
                "a check takes a place among the readers, and this user may not write to \(store.path)/lock.mdb")
        }
        return try store.withSnapshot { snapshot in
            var census = LMDBCensus(snapshot)
            try census.run()
            var report = OnlineCheckReport(
                usedPages: census.usedPages, freePages: census.freePages, problems: census.problems, views: [],
                seconds: 0)
            // Rows on pages that are damaged cannot be told.
            if census.problems.isEmpty {
                report.views = try names.map { name in
                    progress(name)
                    let target = try PushTarget(name, in: definitions)
                    // Opened after the snapshot was taken: what is online then has come to the history before.
                    let history = comparesHistory ? try history(of: target.layout) : nil
                    return try OnlineCheck(target: target, history: history, now: clock()).run(
                        snapshot, path: store.path)
                }
            }
            report.seconds = (ContinuousClock.now - begun).inSeconds
            return report
        }
    }

    /// Removes rows that are too old to be served: those older than their view's ttl, events that no window of an aggregate
    /// reaches any more, and views that the definitions no
    /// longer have.
    ///
    /// - Parameters:
    ///   - views: those to prune; nil for all, and for those that are no more.
    ///   - time: as of when ages are judged; by default now.
    public func pruneOnline(
        views: [String]? = nil, at time: Timestamp? = nil,
        progress: (_ view: String, _ rows: Int, _ all: Int) -> Void = { _, _, _ in }
    ) throws -> [PruningSummary] {
        let lock = try lockForWriting()
        return try withExtendedLifetime(lock) {
            let store = try existingOnlineStore()
            let definitions = try definitions()
            let stored = try store.views()
            let now = time ?? clock()
            var summaries: [PruningSummary] = []
            for view in definitions.featureViews where views?.contains(view.name) ?? true && stored.contains(view.name)
            {
                if let plan = AggregatePlan(of: view) {
                    let removed = try store.pruneTiles(
                        of: OnlineView(view, in: definitions), TileLayout(plan, availability: view.availability),
                        at: now
                    ) { progress(view.name, $0, $1) }
                    summaries.append(
                        PruningSummary(
                            view: view.name, rowsRemoved: removed, rowsLeft: try store.rowCount(of: view.name),
                            isRemoved: false))
                    continue
                }
                guard let ttl = view.ttl else { continue }
                let (limit, isBeyond) = now.microseconds.subtractingReportingOverflow(ttl.microseconds)
                guard !isBeyond else { continue }
                let removed = try store.prune(view.name, before: Timestamp(microseconds: limit)) {
                    progress(view.name, $0, $1)
                }
                summaries.append(
                    PruningSummary(
                        view: view.name, rowsRemoved: removed, rowsLeft: try store.rowCount(of: view.name),
                        isRemoved: false))
            }
            for name in stored where views == nil && definitions.featureView(named: name) == nil {
                let rows = try store.rowCount(of: name)
                try store.remove(view: name)
                summaries.append(PruningSummary(view: name, rowsRemoved: rows, rowsLeft: 0, isRemoved: true))
            }
            for summary in summaries where summary.rowsRemoved > 0 {
                try catalog.recordRun(
                    verb: "online prune", target: summary.view, started: now, rows: summary.rowsRemoved, bytes: 0)
            }
            return summaries
        }
    }

    /// Makes `folder` a project of its own that reads what is online now: the last commit, without free pages, and the
    /// definitions in force. It has no history and no tokens.
    ///
    /// Nothing stands under the name until all of it is there.
    ///
    /// - Throws: if `folder` exists, or the disk is full.
    public func copyOnline(to folder: String) throws -> OnlineCopySummary {
        let begun = ContinuousClock.now
        let store = try existingOnlineStore()
        let path = TableFile.absolutePath(folder)
        guard access(path, F_OK) != 0 else {
            throw StoreError.badRequest("\(folder) exists already; name a folder that does not")
        }
        let temporary = path + ".\(getpid()).partial"
        try? FileManager.default.removeItem(atPath: temporary)
        do {
            let online = temporary + "/.fstore/online"
            try FileManager.default.createDirectory(atPath: online, withIntermediateDirectories: true)
            try store.copy(to: online)
            try Durability.sync(file: online + "/data.mdb")
            for file in [ProjectConfiguration.fileName] + project.definitionFiles {
                let copy = temporary + "/" + file
                try FileManager.default.createDirectory(
                    atPath: (copy as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: project.root + "/" + file, toPath: copy)
            }
            try copyCatalog(to: temporary + "/.fstore/catalog.sqlite")
            let summary = try summary(of: online, path: path, since: begun)
            guard rename(temporary, path) == 0 else {
                throw StoreError.badRequest("\(folder) cannot be written (\(String(cString: strerror(errno))))")
            }
            return summary
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
    }

    private func summary(
        of online: String, path: String, since begun: ContinuousClock.Instant
    ) throws -> OnlineCopySummary {
        let copied = try OnlineStore(path: online)
        let views = try copied.views()
        return OnlineCopySummary(
            path: path, views: views.count, rows: try views.reduce(0) { try $0 + copied.rowCount(of: $1) },
            bytes: copied.opened.lease.file.pageCount * copied.opened.lease.file.pageSize,
            seconds: (ContinuousClock.now - begun).inSeconds)
    }

    /// A catalog with the definitions in force, and with how far each view's order of arrival is, so that what is ingested
    /// there is not taken for what is online already.
    private func copyCatalog(to path: String) throws {
        let copy = try Catalog(path: path, isReadOnly: false)
        try copy.database.transaction {
            _ = try copy.apply(try definitions())
            try copy.continueSequences(of: catalog)
        }
    }

    private func existingOnlineStore() throws -> OnlineStore {
        guard let store = try onlineStoreIfPresent() else {
            throw StoreError.badRequest("nothing is online yet: run 'fstore materialize'")
        }
        return store
    }
}
