import Columnar

/// Merges the entity rows of a range of keys with a view's history, part by part.
struct KeyRangeMerge {
    private let join: PointInTimeJoin
    private let groups: Range<Int>
    /// The entity rows of those groups, as places in the order.
    private let slots: Range<Int>
    private let ttl: Int64?
    private let delay: Int64
    private let checksCreated: Bool
    private let comparesCreated: Bool

    /// All of these by slot, from the first.
    private var outcomes: [UInt8]
    private var chosen: [ChosenRow]
    /// Event time and created of the chosen row; kept only where parts compete.
    private var chosenEvents: [Int64] = []
    private var chosenCreated: [Int64] = []
    /// When the chosen row ended, `.max` if it did not; kept only for slowly changing views.
    private var chosenEnds: [Int64] = []

    init(_ join: PointInTimeJoin, _ groups: Range<Int>) {
        self.join = join
        self.groups = groups
        let (starts, layout) = (join.order.groupStarts, join.layout)
        slots = Int(starts[groups.lowerBound])..<Int(starts[groups.upperBound])
        ttl = layout.isTimeless ? nil : layout.view.ttl?.microseconds
        switch layout.view.availability {
        case .delayed(let span): (delay, checksCreated) = (span.microseconds, false)
        case .created: (delay, checksCreated) = (0, true)
        case .event: (delay, checksCreated) = (0, false)
        }
        comparesCreated = join.parts.count > 1 && layout.hasCreated
        outcomes = [UInt8](repeating: MatchOutcome.keyUnknown.rawValue, count: slots.count)
        chosen = [ChosenRow](repeating: .none, count: slots.count)
        if join.parts.count > 1 {
            chosenEvents = [Int64](repeating: .min, count: slots.count)
            chosenCreated = [Int64](repeating: .min, count: slots.count)
        }
        if layout.hasEnd { chosenEnds = [Int64](repeating: .max, count: slots.count) }
    }

    /// Takes the rows of all parts, in `order`.
    mutating func merge(partsIn order: [Int]) throws(DataError) {
        guard join.looksUpKeys else {
            for part in order where chosen.indices.contains(where: { mayChange($0, by: join.eventTimes[part]) }) {
                try merge(part, WantedKeys(keys: join.order.keys, range: groups, groups: nil))
            }
            return
        }
        // Most entity rows find theirs in the part of their time. Just for those that do not, the other parts have to tell
        // whether they have the key at all.
        for part in order {
            let span = join.eventTimes[part]
            try merge(part, wanted { mayChange($0, by: span) && best($0, within: span) == .found })
        }
        for part in order {
            let span = join.eventTimes[part]
            try merge(part, wanted { mayChange($0, by: span) && best($0, within: span) != .found })
        }
    }

    /// Keys that are looked for in a part.
    private struct WantedKeys {
        /// They ascend.
        let keys: EncodedKeys
        let range: Range<Int>
        /// The group of each key; nil where that is its place.
        let groups: [Int]?

        func group(of key: Int) -> Int { groups?[key] ?? key }
    }

    /// The keys of entity rows of which some are wanted.
    private func wanted(where isWanted: (_ slot: Int) -> Bool) -> WantedKeys {
        let chosen = groups.filter { slots(of: $0).contains(where: isWanted) }
        guard chosen.count < groups.count else {
            return WantedKeys(keys: join.order.keys, range: groups, groups: nil)
        }
        return WantedKeys(keys: join.order.keys.taking(chosen), range: chosen.indices, groups: chosen)
    }

    /// Takes the rows of a part that are greater than those of the parts merged before, whatever their order.
    private mutating func merge(_ number: Int, _ wanted: WantedKeys) throws(DataError) {
        let part = join.parts[number]
        let span = join.eventTimes[number]
        var key = wanted.range.lowerBound
        var read: Range<Int>?
        for block in part.blocks(holding: wanted.keys, wanted.range) {
            guard key < wanted.range.upperBound else { break }
            try Cancellation.check()
            var matches: [(rows: Range<Int>, group: Int)] = []
            for runs in try part.keyRuns(of: block, holding: wanted.keys, key..<wanted.range.upperBound) {
                // A key may go on in the next block, so that of the last match is not left behind.
                match(runs, wanted, from: &key, to: &matches)
            }
            let open = matches.filter { mayChoose($0.group, within: span) }
            guard !open.isEmpty else { continue }
            let events = try part.events(of: block)
            let created = checksCreated || comparesCreated ? try part.created(of: block) : nil
            let ends = try part.ends(of: block)
            withExtendedLifetime((events, created)) {
                let history = BlockHistory(
                    number: ChosenRow.Block(part: number, block: block), events: events?.elements(as: Int64.self),
                    created: created?.elements(as: Int64.self), ends: ends)
                for match in open { choose(match.rows, match.group, in: history) }
            }
            read = (read?.lowerBound ?? block)..<block + 1
        }
        if let read { part.releaseTimes(of: read) }
    }

    // MARK: - What a part's event times tell without reading them

    /// The most that can become of an entity row by a part whose rows have event times within `span`.
    private func best(_ slot: Int, within span: ClosedRange<Int64>?) -> MatchOutcome {
        guard let span else { return .found }
        let time = join.order.times.elements(as: Int64.self)[slots.lowerBound + slot]
        if span.lowerBound > time { return .beforeHistory }
        return span.upperBound < oldest(at: time) ? .tooOld : .found
    }

    /// Whether rows with event times within `span` can change what is known of an entity row.
    private func mayChange(_ slot: Int, by span: ClosedRange<Int64>?) -> Bool {
        let best = best(slot, within: span)
        guard best == .found else { return outcomes[slot] < best.rawValue }
        guard let span, !chosenEvents.isEmpty, chosen[slot] != .none else { return true }
        return chosenEvents[slot] <= span.upperBound
    }

    /// Whether a part that has rows of a key, with event times within `span`, may have one for an entity row to choose. If
    /// not, notes what becomes of that key's rows.
    private mutating func mayChoose(_ group: Int, within span: ClosedRange<Int64>?) -> Bool {
        var may = false
        for slot in slots(of: group) where mayChange(slot, by: span) {
            let best = best(slot, within: span)
            if best == .found { may = true } else { note(best, at: slot) }
        }
        return may
    }

    private func slots(of group: Int) -> Range<Int> {
        let starts = join.order.groupStarts
        return Int(starts[group]) - slots.lowerBound..<Int(starts[group + 1]) - slots.lowerBound
    }

    /// The oldest event time that is not too old at `time`.
    private func oldest(at time: Int64) -> Int64 {
        guard let ttl else { return .min }
        let (oldest, overflow) = time.subtractingReportingOverflow(ttl)
        return overflow ? .min : oldest
    }

    // MARK: - Merging

    private struct BlockHistory {
        let number: ChosenRow.Block
        let events: UnsafeBufferPointer<Int64>?
        let created: UnsafeBufferPointer<Int64>?
        let ends: Column?
    }

    /// Appends the rows of the runs whose key is wanted, with that key's group.
    private func match(
        _ runs: KeyRuns, _ wanted: WantedKeys, from key: inout Int, to found: inout [(rows: Range<Int>, group: Int)]
    ) {
        let (keys, end) = (wanted.keys, wanted.range.upperBound)
        var run = 0
        while run < runs.count && key < end {
            let comparison = runs.keys.compare(run, with: keys, key)
            if comparison == 0 {
                found.append((runs.rows(of: run), wanted.group(of: key)))
                run += 1
            } else if comparison < 0 {
                let other = key
                run = gallop(from: run + 1, to: runs.count) { runs.keys.compare($0, with: keys, other) < 0 }
            } else {
                let current = run
                key = gallop(from: key + 1, to: end) { keys.compare($0, with: runs.keys, current) < 0 }
            }
        }
    }

    /// Chooses among the rows of one key for each entity row of that key.
    private mutating func choose(_ rows: Range<Int>, _ group: Int, in history: BlockHistory) {
        let own = slots(of: group)
        guard let events = history.events else {
            for slot in own { offer(rows.upperBound - 1, to: slot, event: .min, history) }
            return
        }
        let times = join.order.times.elements(as: Int64.self)
        var available = history.created.map { AvailableRow(created: $0, rows: rows) }
        var end = rows.lowerBound
        for slot in own {
            let time = times[slots.lowerBound + slot]
            let (limit, overflow) = time.subtractingReportingOverflow(delay)
            let latest = overflow ? Int64.min : limit
            end = gallop(from: end, to: rows.upperBound) { events[$0] <= latest }
            let oldest = oldest(at: time)
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
        if delay > 0 { last = gallop(from: end, to: rows.upperBound) { events[$0] <= time } }
        guard last > rows.lowerBound else { return .beforeHistory }
        return events[last - 1] >= oldest ? .notYetKnown : .tooOld
    }

    private mutating func note(_ outcome: MatchOutcome, at slot: Int) {
        if outcome.rawValue > outcomes[slot] { outcomes[slot] = outcome.rawValue }
    }

    /// Takes `row` for `slot` unless another part's row is greater. Later blocks of one part are greater.
    private mutating func offer(_ row: Int, to slot: Int, event: Int64, _ history: BlockHistory) {
        if !chosenEvents.isEmpty {
            let created = comparesCreated ? history.created?[row] ?? .min : .min
            let rank = (event, created, history.number.part)
            let known = chosen[slot]
            if known != .none, rank < (chosenEvents[slot], chosenCreated[slot], known.part) { return }
            chosenEvents[slot] = event
            chosenCreated[slot] = created
        }
        if let ends = history.ends {
            chosenEnds[slot] = ends.isNull(row) ? .max : ends.elements(as: Int64.self)[row]
        }
        chosen[slot] = ChosenRow(block: history.number, row: row)
        outcomes[slot] = MatchOutcome.found.rawValue
    }

    // MARK: - When all parts had their say

    mutating func finish() -> KeyRangeMatch {
        if join.layout.hasEnd { letGoOfEnded() }
        join.progress?.advance(by: slots.count)
        var counts = [Int](repeating: 0, count: MatchOutcome.allCases.count)
        for outcome in outcomes { counts[Int(outcome)] += 1 }
        let rows = join.order.rows.elements(as: Int32.self)
        return KeyRangeMatch(
            outcomes: counts,
            selections: SelectedRows.selections(of: chosen, partCount: join.parts.count) {
                rows[slots.lowerBound + $0]
            })
    }

    /// Takes back rows that had ended: a row that ended replaces those before it.
    private mutating func letGoOfEnded() {
        let times = join.order.times.elements(as: Int64.self)
        for slot in chosen.indices
        where chosen[slot] != .none && chosenEnds[slot] != .max && chosenEnds[slot] <= times[slots.lowerBound + slot] {
            chosen[slot] = .none
            outcomes[slot] = MatchOutcome.ended.rawValue
        }
    }
}
