import Columnar
import Foundation
import Synchronization

/// Pushes rows from any number of threads at once; threads that push at the same time share a commit.
///
/// When `push` returns, the rows are durable, in training sets, and online. No lock of the project is needed: pushes go on
/// while another process ingests, compacts or materializes. Definitions that are applied meanwhile take effect.
///
/// ```swift
/// let pusher = try store.pusher()
/// try pusher.push("driver_stats", table: rows, batchID: "trips-2024-05-01-17")
/// ```
public final class Pusher: Sendable {
    /// From here on the rows of a view leave the hot log for a segment, in the middle of pushes.
    struct HotLogLimit: Sendable {
        var batches = 50_000
        var bytes = 64 << 20
    }

    private let project: Project
    private let commits: GroupCommit<Request, Outcome>
    private let state: Shared
    private let limit: HotLogLimit
    private let clock: @Sendable () -> Timestamp

    private enum Request: Sendable {
        case push(PushedBatch)
        /// Put online what the hot log holds and a crash, or its time, has kept from there.
        case bringOnline
        case readDefinitions
    }

    private enum Outcome: Sendable {
        case pushed(PushSummary)
        case failed(any Error)
        case outdated
        case overlapping([String: Int64])
        case done
    }

    /// What the thread that commits tells the others.
    private final class Shared: Sendable {
        let definitions = Mutex(Definitions())
        /// Views whose hot log is too long.
        let longLogs = Mutex<Set<String>>([])
    }

    /// How long a push waits for another process's commit; a slow disk is no error.
    private static let patienceMilliseconds: Int32 = 120_000
    /// Packed bytes of a commit.
    private static let maximumGroupBytes = 32 << 20

    /// Opens the project's stores, and puts online what an earlier process has left in the hot log.
    init(
        _ project: Project, limit: HotLogLimit = HotLogLimit(), clock: @escaping @Sendable () -> Timestamp = { .now }
    ) throws {
        self.project = project
        self.limit = limit
        self.clock = clock
        let shared = Shared()
        state = shared
        let writer = try PushWriter(
            catalog: try Catalog(
                path: project.catalogPath, isReadOnly: false, patienceMilliseconds: Self.patienceMilliseconds),
            online: try OnlineStore(path: project.onlineFolder), clock: clock)
        shared.definitions.withLock { $0 = writer.definitions }
        // Used by the thread that commits, and one does at a time.
        nonisolated(unsafe) let committing = writer
        commits = GroupCommit(
            maximumWeight: Self.maximumGroupBytes,
            weight: { if case .push(let batch) = $0 { batch.payload.count } else { 0 } },
            work: { requests in
                // One thread may be told to stop, and commits for others.
                let outcomes = Cancellation.ignored { Self.work(requests, committing, limit, shared) }
                shared.definitions.withLock { $0 = committing.definitions }
                return outcomes
            })
        try bringOnline()
    }

    /// The definitions by which pushes are checked now.
    package var definitions: Definitions { state.definitions.withLock { $0 } }

    /// Reads the definitions in force, if they are others by now.
    package func bringDefinitionsUpToDate() throws {
        if case .failed(let failure) = commits.submit(.readDefinitions) { throw failure }
    }

    /// Pushes the rows of `table` into a view, all or nothing.
    ///
    /// - Parameters:
    ///   - table: the columns of the view's source; where that declares `created`, the column may be missing, or null, and
    ///     the row became known by the push.
    ///   - origin: how messages name the table.
    ///   - batchID: a batch of an id that was pushed before, in the last seven days, is acknowledged and changes nothing.
    /// - Throws: `DataError` naming row and column, `StoreError`, or what kept a store from being written. Nothing is
    ///   stored then, unless the error is `StoreError.storedNotOnline`.
    @discardableResult
    public func push(
        _ view: String, table: Table, origin: String = "rows", batchID: String? = nil
    ) throws -> PushSummary {
        try push(to: view) { target in
            let batch = try PushedBatch(table, origin: origin, for: target, id: batchID)
            return batch.rows.rowCount > 0 ? batch : nil
        }
    }

    /// Pushes those rows of `table` into a view that a stream has not brought before, all or nothing, and moves the stream's
    /// positions with them.
    ///
    /// - Parameter stream: the columns of `table` that tell where each row stands in the stream.
    /// - Throws: as without a stream.
    @discardableResult
    public func push(
        _ view: String, table: Table, origin: String = "rows", stream: StreamColumns
    ) throws -> PushSummary {
        try push(view, table: table, origin: origin, places: try stream.places(in: table, origin: origin))
    }

    /// Pushes those rows of `table` into a view that a stream has not brought before; `places` has a place a row.
    @discardableResult
    package func push(
        _ view: String, table: Table, origin: String = "rows", places: StreamPlaces
    ) throws -> PushSummary {
        precondition(places.rowCount == table.rowCount)
        var taken: [String: Int64] = [:]
        var repeated = 0
        var summary = try push(
            to: view,
            by: { target in
                let (rows, advance) = places.remainder(after: taken)
                repeated = table.rowCount - rows.count
                if advance.ends.isEmpty { return nil }
                if repeated == 0 { return try PushedBatch(table, origin: origin, for: target, advance: advance) }
                do {
                    let remaining = table.taking(rows[...])
                    return try PushedBatch(remaining, origin: origin, for: target, advance: advance)
                } catch var error as DataError {
                    error.row = error.row.map { Int(rows[$0 - 1]) + 1 }
                    throw error
                }
            },
            ifOverlapping: { taken.merge($0) { max($0, $1) } })
        summary.rowsRepeated = repeated
        summary.isRepeated = repeated > 0 && repeated == table.rowCount
        return summary
    }

    /// Pushes the batch that `makeBatch` makes for a target, again if definitions or a stream have changed since.
    ///
    /// - Parameter makeBatch: nil if there is nothing to push.
    private func push(
        to view: String, by makeBatch: (PushTarget) throws -> PushedBatch?,
        ifOverlapping takeNote: ([String: Int64]) -> Void = { _ in }
    ) throws -> PushSummary {
        while true {
            let definitions = state.definitions.withLock { $0 }
            let batch: PushedBatch?
            do {
                batch = try makeBatch(PushTarget(view, in: definitions))
            } catch {
                // The definitions in force may be others by now.
                try bringDefinitionsUpToDate()
                if state.definitions.withLock({ $0 }) == definitions { throw error }
                continue
            }
            guard let batch else { return PushSummary(view: view) }
            switch commits.submit(.push(batch)) {
            case .pushed(let summary):
                shortenLog(of: view)
                return summary
            case .failed(let error): throw error
            case .overlapping(let positions): takeNote(positions)
            case .outdated, .done: continue
            }
        }
    }

    /// Puts online what the hot log holds and is not there: rows that were not available when they were pushed, and those
    /// of a process that was killed. A push does so for its own view.
    public func bringOnline() throws {
        if case .failed(let error) = commits.submit(.bringOnline) { throw error }
    }

    /// Waits until what is online is on disk too, where it would else be a moment later.
    public func sync() throws { try OnlineStore(path: project.onlineFolder).sync() }

    // MARK: - The thread that commits

    private static func work(
        _ requests: [Request], _ writer: PushWriter, _ limit: HotLogLimit, _ shared: Shared
    ) -> [Outcome] {
        var batches: [PushedBatch] = []
        for case .push(let batch) in requests { batches.append(batch) }
        var pushed = commit(batches, writer)[...]
        for view in Set(batches.map(\.target.name)) {
            guard let size = try? writer.hotLogSize(of: view) else { continue }
            if size.batches > limit.batches || size.bytes > limit.bytes {
                _ = shared.longLogs.withLock { $0.insert(view) }
            }
        }
        return requests.map { request in
            do {
                switch request {
                case .push: return pushed.removeFirst()
                case .bringOnline: try writer.bringAllOnline()
                case .readDefinitions: try writer.readDefinitions()
                }
                return .done
            } catch {
                return .failed(error)
            }
        }
    }

    /// Commits all batches at once; where that fails, each alone, so that no batch suffers from another.
    private static func commit(_ batches: [PushedBatch], _ writer: PushWriter) -> [Outcome] {
        if batches.isEmpty { return [] }
        do {
            return try writer.commit(batches).map { outcome in
                switch outcome {
                case .done(let summary): .pushed(summary)
                case .failed(let error): .failed(error)
                case .outdated: .outdated
                case .overlapping(let positions): .overlapping(positions)
                }
            }
        } catch let error as StoreError {
            // They are stored: doing it again would store them twice.
            return batches.map { _ in .failed(error) }
        } catch {
            if batches.count == 1 { return [.failed(error)] }
            return batches.flatMap { commit([$0], writer) }
        }
    }

    // MARK: - The log's length

    /// Moves the view's hot log to a segment if it is long and nobody else does so.
    ///
    /// The push is done; what goes wrong here is left to the next, and to `compact`, which tells it.
    private func shortenLog(of view: String) {
        guard state.longLogs.withLock({ $0.remove(view) }) != nil else { return }
        guard let lock = try? WriterLock(path: project.hotLogLockPath) else { return }
        withExtendedLifetime(lock) {
            let definitions = state.definitions.withLock { $0 }
            guard let target = try? PushTarget(view, in: definitions),
                let catalog = try? Catalog(path: project.catalogPath, isReadOnly: false)
            else { return }
            let compaction = HotLogCompaction(project: project, catalog: catalog, layout: target.layout) {
                try OnlineStore(path: self.project.onlineFolder).sync()
            }
            _ = try? compaction.run(now: clock())
        }
    }
}
