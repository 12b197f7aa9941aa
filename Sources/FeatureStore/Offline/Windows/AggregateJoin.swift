import Columnar

/// The aggregates of one view for entity rows: for each row and its time t, functions over the events of its key in windows
/// before t (DESIGN §4).
///
/// Keys are cut into ranges, which are worked on side by side on the cores. Of a part of history only pages are read that
/// may hold a range's keys, and of columns those that a feature reads, in blocks with events that a window reaches. The
/// events of a batch of keys lie in memory in the order of their times, and for each window two bounds move over them:
/// what is in between is told by differences of running sums, by the candidates for an extreme, or by counts of what came
/// in and went out. An event is gone through a fixed number of times for a window, however many events its key has.
///
/// Events that become known late come in when they are known, and go out by their time.
struct AggregateJoin: Sendable {
    let order: EntityOrder
    /// In order of arrival.
    let parts: [HistoryPart]
    let layout: ViewLayout
    let plan: AggregatePlan
    let reach: WindowReach
    /// Compiled, by their text.
    let filters: [String: Filter]
    let progress: RowProgress?
    private let withTimes: Bool
    private let tuning: Tuning

    /// A condition on events, and where its inputs are.
    struct Filter: Sendable {
        enum Input: Sendable {
            /// A stored column, by its place among the plan's.
            case column(Int)
            /// A join key.
            case key(Int)
            case event
            case created
        }

        var expression: Expression
        var inputs: [Input]
    }

    /// Decisions that otherwise the join takes by itself, all of which give the same values.
    struct Tuning: Sendable {
        /// Entity rows of a range of keys, about.
        var rangeRows: Int?
        /// Events of a batch, about.
        var batchEvents = 1 << 16
    }

    private static let rangeRows = 64...16_384
    private static let rangesWanted = 16

    /// - Parameters:
    ///   - features: the places of those that are asked for among the view's.
    ///   - withTimes: whether the time of the last event that was counted is asked for.
    /// - Throws: `DataError` if a condition cannot be compiled, which `apply` rules out.
    init(
        _ order: EntityOrder, with parts: [HistoryPart], layout: ViewLayout, source: Source, features: [Int],
        withTimes: Bool, progress: RowProgress? = nil, tuning: Tuning = Tuning()
    ) throws(DataError) {
        guard let aggregation = layout.view.aggregation else {
            throw DataError("'\(layout.view.name)' has no aggregates")
        }
        self.order = order
        self.parts = parts
        self.layout = layout
        self.withTimes = withTimes
        self.progress = progress
        self.tuning = tuning
        plan = AggregatePlan(aggregation, features: features)
        reach = WindowReach(of: plan.groups.flatMap(\.windows), hop: plan.hop)
        filters = try Self.filters(of: plan, layout, source)
    }

    var filtersReadCreated: Bool {
        filters.values.contains { $0.inputs.contains { if case .created = $0 { true } else { false } } }
    }

    private static func filters(
        of plan: AggregatePlan, _ layout: ViewLayout, _ source: Source
    ) throws(DataError) -> [String: Filter] {
        let names = AggregateFilter.names(of: plan.columns, in: layout.view, source: source, joinKeys: layout.keys)
        var filters: [String: Filter] = [:]
        for text in Set(plan.groups.compactMap(\.filter)) {
            let expression: Expression
            do throws(ExpressionError) {
                expression = try AggregateFilter.compiled(text, names: names)
            } catch {
                throw DataError("the condition '\(text)' of '\(layout.view.name)': \(error.description)")
            }
            let inputs = expression.inputs.map { input -> Filter.Input in
                if input.name == source.timestamp { return .event }
                if input.name == source.created { return .created }
                if let key = layout.keys.firstIndex(where: { $0.name == input.name }) { return .key(key) }
                return .column(plan.columns.firstIndex { $0.name == input.name } ?? 0)
            }
            filters[text] = Filter(expression: expression, inputs: inputs)
        }
        return filters
    }

    /// Ranges of key groups that can be worked on each by itself, in order.
    func keyRanges() -> [Range<Int>] {
        let wanted =
            tuning.rangeRows
            ?? min(max(order.rowCount / Self.rangesWanted, Self.rangeRows.lowerBound), Self.rangeRows.upperBound)
        var ranges: [Range<Int>] = []
        var start = 0
        while start < order.groupCount {
            let end = Int(order.groupStarts[start]) + wanted
            let next = gallop(from: start + 1, to: order.groupCount) { Int(order.groupStarts[$0]) < end }
            ranges.append(start..<next)
            start = next
        }
        return ranges
    }

    /// The features of a range of keys' entity rows.
    struct RangeResult: Sendable {
        /// For each feature, a column for each batch, whose rows are in the order's order.
        var columns: [[Column]]
        /// The time of the last event that was counted; of no batch where it is not asked for.
        var lastEvents: [Column] = []
        /// How many rows had each `MatchOutcome`.
        var outcomes = [Int](repeating: 0, count: MatchOutcome.allCases.count)
    }

    /// Computes the features of a range of key groups.
    func compute(_ groups: Range<Int>) throws(DataError) -> RangeResult {
        var result = RangeResult(columns: plan.outputs.map { _ in [] })
        let found = try EventRuns(of: groups, in: self)
        var (start, firstRun) = (groups.lowerBound, 0)
        while start < groups.upperBound {
            // Whole keys, of about so many events and entity rows.
            var (end, run, events) = (start, firstRun, 0)
            repeat {
                while run < found.runs.count, found.runs[run].group == end {
                    events += found.runs[run].rows.count
                    run += 1
                }
                end += 1
            } while end < groups.upperBound && events < tuning.batchEvents
            let batch = try EventBatch(of: start..<end, runs: found.runs[firstRun..<run], in: self)
            try compute(batch, into: &result)
            let outcomes = WindowCoverage(
                of: batch, firstEvents: found.firstEvents[start - groups.lowerBound..<end - groups.lowerBound])
            try outcomes.add(to: &result, withTimes: withTimes)
            progress?.advance(by: batch.slots.count)
            (start, firstRun) = (end, run)
        }
        return result
    }

    private func compute(_ batch: EventBatch, into result: inout RangeResult) throws(DataError) {
        for (number, group) in plan.groups.enumerated() {
            try Cancellation.check()
            let sequence = try batch.sequence(filter: group.filter, column: group.column)
            let places = plan.outputs.indices.filter { plan.outputs[$0].group == number }
            let columns: [Column]
            if let by = group.by {
                columns = try WindowGroups(sequence: sequence, column: group.column, by: by).columns(
                    places.map { place in
                        let output = plan.outputs[place]
                        return .init(
                            function: output.function, window: group.windows[output.window], top: output.top)
                    })
            } else {
                let functions = WindowFunctions(
                    sequence: sequence, type: group.column.map { plan.columns[$0].type },
                    values: try group.column.map { index throws(DataError) in try sequence.values(index) })
                columns = functions.columns(
                    places.map { place in
                        let output = plan.outputs[place]
                        return .init(function: output.function, window: group.windows[output.window])
                    })
            }
            for (place, column) in zip(places, columns) { result.columns[place].append(column) }
        }
    }
}
