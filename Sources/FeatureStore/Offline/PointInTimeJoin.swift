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
/// holds: an older row does not come back.
///
/// The keys are cut into ranges, which are merged side by side on the cores. Of a part of history only the pages are read
/// that may hold a range's keys, and of their times only those of keys for which the part may have a greater row than the
/// parts that were merged before: the part of the latest times comes first. Complexity: O(keys of those pages + rows
/// looked at), where the rows looked at are a galloping search per entity row; feature columns are not touched.
struct PointInTimeJoin: Sendable {
    let order: EntityOrder
    /// In order of arrival.
    let parts: [HistoryPart]
    let layout: ViewLayout
    let progress: RowProgress?
    /// Whether keys are so few that each is better looked for where it may be than met in passing.
    let looksUpKeys: Bool
    private let rangeRows: Int
    /// The event times of each part; nil where they do not tell.
    let eventTimes: [ClosedRange<Int64>?]
    /// The parts' numbers, that of the latest times first.
    private let mergeOrder: [Int]

    /// Entity rows of a range of keys: few enough for each core to have several ranges, so many that a part is not opened
    /// for each row anew.
    private static let rangeRows = 64...16_384
    private static let rangesWanted = 16

    /// Decisions that otherwise the join takes by itself, all of which give the same rows.
    struct Tuning: Sendable {
        /// Entity rows of a range, about.
        var rangeRows: Int?
        var looksUpKeys: Bool?
    }

    init(
        _ order: EntityOrder, with parts: [HistoryPart], layout: ViewLayout, progress: RowProgress? = nil,
        tuning: Tuning = Tuning()
    ) {
        self.order = order
        self.parts = parts
        self.layout = layout
        self.progress = progress
        rangeRows =
            tuning.rangeRows
            ?? min(max(order.rowCount / Self.rangesWanted, Self.rangeRows.lowerBound), Self.rangeRows.upperBound)
        let pages = parts.reduce(0) { $0 + $1.rowCount } / ParquetWriterOptions().pageRows
        looksUpKeys = tuning.looksUpKeys ?? (order.groupCount < pages)
        let eventTimes = parts.map { layout.isTimeless ? nil : $0.eventTimes }
        self.eventTimes = eventTimes
        mergeOrder = parts.indices.sorted {
            (eventTimes[$0]?.upperBound ?? .max, $0) > (eventTimes[$1]?.upperBound ?? .max, $1)
        }
    }

    /// Ranges of key groups that can be merged each by itself, in order.
    func keyRanges() -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < order.groupCount {
            let wanted = Int(order.groupStarts[start]) + rangeRows
            let end = gallop(from: start + 1, to: order.groupCount) { Int(order.groupStarts[$0]) < wanted }
            ranges.append(start..<end)
            start = end
        }
        return ranges
    }

    /// What becomes of the entity rows of a range of key groups.
    func merge(_ groups: Range<Int>) throws(DataError) -> KeyRangeMatch {
        var merge = KeyRangeMerge(self, groups)
        try merge.merge(partsIn: mergeOrder)
        return merge.finish()
    }

    /// - Parameter matches: of all key ranges, in order.
    func match(_ matches: [KeyRangeMatch]) -> JoinMatch {
        var outcomes = [Int](repeating: 0, count: MatchOutcome.allCases.count)
        for match in matches {
            for (outcome, count) in match.outcomes.enumerated() { outcomes[outcome] += count }
        }
        return JoinMatch(
            selected: SelectedRows(
                parts.indices.flatMap { part in matches.map { $0.selections[part] } }),
            coverage: Coverage(view: layout.view.name, outcomes: outcomes, keyNull: order.keyNullCount))
    }
}

/// What became of the entity rows of a range of keys.
struct KeyRangeMatch: Sendable {
    /// How many rows had each `MatchOutcome`.
    let outcomes: [Int]
    /// The chosen rows of each part.
    let selections: [SelectedRows.PartSelection]
}
