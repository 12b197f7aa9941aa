import Columnar
import Foundation

/// Brings the events of a view with aggregates from its history online, each exactly once.
///
/// It follows the order of arrival: what came since the last run, whatever their event times. Online are all events of
/// sequences up to `ViewState.position`, and of pushes up to `hotPosition`; both are committed with the tiles. Events that
/// have not happened yet, or do not count yet, are kept as they are until they do. So it is always up to the end of history,
/// and a read tells what is asked at its own time; the time of the run says from when on reads are to be told.
///
/// It is one transaction of the online store, as `Materialization` is.
struct TileMaterialization {
    let catalog: Catalog
    let online: OnlineStore
    let target: PushTarget
    let plan: AggregatePlan
    /// In order of arrival.
    let history: [HistoryPart]
    /// When it runs.
    let now: Timestamp
    /// From when on reads are to be told, `now` at the latest: what no window looks back on from there is left out.
    let asOf: Timestamp
    var progress: RowProgress?

    private var layout: ViewLayout { target.layout }

    /// - Parameter isFull: make the view anew from all of its history.
    func run(isFull: Bool) throws -> MaterializationSummary {
        let clock = ContinuousClock.now
        let name = layout.view.name
        var summary = MaterializationSummary(view: name)
        let tiles = TileLayout(plan, availability: layout.view.availability)
        let state = try online.state(of: name)
        let isNew = state == nil
        if !isFull, !isNew, history.allSatisfy({ isOnline($0, state) }) {
            summary.keysOnline = try online.rowCount(of: name)
            return summary
        }
        try online.transaction(on: [name], tilesOf: [name]) { transaction in
            summary.rowsRead = 0
            var state = try transaction.state(of: name) ?? ViewState(updated: now)
            // Read again here: what was pushed meanwhile is online.
            let mode: WriteMode = isFull || isNew ? .replacing : .merging
            if mode == .replacing { (state.position, state.hotPosition, state.windowsBoundary) = (0, 0, nil) }
            let new = history.filter { mode == .replacing || !isOnline($0, state) }
            try refuseMixed(new, state)
            // Batches of the hot log are put online from there, but where all is made anew.
            let parts = mode == .replacing ? new : new.filter { if case .segment = $0 { true } else { false } }
            try write(parts, tiles, mode, &state, &summary, transaction)
            let replay = HotLogReplay(catalog: catalog, target: target)
            try replay.run(in: transaction, now: asOf, takesWaiting: false)
        }
        summary.keysOnline = try online.rowCount(of: name)
        summary.seconds = (ContinuousClock.now - clock).inSeconds
        try catalog.recordRun(
            verb: "materialize", target: name, started: now, rows: summary.keysWritten, bytes: 0)
        return summary
    }

    private func write(
        _ parts: [HistoryPart], _ tiles: TileLayout, _ mode: WriteMode, _ state: inout ViewState,
        _ summary: inout MaterializationSummary, _ transaction: OnlineTransaction
    ) throws {
        summary.rowsRead = parts.reduce(0) { $0 + $1.rowCount }
        progress?.expect(summary.rowsRead)
        let plan = try KeyRangePlan(of: parts)
        var writing = try transaction.beginTiles(target.online, tiles, mode: mode, now: asOf)
        let encoder = try EventEncoder(writing.layout, of: target)
        let reached = max(state.position, state.hotPosition)
        var keys = 0
        try Parallel.ahead(plan.ranges.count) { [layout, progress] number in
            let rows = try EventRows(
                of: parts, layout: layout, in: (plan, plan.ranges[number]), leavingOut: { $0 <= reached },
                progress: progress)
            return try encoder.batch(of: rows, in: parts)
        } consume: { _, batch in
            keys += batch.keys.count
            try writing.put(batch)
        }
        let last = history.last?.sequences.upperBound ?? 0
        if mode == .replacing {
            (state.position, state.hotPosition) = (last, last)
        } else {
            for case .segment(let file) in parts where file.record.pushedSince != nil {
                state.hotPosition = max(state.hotPosition, file.record.sequences.upperBound)
            }
            state.position = max(state.position, self.position(after: state))
        }
        state.updated = now
        try writing.end(state)
        (summary.keys, summary.keysWritten) = (keys, keys)
    }

    /// Up to where all of the history is online, once its segments are.
    private func position(after state: ViewState) -> Int64 {
        var position = state.position
        for part in history where part.sequences.upperBound > position {
            if case .rows = part, part.sequences.upperBound > state.hotPosition { break }
            position = part.sequences.upperBound
        }
        return position
    }

    /// Whether all events of a part are online.
    private func isOnline(_ part: HistoryPart, _ state: ViewState?) -> Bool {
        guard let state else { return false }
        let last = part.sequences.upperBound
        if last <= state.position { return true }
        switch part {
        case .rows: return last <= state.hotPosition
        case .segment(let file): return file.record.pushedSince != nil && last <= state.hotPosition
        }
    }

    /// Compaction keeps segments that are online apart from others; an online store that was put back to an earlier state
    /// may still have a part of one.
    private func refuseMixed(_ parts: [HistoryPart], _ state: ViewState) throws {
        for part in parts {
            guard case .segment(let file) = part, file.record.pushedSince == nil,
                file.record.sequences.lowerBound <= state.position, state.position > 0
            else { continue }
            throw OnlineError(
                "what is online holds some events of a segment and not others, as after it was put back to an earlier "
                    + "state; materialize it again with --full", view: layout.view.name)
        }
    }
}
