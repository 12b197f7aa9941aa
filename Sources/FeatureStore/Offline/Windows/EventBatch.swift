import Columnar

/// Entity rows of neighbouring keys, and the events that their windows reach, in the order of (key, event time, created,
/// order of arrival).
///
/// Columns are read once, when they are first asked for.
final class EventBatch {
    let join: AggregateJoin
    let groups: Range<Int>
    /// The entity rows, as places in the order.
    let slots: Range<Int>
    /// Events.
    let count: Int
    /// One for each group.
    let spans: [EventSpan]
    /// Int64, one an event.
    let times: Buffer
    /// From when on each event counts, Int64; nil where that is when it happened.
    let known: Buffer?
    /// The created times, Int64; nil where nothing asks for them.
    private let created: Buffer?
    private let sources: [EventSource]
    /// Where each event stands that the sources put at a place; nil where that is its place.
    private let order: [Int32]?
    private var columns: [Int: Column] = [:]
    private var sequences: [EventSequence.Selection: EventSequence] = [:]

    /// - Parameter runs: of these groups, by group.
    init(of groups: Range<Int>, runs: ArraySlice<EventRuns.Run>, in join: AggregateJoin) throws(DataError) {
        self.join = join
        self.groups = groups
        let starts = join.order.groupStarts
        let firstSlot = Int(starts[groups.lowerBound])
        slots = firstSlot..<Int(starts[groups.upperBound])
        var sources: [EventSource] = []
        var places: [Int: Int] = [:]
        var spans: [EventSpan] = []
        spans.reserveCapacity(groups.count)
        var (position, first, source) = (0, 0, 0)
        var group = groups.lowerBound
        /// Keys with events of several parts, which may not follow each other in time.
        var mixed: [Range<Int>] = []
        var (partOfGroup, isMixed) = (-1, false)
        func endGroup() {
            let queries = Int(starts[group]) - firstSlot..<Int(starts[group + 1]) - firstSlot
            spans.append(EventSpan(events: first..<position, queries: queries, firstSlot: queries.lowerBound))
            if isMixed { mixed.append(first..<position) }
            group += 1
            (first, partOfGroup, isMixed) = (position, -1, false)
        }
        for run in runs {
            while group < run.group { endGroup() }
            if sources.isEmpty || sources[source].part != run.part || sources[source].block != run.block {
                let id = run.part << 32 | run.block
                if let known = places[id] {
                    source = known
                } else {
                    source = sources.count
                    places[id] = source
                    sources.append(EventSource(part: run.part, block: run.block))
                }
            }
            sources[source].add(run.rows, at: position)
            position += run.rows.count
            isMixed = isMixed || partOfGroup >= 0 && partOfGroup != run.part
            partOfGroup = run.part
        }
        while group < groups.upperBound { endGroup() }
        self.spans = spans
        self.sources = sources
        count = position
        let times = MutableBuffer(uninitialized: count * 8)
        let needsCreated = join.layout.hasCreated && (join.parts.count > 1 || join.layout.view.availability == .created)
        let created = needsCreated || join.filtersReadCreated ? MutableBuffer(uninitialized: count * 8) : nil
        for source in sources {
            let part = join.parts[source.part]
            source.copyTimes(try part.events(of: source.block), to: times)
            if let created { source.copyTimes(try part.created(of: source.block), to: created) }
        }
        order = Self.sort(mixed, times, created, count: count)
        let (frozenTimes, frozenCreated) = (times.freeze(), created?.freeze())
        self.times = frozenTimes
        self.created = frozenCreated
        known = Self.known(frozenTimes, frozenCreated, count, join)
    }

    /// Puts events of several parts in order, where they are not.
    ///
    /// - Returns: where each event went; nil if all stood in order.
    private static func sort(
        _ ranges: [Range<Int>], _ times: MutableBuffer, _ created: MutableBuffer?, count: Int
    ) -> [Int32]? {
        var moved: [Int32]?
        let times = times.elements(as: Int64.self)
        let created = created?.elements(as: Int64.self)
        for range in ranges {
            func precedes(_ a: Int, _ b: Int) -> Bool {
                if times[a] != times[b] { return times[a] < times[b] }
                let (x, y) = (created?[a] ?? .min, created?[b] ?? .min)
                // Parts stand in order of arrival.
                return x != y ? x < y : a < b
            }
            guard range.dropFirst().contains(where: { precedes($0, $0 - 1) }) else { continue }
            let order = range.sorted(by: precedes)
            let (oldTimes, oldCreated) = (order.map { times[$0] }, created.map { created in order.map { created[$0] } })
            if moved == nil { moved = (0..<Int32(truncatingIfNeeded: count)).map(\.self) }
            for (place, old) in zip(range, order) {
                times[place] = oldTimes[place - range.lowerBound]
                if let oldCreated { created?[place] = oldCreated[place - range.lowerBound] }
                moved?[old] = Int32(truncatingIfNeeded: place)
            }
        }
        return moved
    }

    private static func known(_ times: Buffer, _ created: Buffer?, _ count: Int, _ join: AggregateJoin) -> Buffer? {
        guard join.layout.view.availability != .event else { return nil }
        let rule = AvailabilityRule(join.layout)
        let known = MutableBuffer(uninitialized: count * 8)
        let target = known.elements(as: Int64.self)
        let events = times.elements(as: Int64.self)
        let became = created?.elements(as: Int64.self)
        withExtendedLifetime((times, created)) {
            for i in 0..<count { target[i] = rule.time(event: events[i], created: became?[i]) }
        }
        return known.freeze()
    }

    // MARK: - Values

    /// The values of the stored column at `index` of the plan's, one an event.
    func column(_ index: Int) throws(DataError) -> Column {
        if let column = columns[index] { return column }
        let column = try gathered(join.plan.columns[index])
        columns[index] = column
        return column
    }

    private func gathered(_ feature: Feature) throws(DataError) -> Column {
        let type = feature.type.dataType
        if let width = type.byteWidth, order == nil {
            let gather = EventGather(type, width: width, count: count)
            for source in sources {
                try Cancellation.check()
                if let column = try join.parts[source.part].blockColumn(of: feature, block: source.block) {
                    try gather.gather(column, source)
                } else {
                    gather.gatherNulls(source)
                }
            }
            return gather.finish()
        }
        let gather = FeatureGather(type, count: count)
        for source in sources {
            try Cancellation.check()
            guard let column = try join.parts[source.part].blockColumn(of: feature, block: source.block) else {
                continue
            }
            let (rows, targets) = source.rows(order)
            try rows.withUnsafeBufferPointer { rows throws(DataError) in
                try targets.withUnsafeBufferPointer { targets throws(DataError) in
                    try gather.gather(column, rows: rows, targets: targets)
                }
            }
        }
        return gather.finish()
    }

    /// The events that a condition takes, of which those without a value are left out.
    ///
    /// - Parameter column: the place of the column whose nulls are left out; nil for none.
    func sequence(filter: String?, column: Int?) throws(DataError) -> EventSequence {
        let values = try column.map { index throws(DataError) in try self.column(index) }
        let selection = EventSequence.Selection(
            filter: filter, column: (values?.nullCount ?? 0) > 0 ? column : nil)
        if let known = sequences[selection] { return known }
        var sequence = EventSequence(all: self)
        if selection.filter != nil || selection.column != nil {
            var kept = [Bool](repeating: true, count: count)
            if let filter {
                let passing = try self.passing(filter)
                for i in 0..<count where passing.isNull(i) || !passing.bits[i] { kept[i] = false }
            }
            if selection.column != nil, let values {
                for i in 0..<count where values.isNull(i) { kept[i] = false }
            }
            sequence = EventSequence(of: self, where: kept)
        }
        sequences[selection] = sequence
        return sequence
    }

    /// Whether a condition is true of each event.
    private func passing(_ filter: String) throws(DataError) -> Column {
        guard let filter = join.filters[filter] else { preconditionFailure("a filter that was not compiled") }
        var inputs: [Column] = []
        for input in filter.inputs {
            switch input {
            case .column(let index): inputs.append(try column(index))
            case .key(let index): inputs.append(keys(index))
            case .event: inputs.append(Column(.instant, count: count, values: times))
            case .created: inputs.append(Column(.instant, count: count, values: created ?? times))
            }
        }
        return filter.expression.evaluate(over: inputs, rowCount: count, as: .bool)
    }

    /// A join key of each event.
    private func keys(_ index: Int) -> Column {
        let encoder = KeyEncoder(join.layout.keys.map(\.type))
        var builder = ColumnBuilder(join.layout.keys[index].type.dataType)
        for group in groups {
            let values = withExtendedLifetime(join.order.keys) { encoder.decode(join.order.keys.bytes(at: group)) }
            if values.map({ builder.append($0[index]) }) != true { builder.appendNull() }
        }
        var places = [Int32](repeating: 0, count: count)
        for (number, span) in spans.enumerated() {
            for event in span.events { places[event] = Int32(truncatingIfNeeded: number) }
        }
        return places.withUnsafeBufferPointer { builder.finish().taking($0) }
    }
}

/// Events of one key, or of one group of its events, and the entity rows that ask for them.
struct EventSpan {
    /// Places in the sequence.
    var events: Range<Int>
    /// Numbers of the questions; where events are taken apart by groups, each group has its own.
    var queries: Range<Int>
    /// The entity row of the first question, from the batch's first.
    var firstSlot: Int
}
