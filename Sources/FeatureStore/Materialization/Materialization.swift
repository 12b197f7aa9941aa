import Columnar
import Foundation

/// What a materialization of one view did.
public struct MaterializationSummary: Hashable, Sendable, Codable {
    public var view: String
    /// Rows of history that were looked through.
    public var rowsRead = 0
    /// Different keys among them.
    public var keys = 0
    /// Keys whose online row was written; the others hold a newer one.
    public var keysWritten = 0
    /// Keys online afterwards.
    public var keysOnline = 0
    public var seconds = 0.0

    public init(view: String) { self.view = view }
}

/// Brings the newest row of each key from a view's history to the online store.
///
/// It follows the order of arrival: what came since the last run, whatever their event times. Rows that are not
/// available yet hold the sequence back, so that a later run looks at their part of history again.
///
/// All of it is one transaction of the online store: readers see a view as of one run, never a mixture of two, a full
/// rebuild never has fewer rows, and a run that is killed has changed nothing and is simply run again. In memory are a few
/// ranges of keys, and LMDB's changed pages, of which it writes all beyond 512 MB to the file before the commit.
struct Materialization {
    let catalog: Catalog
    let online: OnlineStore
    let view: OnlineView
    let layout: ViewLayout
    /// In order of arrival.
    let history: [HistoryPart]
    let replay: HotLogReplay
    var progress: RowProgress?

    /// - Parameters:
    ///   - earliest: older events are left out; nil for none.
    ///   - time: the time as of which rows are newest; later ones wait.
    ///   - isFull: rebuild the view from all of its history.
    func run(from earliest: Timestamp?, to time: Timestamp, isFull: Bool) throws -> MaterializationSummary {
        let clock = ContinuousClock.now
        let started = Timestamp.now
        let name = layout.view.name
        var summary = MaterializationSummary(view: name)
        let state = try online.state(of: name)
        let reached = isFull ? 0 : state?.position ?? 0
        let new = history.filter { $0.sequences.upperBound > reached }
        if new.isEmpty && !isFull && state != nil {
            summary.keysOnline = try online.rowCount(of: name)
            return summary
        }
        summary.rowsRead = new.reduce(0) { $0 + $1.rowCount }
        let bounds = LatestRows.Bounds(time: time, earliest: earliest)
        let plan = try KeyRangePlan(of: new)
        let sequence = sequenceReached(through: new, from: reached, at: time)
        let (keys, written) = try online.transaction(on: [name]) { transaction in
            progress?.expect(summary.rowsRead)
            var state = try transaction.state(of: name) ?? ViewState(updated: started)
            state.updated = started
            if isFull {
                state.position = sequence
                state.hotPosition = history.last?.sequences.upperBound ?? 0
                state.caughtUp = time
                state.earliest = earliest
            } else {
                state.position = max(state.position, sequence)
                if let earliest { state.earliest = max(state.earliest ?? earliest, earliest) }
            }
            var writing = try transaction.begin(view, mode: isFull ? .replacing : .merging)
            var keys = 0
            try Parallel.ahead(plan.ranges.count) { [layout, progress] number in
                let latest = try LatestRows(
                    of: new, layout: layout, bounds: bounds, in: (plan, plan.ranges[number]), progress: progress)
                return try OnlineBatch(latest, of: new, layout: layout)
            } consume: { _, batch in
                keys += batch.keys.count
                try writing.put(batch)
            }
            try writing.end(state)
            // What was pushed since the history was read, and replaced or never put online.
            try replay.run(in: transaction, now: .now, takesWaiting: false)
            return (keys, writing.summary.written)
        }
        (summary.keys, summary.keysWritten) = (keys, written)
        summary.keysOnline = try online.rowCount(of: name)
        summary.seconds = (ContinuousClock.now - clock).inSeconds
        try catalog.recordRun(
            verb: "materialize", target: name, started: started, rows: summary.keysWritten, bytes: 0)
        return summary
    }

    /// Up to where nothing waits: before the first part that holds rows of after `time`.
    private func sequenceReached(through new: [HistoryPart], from reached: Int64, at time: Timestamp) -> Int64 {
        var sequence = reached
        let delay: Int64
        if case .delayed(let span) = layout.view.availability { delay = span.microseconds } else { delay = 0 }
        for part in new {
            if part.eventTimes?.upperBound ?? .min > time.microseconds - delay { return sequence }
            if layout.view.availability == .created, part.latestCreated ?? .min > time.microseconds {
                return sequence
            }
            sequence = part.sequences.upperBound
        }
        return sequence
    }
}

extension OnlineBatch {
    /// The selected rows of history, gathered column by column on the cores.
    init(_ latest: LatestRows, of parts: [HistoryPart], layout: ViewLayout) throws(DataError) {
        let count = latest.keys.count
        let columns =
            Array(layout.requiredIndices.upperBound..<layout.featureIndices.upperBound)
            + [layout.eventIndex, layout.createdIndex].compactMap { $0 }
        let gathered = try Parallel.tryMap(columns) { index throws(DataError) in
            let feature =
                layout.featureIndices.contains(index)
                ? layout.features[index - layout.featureIndices.lowerBound] : nil
            return try latest.selected.gather(layout.fields[index].type, count: count) {
                (number, block) throws(DataError) in
                let part = parts[number]
                if let feature { return try part.blockColumn(of: feature, block: block) }
                if index == layout.eventIndex { return try part.events(of: block).map(BlockColumn.whole) }
                if index == layout.createdIndex { return try part.created(of: block).map(BlockColumn.whole) }
                return try part.ends(of: block).map(BlockColumn.whole)
            } release: { number, blocks in
                if let feature {
                    parts[number].release(feature, blocks: blocks)
                } else {
                    parts[number].releaseTimes(of: blocks)
                }
            }
        }
        let byIndex = Dictionary(zip(columns, gathered), uniquingKeysWith: { first, _ in first })
        self.init(
            keys: latest.keys, events: layout.eventIndex.flatMap { byIndex[$0] },
            created: layout.createdIndex.flatMap { byIndex[$0] }, sequences: latest.sequences,
            features: (Array(layout.featureIndices) + [layout.endIndex].compactMap(\.self)).compactMap { byIndex[$0] })
    }
}
