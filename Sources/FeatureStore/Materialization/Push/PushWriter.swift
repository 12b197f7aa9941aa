import Columnar

/// Commits batches to the hot log and to the online store: both, or neither.
///
/// The order of locks is the online store's, then the catalog's, each held by one process at a time; neither is the
/// project's writer lock, so pushes go on while something is ingested or compacted. In it, the order of events:
///
/// 1. Rows are appended to the hot log and written to the online store, each in an open transaction.
/// 2. Disk space for the online store's commit is set aside. What fails up to here undoes both.
/// 3. The catalog commits. Now the rows are durable; a crash from here on is made good by the next `HotLogReplay`.
/// 4. The online store commits rows and position; a power cut may undo the last such commit, and the log makes it good.
///
/// Not thread-safe; `Pusher` sees to that.
final class PushWriter {
    /// How long a batch's id is kept, so that the batch may be pushed again without effect.
    static let idsKept = TimeSpan.seconds(7 * 86_400)

    private let catalog: Catalog
    private let online: OnlineStore
    private let clock: @Sendable () -> Timestamp
    private var version: Int64 = 0
    private(set) var definitions = Definitions()
    /// Views whose features' types the catalog has noted as stored, under this version of the definitions.
    private var notedViews: Set<String> = []

    /// What became of a batch.
    enum Outcome {
        case done(PushSummary)
        case failed(any Error)
        /// The view's definition has changed since the batch was checked.
        case outdated
        /// Rows of the batch were taken already: the stream's partitions have come to these positions.
        case overlapping([String: Int64])
    }

    /// - Parameter clock: what the time is; tests have their own.
    init(catalog: Catalog, online: OnlineStore, clock: @escaping @Sendable () -> Timestamp = { .now }) throws {
        self.catalog = catalog
        self.online = online
        self.clock = clock
        try readDefinitions()
    }

    /// Reads the definitions in force, if they have changed; returns whether they have.
    @discardableResult
    func readDefinitions() throws -> Bool {
        guard try catalog.definitionsVersion() != version else { return false }
        guard let applied = try catalog.appliedDefinitions() else { return false }
        (version, definitions) = applied
        notedViews = []
        return true
    }

    /// Commits the batches, all in one transaction, in their order.
    ///
    /// - Throws: what kept the transaction from being committed; nothing is stored then.
    func commit(_ batches: [PushedBatch]) throws -> [Outcome] {
        var logged: Logged?
        let views = Array(Set(batches.map(\.target.name))).sorted()
        do {
            let bytes = batches.reduce(0) { $0 + $1.payload.count }
            try online.transaction(on: views, expecting: bytes, durable: .withNext) { transaction in
                if let logged {
                    // The map had to grow between the two commits.
                    try replay(logged, in: transaction)
                    return
                }
                logged = try catalog.database.transaction {
                    var logged = Logged(now: clock())
                    try append(batches, to: &logged)
                    CrashPoint.reach(.pushAppended)
                    try replay(logged, in: transaction)
                    try transaction.reserveDiskSpace()
                    CrashPoint.reach(.pushWritten)
                    return logged
                }
                notedViews.formUnion(logged?.targets.keys ?? [:].keys)
                CrashPoint.reach(.pushLogged)
            }
        } catch  where logged != nil {
            throw StoreError.storedNotOnline(reason: "\(error)")
        }
        CrashPoint.reach(.pushOnline)
        return logged?.outcomes ?? []
    }

    /// Batches in the hot log.
    private struct Logged {
        var outcomes: [Outcome] = []
        /// The rows that were appended, by view and sequence; a view with repeated batches only has none.
        var rows: [String: [Int64: Table]] = [:]
        var targets: [String: PushTarget] = [:]
        let now: Timestamp
    }

    private func append(_ batches: [PushedBatch], to logged: inout Logged) throws {
        try readDefinitions()
        for batch in batches { logged.outcomes.append(try append(batch, to: &logged)) }
        let horizon = logged.now.microseconds - Self.idsKept.microseconds
        try catalog.forgetPushIDs(before: Timestamp(microseconds: horizon))
    }

    private func append(_ batch: PushedBatch, to logged: inout Logged) throws -> Outcome {
        let name = batch.target.name
        let target: PushTarget
        do { target = try PushTarget(name, in: definitions) } catch { return .failed(error) }
        guard target == batch.target else { return .outdated }
        if let advance = batch.advance {
            let stored = try catalog.streamPositions(of: name, stream: advance.stream, in: advance.ends.keys)
            if advance.overlaps(stored) {
                logged.targets[name] = target
                return .overlapping(stored)
            }
        }
        if !notedViews.contains(name), logged.targets[name] == nil {
            try catalog.noteStoredFeatures(of: target.layout.view)
        }
        var summary = PushSummary(view: name)
        summary.batchID = batch.id
        summary.rows = batch.rows.rowCount
        let given = batch.rows(pushedAt: logged.now)
        let barred = try catalog.barredKeys(of: target.layout)
        let rows = try barred.without(given)
        summary.rowsBarred = given.rowCount - rows.rowCount
        let payload = summary.rowsBarred == 0 ? batch.payload : PackedTable.pack(try barred.without(batch.rows))
        let waits = AvailabilityRule(target.layout).waiting(in: rows, layout: target.layout, at: logged.now)
        let record = HotBatch(sequence: 0, pushedAt: logged.now, rows: rows.rowCount, waits: waits)
        // A batch of a known id is as good as online only when the log's end is.
        logged.targets[name] = target
        if let advance = batch.advance {
            for (partition, end) in advance.ends {
                try catalog.moveStream(
                    of: name, stream: advance.stream, partition: partition, to: end,
                    rows: advance.rowCounts[partition] ?? 0, at: logged.now)
            }
            if batch.rows.rowCount == 0 { return .done(summary) }
        }
        switch try catalog.append(record, payload: payload, to: name, id: batch.id, rowsGiven: summary.rows) {
        case .repeated(let sequence, let known):
            guard known == summary.rows else {
                return .failed(StoreError.otherBatch(id: batch.id ?? "", view: name, rows: known, given: summary.rows))
            }
            summary.isRepeated = true
            summary.sequence = sequence
        case .stored(let sequence):
            summary.sequence = sequence
            if waits != nil { summary.rowsWaiting = target.rowsWaiting(of: rows, at: logged.now) }
            logged.rows[name, default: [:]][sequence] = rows
        }
        return .done(summary)
    }

    private func replay(_ logged: Logged, in transaction: OnlineTransaction) throws {
        for (name, target) in logged.targets {
            try HotLogReplay(catalog: catalog, target: target, known: logged.rows[name] ?? [:])
                .run(in: transaction, now: logged.now)
        }
    }

    /// Puts online what the hot log holds and a crash, or its time, has kept from there.
    func bringOnline(_ view: String) throws {
        try readDefinitions()
        // Rows of a view that is no longer defined stay where they are.
        guard let target = try? PushTarget(view, in: definitions) else { return }
        let now = clock()
        guard try catalog.hasPushesToReplay(of: view, after: try online.state(of: view), now: now) else { return }
        try online.transaction(on: [view], durable: .withNext) { transaction in
            try HotLogReplay(catalog: catalog, target: target).run(in: transaction, now: now)
        }
    }

    /// Does so for every view.
    func bringAllOnline() throws {
        for view in try catalog.hotViews() { try bringOnline(view) }
    }

    func hotLogSize(of view: String) throws -> HotLogSize { try catalog.hotLogSize(of: view) }
}

extension PushTarget {
    fileprivate func rowsWaiting(of rows: Table, at now: Timestamp) -> Int {
        guard let eventIndex = layout.eventIndex else { return 0 }
        let rule = AvailabilityRule(layout)
        let events = rows.columns[eventIndex].elements(as: Int64.self)
        let created = layout.createdIndex.map { rows.columns[$0].elements(as: Int64.self) }
        return withExtendedLifetime(rows) {
            (0..<rows.rowCount).count { rule.time(event: events[$0], created: created?[$0]) > now.microseconds }
        }
    }
}

extension Catalog {
    /// Whether the log holds rows of `view` that are not online and could be.
    func hasPushesToReplay(of view: String, after state: ViewState?, now: Timestamp) throws -> Bool {
        let reached = state?.hotPosition ?? 0
        if try !hotBatches(of: view, in: reached + 1...Int64.max).isEmpty { return true }
        return try !hotBatches(of: view, waitingFrom: state?.caughtUp ?? .distantPast, to: now).isEmpty
    }
}
