import Columnar

/// The row of each key that is newest at a time: what the online store should hold.
///
/// Newest by (event time, created, order of arrival) among the rows that are available at the time, as the
/// point-in-time join would choose for an entity row at that time with no ttl.
struct LatestRows: Sendable {
    /// Different keys in ascending order.
    let keys: EncodedKeys
    /// For each key, its place in `keys` and its row.
    let selected: SelectedRows
    /// For each key, the last sequence of the part that its row comes from.
    let sequences: [Int64]

    /// Which rows count.
    struct Bounds {
        /// Rows are taken as of this time: later events, and what was not available then, are left out.
        var time: Timestamp
        /// Older events are left out; nil for none.
        var earliest: Timestamp?
    }

    /// - Parameter range: only keys of it, which `plan` has made.
    init(
        of parts: [HistoryPart], layout: ViewLayout, bounds: Bounds,
        in range: (plan: KeyRangePlan, keys: KeyRangePlan.KeyRange)? = nil, progress: RowProgress? = nil
    ) throws(DataError) {
        var candidates = Candidates(layout: layout, bounds: bounds)
        for (number, part) in parts.enumerated() {
            let blocks = range.map { $0.plan.blocks(of: number, in: $0.keys) } ?? 0..<part.blockCount
            try candidates.collect(part, blocks, number: number, range?.keys ?? .all, progress)
        }
        let all = EncodedKeys.concatenating(candidates.keys)
        let places: [Int] = parts.count == 1 ? Array(0..<all.count) : candidates.newest(among: all)
        keys = parts.count == 1 ? all : all.taking(places)
        selected = SelectedRows(places.map { candidates.rows[$0] }, partCount: parts.count) {
            Int32($0)
        }
        sequences = places.map { parts[candidates.rows[$0].part].sequences.upperBound }
    }
}

/// The newest row of each run, part by part.
private struct Candidates {
    private let layout: ViewLayout
    private let latest: Int64
    /// When a row must have become known at the latest, if that is what makes it available.
    private let latestKnown: Int64?
    private let earliest: Int64
    private(set) var keys: [EncodedKeys] = []
    private(set) var rows: [ChosenRow] = []
    private var events: [Int64] = []
    private var created: [Int64] = []

    init(layout: ViewLayout, bounds: LatestRows.Bounds) {
        self.layout = layout
        latestKnown = layout.view.availability == .created ? bounds.time.microseconds : nil
        earliest = bounds.earliest?.microseconds ?? .min
        if case .delayed(let delay) = layout.view.availability {
            latest = bounds.time.microseconds - delay.microseconds
        } else {
            latest = bounds.time.microseconds
        }
    }

    mutating func collect(
        _ part: HistoryPart, _ blocks: Range<Int>, number: Int, _ range: KeyRangePlan.KeyRange, _ progress: RowProgress?
    ) throws(DataError) {
        var last: EncodedKeys?
        for block in blocks {
            try Cancellation.check()
            let runs = try part.keyRuns(of: block)
            let wanted = runs.runs(in: range)
            guard !wanted.isEmpty else { continue }
            progress?.advance(
                by: runs.rows(of: wanted.upperBound - 1).upperBound - runs.rows(of: wanted.lowerBound).lowerBound)
            let eventColumn = try part.events(of: block)
            let createdColumn = layout.hasCreated ? try part.created(of: block) : nil
            var kept: [Int] = []
            withExtendedLifetime((eventColumn, createdColumn)) {
                let blockEvents = eventColumn?.elements(as: Int64.self)
                let blockCreated = createdColumn?.elements(as: Int64.self)
                for run in wanted {
                    guard let row = newestRow(runs.rows(of: run), blockEvents, blockCreated) else { continue }
                    // A key that goes on from the block before: its rows here are newer.
                    if kept.isEmpty, let last, last.compare(last.count - 1, with: runs.keys, run) == 0 { dropLast() }
                    kept.append(run)
                    rows.append(ChosenRow(block: .init(part: number, block: block), row: row))
                    events.append(blockEvents?[row] ?? .min)
                    created.append(blockCreated?[row] ?? .min)
                }
            }
            guard !kept.isEmpty else { continue }
            let keptKeys = kept.count == runs.count ? runs.keys : runs.keys.taking(kept)
            keys.append(keptKeys)
            last = keptKeys
        }
    }

    /// The last row in order of time that is available; rows of a run ascend by (event time, created).
    private func newestRow(
        _ rows: Range<Int>, _ events: UnsafeBufferPointer<Int64>?, _ created: UnsafeBufferPointer<Int64>?
    ) -> Int? {
        guard let events else { return rows.last }
        var row = rows.upperBound - 1
        while row >= rows.lowerBound, events[row] >= earliest {
            let isKnown = latestKnown.flatMap { limit in created.map { $0[row] <= limit } } ?? true
            if events[row] <= latest, isKnown { return row }
            row -= 1
        }
        return nil
    }

    /// Takes back the last candidate.
    private mutating func dropLast() {
        let last = keys.removeLast()
        if last.count > 1 { keys.append(last.taking(Array(0..<last.count - 1))) }
        rows.removeLast()
        events.removeLast()
        created.removeLast()
    }

    /// For each different key, ascending, the place of its greatest candidate; `all` holds the candidates' keys.
    func newest(among all: EncodedKeys) -> [Int] {
        var order = RowOrder(count: all.count)
        let ranks = all.ranks()
        return withExtendedLifetime(ranks) {
            let words = ranks.elements(as: UInt64.self)
            order.sort(by: words)
            var places: [Int] = []
            var previous: UInt64?
            for row in order.rows {
                let place = Int(row)
                if words[place] == previous, let best = places.last {
                    // The sort is stable, so `place` arrived later and wins a tie.
                    if (events[place], created[place]) >= (events[best], created[best]) {
                        places[places.count - 1] = place
                    }
                } else {
                    places.append(place)
                }
                previous = words[place]
            }
            return places
        }
    }
}
