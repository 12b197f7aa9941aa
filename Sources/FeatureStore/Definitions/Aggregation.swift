/// What a view over events computes: functions over windows of time.
///
/// Such a view stores events, with `columns`, and serves features, which it computes from them at the time that is asked for.
/// Every row is an event of its own, those of equal keys and times too.
public struct Aggregation: Hashable, Sendable, Codable {
    /// The length of the tiles that windows begin with; nil where they begin exactly.
    public var hop: TimeSpan?
    /// What is stored of an event, beside its key and times.
    public var columns: [Feature]
    /// In the order of the view's features, whose names and types are there.
    public var features: [AggregateFeature]

    public init(hop: TimeSpan?, columns: [Feature], features: [AggregateFeature]) {
        self.hop = hop
        self.columns = columns
        self.features = features
    }
}

/// How one feature is computed from events.
public struct AggregateFeature: Hashable, Sendable, Codable {
    public var function: AggregateFunction
    /// The event column whose values it takes; nil for events themselves.
    public var column: String?
    public var window: AggregateWindow
    /// A condition on events: others are not taken; nil for none.
    public var filter: String?
    /// The event column by whose values events are taken apart; the feature is then a map of them.
    public var by: String?
    /// So many groups with the greatest values are in the map; nil for all.
    public var top: Int?

    public init(
        _ function: AggregateFunction, of column: String?, over window: AggregateWindow, where filter: String? = nil,
        by: String? = nil, top: Int? = nil
    ) {
        self.function = function
        self.column = column
        self.window = window
        self.filter = filter
        self.by = by
        self.top = top
    }
}

extension AggregateFeature: CustomStringConvertible {
    /// `sum of fare over 7d where fare > 0 by zone, top 3`
    public var description: String {
        "\(function) of \(column ?? "events") over \(window)" + (filter.map { " where \($0)" } ?? "")
            + (by.map { " by \($0)" } ?? "") + (top.map { ", top \($0)" } ?? "")
    }
}
