/// What has to be kept of events so that all features of a view can be told: what offline and online sides share.
///
/// Features that take the values of one column, of the same events, by the same groups, are told from one accumulator a
/// window: those are a group.
struct AggregatePlan: Hashable, Sendable {
    /// Features that are told from the same values.
    struct Group: Hashable, Sendable {
        /// The event column's place among the stored ones; nil for events themselves.
        var column: Int?
        /// The text of the condition on events; nil for none.
        var filter: String?
        /// The place of the event column by whose values events are taken apart.
        var by: Int?
        /// What is asked of the values, each function once.
        var functions: [AggregateFunction]
        /// The different windows, in the order of their first use.
        var windows: [AggregateWindow]
        /// The features, as places in the view's.
        var features: [Int]
    }

    /// One feature: which group tells it, how, and over which window.
    struct Output: Hashable, Sendable {
        var group: Int
        var function: AggregateFunction
        /// The window's place in the group's.
        var window: Int
        var top: Int?
    }

    /// The length of the tiles that windows begin with; nil where they begin exactly.
    let hop: TimeSpan?
    /// What is stored of an event.
    let columns: [Feature]
    let groups: [Group]
    /// In the order of the view's features.
    let outputs: [Output]

    /// Nil for a view without aggregates.
    init?(of view: FeatureView) {
        guard let aggregation = view.aggregation else { return nil }
        self.init(aggregation, features: Array(aggregation.features.indices))
    }

    /// The plan for some of a view's features.
    ///
    /// - Parameter features: their places in the view's; outputs stand in this order.
    init(_ aggregation: Aggregation, features: [Int]) {
        hop = aggregation.hop
        columns = aggregation.columns
        var groups: [Group] = []
        var outputs: [Output] = []
        func place(of name: String?) -> Int? {
            name.flatMap { name in aggregation.columns.firstIndex { $0.name == name } }
        }
        for number in features {
            let feature = aggregation.features[number]
            let (column, by) = (place(of: feature.column), place(of: feature.by))
            var group = groups.firstIndex { $0.column == column && $0.filter == feature.filter && $0.by == by }
            if group == nil {
                groups.append(
                    Group(column: column, filter: feature.filter, by: by, functions: [], windows: [], features: []))
                group = groups.count - 1
            }
            guard let group else { continue }
            if !groups[group].functions.contains(feature.function) { groups[group].functions.append(feature.function) }
            var window = groups[group].windows.firstIndex(of: feature.window)
            if window == nil {
                groups[group].windows.append(feature.window)
                window = groups[group].windows.count - 1
            }
            groups[group].features.append(number)
            outputs.append(Output(group: group, function: feature.function, window: window ?? 0, top: feature.top))
        }
        self.groups = groups
        self.outputs = outputs
    }
}
