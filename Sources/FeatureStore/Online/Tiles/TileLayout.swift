import Columnar

/// What is kept online of a view's events: which values, in tiles of which lengths, and how far back.
///
/// It stands in the view's record, so that bytes are read by the layout that they were written by, whatever the view is by
/// now. A tile sums up the events of a span of time that begins at a multiple of its length. There are levels of them: of
/// level 0 a hop long, of each further level `fanOut` times longer than those of the one before. `fanOut` neighbours lie in
/// one value of the database, a chunk. Where windows begin exactly, chunks of level 0 hold single events instead.
///
/// Tiles and events of before a key's boundary are gone; what lifetimes need of them is in the key's base.
struct TileLayout: Hashable, Sendable, Codable {
    static let fanOut: Int64 = 32

    /// The length of a tile of level 0; nil where windows begin exactly.
    var hop: TimeSpan?
    /// How long before the time of asking an event may lie that some window with a start counts.
    var reach: TimeSpan
    /// When events count.
    var availability: Availability
    var groups: [Group]

    /// Values that are kept together: of one column, of the events that a condition takes, by one column's values.
    struct Group: Hashable, Sendable, Codable {
        /// Nil for events themselves.
        var column: StoredFeature?
        /// The condition's text; nil for none.
        var filter: String?
        /// The column by whose values events are taken apart; nil for none.
        var by: StoredFeature?
        var parts: AccumulatorParts
        /// Whether a window without a start is told from it.
        var hasLifetime: Bool
        /// False once the view has no feature of it: from then on nothing is added, and it tells nothing.
        var isKept = true

        /// How the states of tiles look.
        var state: AggregateState.Layout {
            AggregateState.Layout(values: AccumulatorLayout(of: column?.type, parts: parts), keyType: by?.type)
        }

        /// Whether it is of the same values as `other`.
        func isOfSameValues(as other: Group) -> Bool {
            column == other.column && filter == other.filter && by == other.by
        }
    }

    /// What a view's features need.
    ///
    /// - Precondition: the view has aggregates.
    init(_ plan: AggregatePlan, availability: Availability) {
        hop = plan.hop
        self.availability = availability
        func stored(_ place: Int?) -> StoredFeature? {
            place.map { StoredFeature(plan.columns[$0].name, plan.columns[$0].type) }
        }
        var reach = TimeSpan(microseconds: 0)
        groups = plan.groups.map { group in
            for window in group.windows {
                // A lifetime that ends some time ago must not have events of after that in the base.
                let bound =
                    window.length == nil
                    ? AggregateWindow(length: TimeSpan(microseconds: 0), offset: window.offset) : window
                if window.length != nil || window.offset.microseconds > 0 {
                    reach = max(reach, bound.reach(hop: plan.hop) ?? reach)
                }
            }
            return Group(
                column: stored(group.column), filter: group.filter, by: stored(group.by),
                parts: group.functions.reduce(AccumulatorParts()) { $0.union($1.parts) },
                hasLifetime: group.windows.contains { $0.length == nil })
        }
        self.reach = reach
    }

    // MARK: - Levels

    /// The length of a tile of level 0, or where single events are kept, the first span that a tile sums up.
    private var unit: Int64 {
        if let hop { return hop.microseconds }
        // Two levels of tiles above single events span the longest window.
        return max(1_000_000, reach.microseconds / (Self.fanOut * Self.fanOut))
    }

    /// What a chunk of each level spans, ascending; that is the length of a tile of the next.
    var spans: [Int64] {
        var spans = [hop == nil ? unit : unit.clampedMultiplied(by: Self.fanOut)]
        // So that a window spans three chunks of the last level at most.
        repeat {
            spans.append(spans[spans.count - 1].clampedMultiplied(by: Self.fanOut))
        } while spans[spans.count - 1] < reach.microseconds / 2
        return spans
    }

    /// Where a key's boundary is at `time` at least: nothing of before is in a window of then or later that has a start.
    func boundary(at time: Int64) -> Int64 {
        time.clampedSubtracting(reach.microseconds).clampedSubtracting(hop?.microseconds ?? 0).floored(to: spans[1])
    }

    /// Whether events are told apart by more than their times.
    var needsPlaces: Bool { groups.contains { $0.parts.firstCount > 0 || $0.parts.lastCount > 0 } }

    var hasLifetime: Bool { groups.contains { $0.hasLifetime } }

    // MARK: - What was written by another layout

    /// Why values that `wanted` needs cannot be told from what this layout keeps; nil if all can.
    func lack(for wanted: TileLayout) -> String? {
        if hop != wanted.hop {
            return
                "its windows begin \(Self.name(wanted.hop)) and what is online was made for windows that begin \(Self.name(hop))"
        }
        if availability != wanted.availability {
            return "it is available by '\(wanted.availability)' and what is online was made for '\(availability)'"
        }
        if reach < wanted.reach { return "its windows reach further back than what is kept online" }
        for group in wanted.groups {
            let isKept = groups.contains {
                $0.isKept && $0.isOfSameValues(as: group) && $0.parts.covers(group.parts)
                    && ($0.hasLifetime || !group.hasLifetime)
            }
            if !isKept {
                return
                    "what its aggregates of \(group.column.map { "'\($0.name)'" } ?? "events") need is not kept online"
            }
        }
        return nil
    }

    private static func name(_ hop: TimeSpan?) -> String { hop.map { "at a hop of \($0)" } ?? "exactly" }

    /// Marks groups that `view` has no features of any more: what comes from now on is not added to them.
    mutating func forget(otherThan view: TileLayout) {
        for place in groups.indices where !view.groups.contains(where: { $0.isOfSameValues(as: groups[place]) }) {
            groups[place].isKept = false
        }
    }
}

extension Int64 {
    fileprivate func clampedMultiplied(by other: Int64) -> Int64 {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? .max : product
    }
}
