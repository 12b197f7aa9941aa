import Columnar

/// Puts what the hot log holds of a view online, in order of arrival and exactly once: right after a push, and after a
/// crash between the two stores.
///
/// It runs in a transaction of the online store, whose lock all that push wait for. So what `ViewState.hotPosition` says
/// cannot change meanwhile, and rows that another process has logged and not yet put online are put there as well.
struct HotLogReplay {
    let catalog: Catalog
    let target: PushTarget
    /// Rows of batches that the caller holds, by sequence; others are read from the log.
    var known: [Int64: Table] = [:]

    /// Brings the view up to the log's end, and rows that waited and are available at `now`.
    ///
    /// - Parameter takesWaiting: whether to look for rows that waited.
    func run(in transaction: OnlineTransaction, now: Timestamp, takesWaiting: Bool = true) throws {
        let name = target.name
        if let plan = target.aggregates { return try addEvents(plan, in: transaction, now: now) }
        var state = try transaction.state(of: name) ?? ViewState(updated: now)
        let new = try catalog.hotBatches(of: name, in: state.hotPosition + 1...Int64.max)
        var waited: [HotBatch] = []
        if takesWaiting {
            waited = try catalog.hotBatches(of: name, waitingFrom: state.caughtUp, to: now)
                .filter { $0.sequence <= state.hotPosition }
        }
        guard !new.isEmpty || !waited.isEmpty else { return }
        let batches = waited + new
        let parts = try parts(of: batches)
        let latest = try LatestRows(
            of: parts, layout: target.layout, bounds: .init(time: max(now, new.last?.pushedAt ?? now), earliest: nil))
        if let last = new.last { state.hotPosition = last.sequence }
        if takesWaiting { state.caughtUp = now }
        state.position = try position(state.position, after: batches, waited: !waited.isEmpty, now: now)
        state.updated = now
        _ = try transaction.write(
            try OnlineBatch(latest, of: parts, layout: target.layout), to: target.online, state: state)
    }

    /// Adds the events of new batches. Those that do not count yet are kept online until they do, and wait for nothing here.
    ///
    /// Nothing is done where nothing of a history that has segments is online, or pushes that are not have left the log, as
    /// where an online store was put back to an earlier state: a materialization brings all in order.
    private func addEvents(_ plan: AggregatePlan, in transaction: OnlineTransaction, now: Timestamp) throws {
        let known = try transaction.state(of: target.name)
        let segments = try catalog.segments(of: target.name)
        if known == nil, !segments.isEmpty { return }
        let reached = max(known?.position ?? 0, known?.hotPosition ?? 0)
        if segments.contains(where: { $0.pushedSince != nil && $0.sequences.upperBound > reached }) { return }
        var state = known ?? ViewState(updated: now)
        let new = try catalog.hotBatches(of: target.name, in: state.hotPosition + 1...Int64.max)
        guard let last = new.last else { return }
        let parts = try parts(of: new)
        var writing = try transaction.beginTiles(
            target.online, TileLayout(plan, availability: target.layout.view.availability), mode: .merging, now: now)
        let rows = try EventRows(of: parts, layout: target.layout)
        try writing.put(try EventEncoder(writing.layout, of: target).batch(of: rows, in: parts))
        state.hotPosition = last.sequence
        for batch in new where batch.sequence == state.position + 1 { state.position += 1 }
        state.updated = now
        try writing.end(state)
    }

    /// The batches as parts of history. Those that no other commit divides are one part.
    private func parts(of batches: [HotBatch]) throws -> [HistoryPart] {
        var parts: [HistoryPart] = []
        var start = 0
        while start < batches.count {
            var end = start + 1
            while end < batches.count, batches[end].sequence == batches[end - 1].sequence + 1 { end += 1 }
            let tables = try batches[start..<end].map { try table(of: $0) }
            parts.append(
                .rows(
                    SortedRows(
                        sorting: .concatenating(tables, fields: target.layout.fields),
                        sequences: batches[start].sequence...batches[end - 1].sequence, layout: target.layout)))
            start = end
        }
        return parts
    }

    private func table(of batch: HotBatch) throws -> Table {
        if let table = known[batch.sequence] { return table }
        return try PushedRows.table(
            of: batch, payload: try catalog.payload(of: batch, view: target.name), layout: target.layout)
    }

    /// Up to where all of the history is online, now that `batches` are.
    private func position(
        _ start: Int64, after batches: [HotBatch], waited: Bool, now: Timestamp
    ) throws -> Int64 {
        func isComplete(_ batch: HotBatch) -> Bool { batch.waits.map { $0.upperBound <= now } ?? true }
        var position = start
        for batch in batches where batch.sequence == position + 1 && isComplete(batch) { position += 1 }
        // Batches that came after one that waited were complete, and stood behind it.
        while waited, let next = try catalog.hotBatches(of: target.name, in: position + 1...position + 1).first,
            isComplete(next)
        {
            position += 1
        }
        return position
    }
}
