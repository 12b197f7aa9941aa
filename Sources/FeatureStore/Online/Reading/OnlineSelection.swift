import Columnar

/// Which features of one view a reader reads.
struct OnlineSelection: Hashable, Sendable {
    /// The view with the features that are wanted, in the order in which they are wanted.
    var view: OnlineView
    /// How long a row holds after its event time, that instant included; nil for ever.
    var timeToLive: TimeSpan?
    /// Whether rows say when they ended (`OnlineView.end`); from then on they hold no more.
    var hasEnd: Bool
    /// Where in a vector each feature's floats begin; nil where a feature is no number, so that there are no vectors.
    var floatPlaces: [Int]?

    /// How its features are computed from what is kept of a key; nil where rows are stored as they are read.
    var aggregates: Aggregates?

    struct Aggregates: Hashable, Sendable {
        /// One output a feature of `view`, in order.
        var plan: AggregatePlan
        var availability: Availability
        /// Whether only the very time that is asked for will do, and not one a little later.
        var isStrict = false
    }

    /// The features' floats follow each other in the vector unless `floatPlaces` says where they stand.
    init(
        _ view: OnlineView, timeToLive: TimeSpan? = nil, hasEnd: Bool = false, floatPlaces: [Int]? = nil,
        aggregates: Aggregates? = nil
    ) {
        self.aggregates = aggregates
        self.view = view
        self.timeToLive = timeToLive
        self.hasEnd = hasEnd
        self.floatPlaces = floatPlaces ?? Self.consecutivePlaces(view.features)
    }

    private static func consecutivePlaces(_ features: [StoredFeature]) -> [Int]? {
        var places: [Int] = []
        var next = 0
        for feature in features {
            guard let count = feature.type.floatCount else { return nil }
            places.append(next)
            next += count
        }
        return places
    }
}

/// What a batch of keys reads from one view: as many rows as there are keys, in their order.
struct OnlineRows: Sendable {
    /// One a wanted feature, in order.
    let features: [Column]
    /// One a wanted feature, of one status a row.
    let statuses: [[FeatureStatus]]
    /// Null where there is no row, or a timeless one; given for rows that are too old, too.
    let eventTimes: Column
}
