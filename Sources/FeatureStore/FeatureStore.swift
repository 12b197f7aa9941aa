import Columnar
import Foundation

/// A project's feature store: definitions, history and online values behind one door.
///
/// ```swift
/// let store = try FeatureStore(opening: "/srv/fleet")
/// let plan = try store.apply()
/// let summary = try store.ingest("driver_stats")
/// let set = try store.trainingSet(for: .service("eta_v1"), entities: rows)
/// ```
///
/// Not thread-safe; open one for each thread. Any number of processes may read; one writes at a time.
public final class FeatureStore {
    /// The product's version.
    public static let version = "0.1.0"

    public let project: Project
    /// Whether this user may not write to the store: then training sets are made and online values read, nothing more.
    public let isReadOnly: Bool
    let catalog: Catalog
    var openPusher: Pusher?
    var openLogs: [String: (policy: ServiceLog, writer: FeatureLogWriter)] = [:]
    /// What the time is for pushed rows; tests have their own.
    var clock: @Sendable () -> Timestamp = { .now }

    /// Opens the project in `directory` or the nearest folder above it that holds `fstore.yaml`.
    ///
    /// - Throws: if there is no project, its configuration is wrong, or its catalog cannot be read.
    public init(opening directory: String) throws {
        project = try Project.find(from: directory)
        isReadOnly = !project.isWritable
        catalog = try Catalog(path: project.catalogPath, isReadOnly: isReadOnly)
    }

    /// The definitions in force.
    ///
    /// - Throws: `StoreError.nothingApplied` before the first `apply`.
    public func definitions() throws -> Definitions { try applied().definitions }

    func applied() throws -> (version: Int64, definitions: Definitions) {
        guard let applied = try catalog.appliedDefinitions() else { throw StoreError.nothingApplied }
        return applied
    }

    /// The view named `name` as it is stored, with all that it names.
    func layout(of name: String) throws -> (layout: ViewLayout, definitions: Definitions) {
        let definitions = try definitions()
        return (ViewLayout(of: try definitions.storedView(named: name), in: definitions), definitions)
    }

    /// The right to write, for as long as the result lives.
    func lockForWriting() throws -> WriterLock { try WriterLock(path: project.lockPath) }
}

// MARK: - Definitions

extension FeatureStore {
    /// What `apply()` would change: the definition files compared with what is in force.
    ///
    /// - Throws: `DefinitionErrors` with every mistake in the files.
    public func plan() throws -> DefinitionsPlan { try planAndDefinitions().plan }

    /// Puts the definition files in force, in one transaction.
    ///
    /// - Throws: `DefinitionErrors`, or `StoreError.refused` if a change would corrupt stored data.
    public func apply(allowsRemoval: Bool = false) throws -> DefinitionsPlan {
        let lock = try lockForWriting()
        return try withExtendedLifetime(lock) {
            // In one transaction: the first rows of a view may be pushed at any time, and forbid what was allowed before.
            try catalog.database.transaction {
                let (plan, definitions) = try planAndDefinitions()
                let refusals = plan.refusals(allowsRemoval: allowsRemoval)
                if !refusals.isEmpty { throw StoreError.refused(refusals) }
                if !plan.isEmpty { _ = try catalog.apply(definitions) }
                return plan
            }
        }
    }

    private func planAndDefinitions() throws -> (plan: DefinitionsPlan, definitions: Definitions) {
        let definitions = try DefinitionsReader.read(files: project.definitionFiles, root: project.root)
        let plan = DefinitionsPlan(
            from: try catalog.appliedDefinitions()?.definitions ?? Definitions(), to: definitions,
            storedViews: try catalog.storedViews(), storedTypes: try catalog.storedTypes())
        return (plan, definitions)
    }
}

// MARK: - History

extension FeatureStore {
    /// Reads new files of the view's source, or just `files`, into its history.
    ///
    /// - Parameter progress: called from time to time with the rows read so far and, if known, the rows in all.
    public func ingest(
        _ view: String, files: [String]? = nil, onError policy: ErrorPolicy = .stop,
        progress: @escaping (_ rows: Int, _ total: Int?) -> Void = { _, _ in }
    ) throws -> IngestionSummary {
        let lock = try lockForWriting()
        return try withExtendedLifetime(lock) {
            try ingestion(into: view, onError: policy, progress: progress).run(files: files)
        }
    }

    /// Takes the rows of `table` into a view's history, as those of a file of its source, all or nothing.
    ///
    /// - Parameter origin: how messages name the table.
    public func ingest(
        _ view: String, table: Table, origin: String, onError policy: ErrorPolicy = .stop
    ) throws -> IngestionSummary {
        let lock = try lockForWriting()
        return try withExtendedLifetime(lock) {
            try ingestion(into: view, onError: policy, progress: { _, _ in }).run(table: table, origin: origin)
        }
    }

    private func ingestion(
        into view: String, onError policy: ErrorPolicy, progress: @escaping (_ rows: Int, _ total: Int?) -> Void
    ) throws -> Ingestion {
        let (layout, definitions) = try layout(of: view)
        guard let source = definitions.source(named: layout.view.source) else {
            throw StoreError.unknown(kind: "source", name: layout.view.source, suggestion: nil)
        }
        return Ingestion(
            project: project, catalog: catalog, layout: layout, source: source, errorPolicy: policy, progress: progress)
    }

    /// Moves the view's hot log to segments, merges those that are many of a size, and removes files that only snapshots
    /// older than `keep` need. Others may read and push meanwhile.
    ///
    /// - Parameter isFull: merge all segments into one.
    public func compact(
        _ view: String, keeping keep: TimeSpan, isFull: Bool = false, progress: RowProgress? = nil
    ) throws -> CompactionSummary {
        let lock = try lockForWriting()
        return try withExtendedLifetime(lock) {
            let layout = try layout(of: view).layout
            let pushed = try emptyHotLog(of: layout)
            var compaction = Compaction(project: project, catalog: catalog, layout: layout, progress: progress)
            if layout.view.aggregation != nil {
                compaction.lastSequence = try onlineStoreIfPresent()?.state(of: view)?.position
            }
            var summary = try compaction.run(keeping: keep, isFull: isFull)
            summary.rowsPushed = pushed.rows
            return summary
        }
    }

    /// Moves a view's hot log to segments, once all of it is online.
    private func emptyHotLog(of layout: ViewLayout) throws -> HotLogCompaction.Summary {
        let lock = try WriterLock(path: project.hotLogLockPath, waits: true)
        return try withExtendedLifetime(lock) {
            if try catalog.hotLogSize(of: layout.view.name).batches > 0 { try pusher().bringOnline() }
            var compaction = HotLogCompaction(project: project, catalog: catalog, layout: layout) {
                try OnlineStore(path: self.project.onlineFolder).sync()
            }
            compaction.lastSequence = try pushesOnline(of: layout)
            return try compaction.run(now: clock())
        }
    }

    /// A view's history at `mark` (at this moment by default), segments and pushes alike, in order of arrival.
    func history(of layout: ViewLayout, at mark: HistoryMark? = nil) throws -> [HistoryPart] {
        try History(layout: layout, folder: project.offlineFolder(of: layout.view.name)).open {
            try catalog.listing(of: layout.view.name, at: mark)
        }
    }
}
