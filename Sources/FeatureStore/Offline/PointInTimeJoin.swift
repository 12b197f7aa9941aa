import Columnar

/// Which row of history each entity row takes, and why some take none.
struct JoinMatch: Sendable {
    let selected: SelectedRows
    let coverage: Coverage
}

/// The point-in-time join of entity rows with one view's history (DESIGN §4), as a merge of two sorted sides.
///
/// Of the rows with the entity row's key, with `t - ttl <= event time <= t` (both inclusive) and available at `t`, it
/// chooses the greatest by (event time, created, order of arrival). If that row says that it had ended by `t`, nothing
/// holds: an older row does not come back. Complexity: O(keys + rows looked at), where the
/// rows looked at are a galloping search per entity row; feature columns are not touched.
struct PointInTimeJoin {
    private let parts: [HistoryPart]
    private let layout: ViewLayout
    private let order: EntityOrder
    private let ttl: Int64?
    private let delay: Int64
    private let checksCreated: Bool
    private let comparesCreated: Bool

    private var outcomes: [UInt8]
    private var chosen: [ChosenRow]
    /// Event time and created of the chosen row; kept only where parts compete.
    private var chosenEvents: [Int64] = []
    private var chosenCreated: [Int64] = []
    /// When the chosen row ended, `.max` if it did not; kept only for slowly changing views.
    private var chosenEnds: [Int64] = []

    /// Joins the rows of `order` with `parts`, which are in order of arrival.
    static func match(
        _ order: EntityOrder, with parts: [HistoryPart], layout: ViewLayout,
        progress: RowProgress? = nil
    ) throws(DataError) -> JoinMatch {
        var join = PointInTimeJoin(order, parts, layout)
        for part in parts.indices { try join.merge(part, progress) }
        if layout.hasEnd { join.letGoOfEnded() }
        return JoinMatch(
            selected: SelectedRows(join.chosen, blockCounts: parts.map(\.blockCount)) { order.rows[$0] },
            coverage: Coverage(
                view: layout.view.name, outcomes: join.outcomes, keyNull: order.keys.count - order.rows.count))
    }

    private init(_ order: EntityOrder, _ parts: [HistoryPart], _ layout: ViewLayout) {
        self.order = order
        self.parts = parts
        self.layout = layout
        ttl = layout.isTimeless ? nil : layout.view.ttl?.microseconds
        switch layout.view.availability {
        case .delayed(let span): (delay, checksCreated) = (span.microseconds, false)
        case .created: (delay, checksCreated) = (0, true)
        case .event: (delay, checksCreated) = (0, false)
        }
        comparesCreated = parts.count > 1 && layout.hasCreated
        outcomes = [UInt8](repeating: MatchOutcome.keyUnknown.rawValue, count: order.rows.count)
        chosen = [ChosenRow](repeating: .none, count: order.rows.count)
        if parts.count > 1 {
            chosenEvents = [Int64](repeating: .min, count: order.rows.count)
            chosenCreated = [Int64](repeating: .min, count: order.rows.count)
        }
        if layout.hasEnd { chosenEnds = [Int64](repeating: .max, count: order.rows.count) }
    }

    private mutating func merge(_ number: Int, _ progress: RowProgress?) throws(DataError) {
        let part = parts[number]
        var group = 0
        for block in 0..<part.blockCount {
            guard group < order.groupCount else { return }
            try Cancellation.check()
            let runs = try part.keyRuns(of: block)
            progress?.advance(by: part.rowCount(of: block))
            // A key may go on in the next block, so the group of the last match is not left behind.
            let matches = Self.matches(runs, order, from: &group)
            guard !matches.isEmpty else { continue }
            let events = try part.events(of: block)
            let created = checksCreated || comparesCreated ? try part.created(of: block) : nil
            let ends = try part.ends(of: block)
            withExtendedLifetime((events, created)) {
                let history = BlockHistory(
                    number: ChosenRow.Block(part: number, block: block), events: events?.elements(as: Int64.self),
                    created: created?.elements(as: Int64.self), ends: ends)
                for match in matches { choose(runs.rows(of: match.run), match.group, in: history) }
            }
        }
    }

    private struct BlockHistory {
        let number: ChosenRow.Block
        let events: UnsafeBufferPointer<Int64>?
        let created: UnsafeBufferPointer<Int64>?
        let ends: Column?
    }

    /// The runs whose key some entity row has, with that key's group.
    private static func matches(
        _ runs: KeyRuns, _ order: EntityOrder, from group: inout Int
    ) -> [(run: Int, group: Int)] {
        var found: [(run: Int, group: Int)] = []
        var run = 0
        while run < runs.count && group < order.groupCount {
            let comparison = runs.keys.compare(run, with: order.keys, order.representative(of: group))
            if comparison == 0 {
                found.append((run, group))
                run += 1
            } else if comparison < 0 {
                let (target, key) = (order.keys, order.representative(of: group))
                run = gallop(from: run + 1, to: runs.count) { runs.keys.compare($0, with: target, key) < 0 }
            } else {
                let current = run
                group = gallop(from: group + 1, to: order.groupCount) {
                    order.keys.compare(order.representative(of: $0), with: runs.keys, current) < 0
                }
            }
        }
        return found
    }

    /// The first position in `start..<end` where `isBefore` is false; it is true for a prefix. O(log distance).
    @inline(__always)
    private static func gallop(from start: Int, to end: Int, while isBefore: (Int) -> Bool) -> Int {
        var low = start
        var step = 1
        var high = start
        while high < end && isBefore(high) {
            low = high + 1
            high += step
            step *= 2
        }
        high = min(high, end)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Chooses among the rows of one key for each entity row of that key.
    private mutating func choose(_ rows: Range<Int>, _ group: Int, in history: BlockHistory) {
        let slots = Int(order.groupStarts[group])..<Int(order.groupStarts[group + 1])
        guard let events = history.events else {
            for slot in slots { offer(rows.upperBound - 1, to: slot, event: .min, history) }
            return
        }
        var available = history.created.map { AvailableRow(created: $0, rows: rows) }
        var end = rows.lowerBound
        for slot in slots {
            let time = order.times[slot]
            let (limit, overflow) = time.subtractingReportingOverflow(delay)
            let latest = overflow ? Int64.min : limit
            end = Self.gallop(from: end, to: rows.upperBound) { events[$0] <= latest }
            let oldest =
                ttl.map { time.subtractingReportingOverflow($0) }.map { $0.overflow ? .min : $0.partialValue }
                ?? .min
            var candidate: Int? = end > rows.lowerBound ? end - 1 : nil
            if checksCreated, candidate != nil, available != nil {
                candidate = available!.last(before: end, knownAt: time)
            }
            if let candidate, events[candidate] >= oldest {
                offer(candidate, to: slot, event: events[candidate], history)
            } else {
                note(outcome(rows, end, events, time: time, oldest: oldest), at: slot)
            }
        }
    }

    /// Why no row of `rows` can be used at `time`; rows before `end` are those that the availability's delay allows.
    private func outcome(
        _ rows: Range<Int>, _ end: Int, _ events: UnsafeBufferPointer<Int64>, time: Int64, oldest: Int64
    ) -> MatchOutcome {
        var last = end
        if delay > 0 { last = Self.gallop(from: end, to: rows.upperBound) { events[$0] <= time } }
        guard last > rows.lowerBound else { return .beforeHistory }
        return events[last - 1] >= oldest ? .notYetKnown : .tooOld
    }

    private mutating func note(_ outcome: MatchOutcome, at slot: Int) {
        if outcome.rawValue > outcomes[slot] { outcomes[slot] = outcome.rawValue }
    }

    /// Takes `row` for `slot` unless an earlier part's row is greater. Later blocks of one part are greater.
    private mutating func offer(_ row: Int, to slot: Int, event: Int64, _ history: BlockHistory) {
        if !chosenEvents.isEmpty {
            let created = comparesCreated ? history.created?[row] ?? .min : .min
            if (event, created) < (chosenEvents[slot], chosenCreated[slot]) { return }
            chosenEvents[slot] = event
            chosenCreated[slot] = created
        }
        if let ends = history.ends {
            chosenEnds[slot] = ends.isNull(row) ? .max : ends.elements(as: Int64.self)[row]
        }
        chosen[slot] = ChosenRow(block: history.number, row: row)
        outcomes[slot] = MatchOutcome.found.rawValue
    }

    /// Takes back rows that had ended, once all parts had their say: a row that ended replaces those before it.
    private mutating func letGoOfEnded() {
        for slot in chosen.indices where chosen[slot] != .none && chosenEnds[slot] <= order.times[slot] {
            guard chosenEnds[slot] != .max else { continue }
            chosen[slot] = .none
            outcomes[slot] = MatchOutcome.ended.rawValue
        }
    }
}
