import Columnar
import Foundation

extension FeatureStore {
    /// Removes all rows of a key for good: from segments of all snapshots, the hot log and the online store.
    ///
    /// Where a view has more join keys than are given, all rows with the given values go. Snapshots that held rows can no
    /// longer be read. Rows of the key that come later are left out, unless they may return. A call that was cut off is
    /// made good by calling again.
    ///
    /// - Parameters:
    ///   - view: the view; nil for all that have these join keys, also those that are no longer defined.
    ///   - mayReturn: whether rows of the key may be stored again; this lifts an earlier bar as well.
    ///   - isDryRun: count only.
    public func delete(
        _ selector: KeySelector, from view: String?, reason: String? = nil, mayReturn: Bool = false,
        isDryRun: Bool = false
    ) throws -> DeletionSummary {
        let clock = ContinuousClock.now
        _ = try applied()
        let targets = try deletions(selector, from: view)
        var summary = DeletionSummary(
            isDryRun: isDryRun, views: [], quarantineFiles: [], trainingSets: [], seconds: 0)
        if isDryRun {
            for target in targets {
                let (history, hot) = try target.count()
                let online = try onlineStoreIfPresent()?.count(target.search.pattern, in: target.layout.view.name) ?? 0
                summary.views.append(
                    .init(view: target.layout.view.name, rows: history, rowsPushed: hot, rowsOnline: online))
            }
        } else {
            let lock = try lockForWriting()
            let hotLogLock = try WriterLock(path: project.hotLogLockPath, waits: true)
            try withExtendedLifetime((lock, hotLogLock)) {
                let id = try catalog.begin(try record(selector, view, targets, reason: reason, mayReturn: mayReturn))
                summary.id = id
                CrashPoint.reach(.deletionNoted)
                var logIsRead = false
                summary.views = try run(id, targets, &logIsRead)
                if logIsRead {
                    summary.remains.append(
                        "the catalog's write-ahead log, which another process is reading: it is written over later")
                }
                summary.trainingSets = try trainingSetsLost(by: id)
            }
        }
        let texts = selector.keys.map(\.text)
        summary.quarantineFiles = targets.flatMap { $0.quarantineFiles(holding: texts) }
        summary.seconds = (ContinuousClock.now - clock).inSeconds
        return summary
    }

    /// The audit of all deletions, the newest first; with a selector, those of just that key.
    public func deletions(of selector: KeySelector? = nil) throws -> [DeletionDescription] {
        var records = try catalog.deletions()
        if let selector {
            let targets = try deletions(selector, from: nil)
            let digest = try record(selector, nil, targets, reason: nil, mayReturn: false).digest
            records = records.filter { $0.digest == digest }
        }
        return records.map { record in
            DeletionDescription(
                id: record.id, started: record.started.description, finished: record.finished?.description,
                by: record.byWhom, reason: record.reason, view: record.view, keys: record.keys, digest: record.digest,
                mayReturn: record.mayReturn,
                views: record.rows.map {
                    .init(view: $0.view, rows: $0.history, rowsPushed: $0.hot, rowsOnline: $0.online)
                })
        }
    }

    // MARK: - Steps

    /// - Parameter logIsRead: set where the catalog's log could not be emptied.
    private func run(
        _ id: Int64, _ targets: [ViewDeletion], _ logIsRead: inout Bool
    ) throws -> [DeletionSummary.View] {
        let started = Timestamp.now
        var changes: [ViewDeletion.Change] = []
        do {
            for target in targets { changes.append(try target.prepare()) }
            CrashPoint.reach(.deletionWritten)
            try catalog.database.transaction {
                for place in targets.indices { try targets[place].addBatches(to: &changes[place]) }
                let snapshot = changes.contains { !$0.isEmpty } ? try catalog.addSnapshot("delete") : 0
                for (target, change) in zip(targets, changes) {
                    if !change.isEmpty { try target.apply(change, in: snapshot, deletion: id) }
                    try catalog.add(
                        DeletionRecord.Rows(
                            view: target.layout.view.name, history: change.historyRows, hot: change.hotRows, online: 0),
                        to: id)
                }
            }
        } catch {
            for (target, change) in zip(targets, changes) { target.abandon(change) }
            throw error
        }
        CrashPoint.reach(.deletionCommitted)
        for target in targets { try target.removeFiles() }
        try removeOnline(targets, of: id)
        CrashPoint.reach(.deletionOnline)
        try catalog.finish(id, at: .now)
        logIsRead = try !catalog.emptyLog()
        let rows = try catalog.deletions().first { $0.id == id }?.rows ?? []
        for row in rows {
            try catalog.recordRun(
                verb: "delete", target: row.view, started: started, rows: row.history + row.hot, bytes: 0)
        }
        return rows.map { .init(view: $0.view, rows: $0.history, rowsPushed: $0.hot, rowsOnline: $0.online) }
    }

    private func removeOnline(_ targets: [ViewDeletion], of id: Int64) throws {
        guard let store = try onlineStoreIfPresent() else { return }
        for target in targets {
            let name = target.layout.view.name
            let removed = try store.remove(target.search.pattern, from: name)
            if removed > 0 {
                try catalog.add(DeletionRecord.Rows(view: name, history: 0, hot: 0, online: removed), to: id)
            }
        }
    }

    // MARK: - What is meant

    /// A deletion for each view that is meant.
    private func deletions(_ selector: KeySelector, from view: String?) throws -> [ViewDeletion] {
        let definitions = try definitions()
        var layouts: [ViewLayout] = []
        let stored = try catalog.allStoredViews()
        if let view, definitions.featureView(named: view) != nil || !stored.contains(view) {
            layouts = [try layout(of: view).layout]
        } else {
            if view == nil { layouts = definitions.featureViews.map { ViewLayout(of: $0, in: definitions) } }
            // Rows of a view that was let go of are still there.
            for name in stored where definitions.featureView(named: name) == nil {
                if let view, name != view { continue }
                guard let old = try catalog.definitions(knowing: name), let found = old.featureView(named: name) else {
                    continue
                }
                layouts.append(ViewLayout(of: found, in: old))
            }
        }
        let targets = try layouts.compactMap { layout -> ViewDeletion? in
            guard let typed = try selector.typed(for: layout) else { return nil }
            let values = layout.keys.map { key in typed.first { $0.key.name == key.name }?.value }
            guard let pattern = KeyPattern(values, types: layout.keys.map(\.type)) else { return nil }
            return ViewDeletion(
                project: project, catalog: catalog, layout: layout, search: RowSearch(pattern: pattern))
        }
        guard targets.isEmpty else { return targets }
        let known = Array(Set(layouts.flatMap(\.keys).map(\.name))).sorted()
        let wrong = selector.names.first { !known.contains($0) }
        throw StoreError.badRequest(
            "no view\(view.map { " '\($0)'" } ?? "") has the join key \(selector.names.joined(separator: ", "))"
                + (wrong.map { Spelling.suggestion(for: $0, in: known) } ?? "") + "; the keys are "
                + known.joined(separator: ", "))
    }

    /// The audit's record of a deletion that begins.
    private func record(
        _ selector: KeySelector, _ view: String?, _ targets: [ViewDeletion], reason: String?, mayReturn: Bool
    ) throws -> DeletionRecord {
        let typed = try targets.compactMap { target in
            try selector.typed(for: target.layout).map { (target.layout.view.name, $0) }
        }
        guard let (first, keys) = typed.first else { throw StoreError.badRequest("no view has these keys") }
        if let (other, _) = typed.first(where: { $0.1.map(\.key.type) != keys.map(\.key.type) }) {
            throw StoreError.badRequest(
                "'\(first)' and '\(other)' have \(selector.names.joined(separator: ", ")) in other types: delete from each of "
                    + "them by its name")
        }
        let types = keys.map(\.key.type)
        let digest = KeyDigest(secret: try catalog.digestSecret()).forKeys(named: selector.names)
        let bytes = KeyEncoder(types).encode(keys.map(\.value)) ?? []
        return DeletionRecord(
            id: 0, started: .now, finished: nil, byWhom: Self.userName, reason: reason, view: view,
            keys: selector.names,
            types: types, digest: bytes.withUnsafeBytes { digest.digest(of: $0) }.description, mayReturn: mayReturn)
    }

    /// Who runs the process, as the machine calls them.
    private static var userName: String {
        getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "user \(getuid())"
    }

    /// Recorded training sets that read a state which held rows of a deletion.
    private func trainingSetsLost(by deletion: Int64) throws -> [Int64] {
        try catalog.trainingSets(as: TrainingSetRecord.self).filter { _, record in
            try record.viewsRead.contains { try catalog.loss(of: $0, at: record.snapshot) == .deleted(deletion) }
        }.map(\.id).sorted()
    }
}
