import Columnar

/// The rows of a history that are events, key by key, and of each key in the order of (event time, created, arrival).
struct EventRows: Sendable {
    /// Each once, ascending.
    let keys: EncodedKeys
    /// Of each key the first of its rows, and their number at the end.
    let firstRows: [Int]
    /// In order.
    let rows: [ChosenRow]
    let events: [Int64]
    /// Int64.min where it is not known.
    let created: [Int64]

    /// - Parameters:
    ///   - range: only keys of it, which `plan` has made.
    ///   - isLeftOut: whether rows of pushes of this sequence are not taken; asked of segments that say it of each row.
    init(
        of parts: [HistoryPart], layout: ViewLayout, in range: (plan: KeyRangePlan, keys: KeyRangePlan.KeyRange)? = nil,
        leavingOut isLeftOut: ((Int64) -> Bool)? = nil, progress: RowProgress? = nil
    ) throws(DataError) {
        var found = FoundEvents(layout: layout)
        for (number, part) in parts.enumerated() {
            let blocks = range.map { $0.plan.blocks(of: number, in: $0.keys) } ?? 0..<part.blockCount
            try found.collect(part, blocks, number: number, range?.keys ?? .all, isLeftOut, progress)
        }
        let ordered = found.ordered()
        keys = ordered.keys
        firstRows = ordered.firstRows
        rows = ordered.places.map { found.rows[$0] }
        events = ordered.places.map { found.events[$0] }
        created = ordered.places.map { found.created[$0] }
    }

    /// A stored column of all rows.
    func gather(_ feature: Feature, of parts: [HistoryPart]) throws(DataError) -> Column {
        let selected = SelectedRows(rows, partCount: parts.count) { Int32($0) }
        return try selected.gather(feature.type.dataType, count: rows.count) { (number, block) throws(DataError) in
            try parts[number].blockColumn(of: feature, block: block)
        } release: { number, blocks in
            parts[number].release(feature, blocks: blocks)
        }
    }
}

/// Rows in the order of parts, and which of them have one key.
private struct FoundEvents {
    private let layout: ViewLayout
    /// A key's rows in one block.
    private struct Run {
        var part: Int
        /// In `rows`.
        var range: Range<Int>
    }
    private var keys: [EncodedKeys] = []
    private var runs: [Run] = []
    private(set) var rows: [ChosenRow] = []
    private(set) var events: [Int64] = []
    private(set) var created: [Int64] = []

    init(layout: ViewLayout) { self.layout = layout }

    mutating func collect(
        _ part: HistoryPart, _ blocks: Range<Int>, number: Int, _ range: KeyRangePlan.KeyRange,
        _ isLeftOut: ((Int64) -> Bool)?, _ progress: RowProgress?
    ) throws(DataError) {
        for block in blocks {
            try Cancellation.check()
            let found = try part.keyRuns(of: block)
            let wanted = found.runs(in: range)
            guard !wanted.isEmpty else { continue }
            progress?.advance(
                by: found.rows(of: wanted.upperBound - 1).upperBound - found.rows(of: wanted.lowerBound).lowerBound)
            let sequences = try isLeftOut == nil ? nil : part.pushedSequences(of: block)
            let eventColumn = try part.events(of: block)
            let createdColumn = layout.hasCreated ? try part.created(of: block) : nil
            var kept: [Int] = []
            withExtendedLifetime((eventColumn, createdColumn, sequences)) {
                let times = eventColumn?.elements(as: Int64.self)
                let known = createdColumn?.elements(as: Int64.self)
                let pushed = sequences?.elements(as: Int64.self)
                for run in wanted {
                    let start = rows.count
                    for row in found.rows(of: run) {
                        if let pushed, let isLeftOut, isLeftOut(pushed[row]) { continue }
                        rows.append(ChosenRow(block: .init(part: number, block: block), row: row))
                        events.append(times?[row] ?? .min)
                        created.append(createdColumn?.isNull(row) ?? true ? .min : known?[row] ?? .min)
                    }
                    guard rows.count > start else { continue }
                    kept.append(run)
                    runs.append(Run(part: number, range: start..<rows.count))
                }
            }
            part.releaseTimes(of: block..<block + 1)
            guard !kept.isEmpty else { continue }
            keys.append(kept.count == found.count ? found.keys : found.keys.taking(kept))
        }
    }

    /// All rows, key by key.
    func ordered() -> (keys: EncodedKeys, firstRows: [Int], places: [Int]) {
        let all = EncodedKeys.concatenating(keys)
        var order = RowOrder(count: all.count)
        let ranks = all.ranks()
        return withExtendedLifetime(ranks) {
            let words = ranks.elements(as: UInt64.self)
            order.sort(by: words)
            var distinct: [Int] = []
            var firstRows: [Int] = []
            var places: [Int] = []
            places.reserveCapacity(rows.count)
            var parts = (first: -1, areSeveral: false)
            for run in order.rows {
                let place = Int(run)
                if distinct.isEmpty || words[place] != words[distinct[distinct.count - 1]] {
                    if parts.areSeveral { sort(&places, from: firstRows[firstRows.count - 1]) }
                    parts = (runs[place].part, false)
                    distinct.append(place)
                    firstRows.append(places.count)
                }
                if runs[place].part != parts.first { parts.areSeveral = true }
                places.append(contentsOf: runs[place].range)
            }
            if parts.areSeveral { sort(&places, from: firstRows[firstRows.count - 1]) }
            return (all.taking(distinct), firstRows + [places.count], places)
        }
    }

    /// Sorts a key's rows, which are in order of arrival and sorted within each part.
    private func sort(_ places: inout [Int], from start: Int) {
        places[start...].sort { a, b in
            (events[a], created[a], a) < (events[b], created[b], b)
        }
    }
}

extension HistoryPart {
    /// By which pushes a block's rows came; nil where rows do not say.
    fileprivate func pushedSequences(of block: Int) throws(DataError) -> Column? {
        guard case .segment(let file) = self, file.record.pushedSince != nil else { return nil }
        return try file.pushedSequences(of: block)
    }
}
