import Columnar

/// Which features of one view a reader reads.
struct OnlineSelection: Hashable, Sendable {
    /// The view with the features that are wanted, in the order in which they are wanted.
    var view: OnlineView
    /// How long a row holds after its event time, that instant included; nil for ever.
    var timeToLive: TimeSpan?
    /// Whether rows say when they ended (`OnlineView.end`); from then on they hold no more.
    var hasEnd: Bool

    init(_ view: OnlineView, timeToLive: TimeSpan? = nil, hasEnd: Bool = false) {
        self.view = view
        self.timeToLive = timeToLive
        self.hasEnd = hasEnd
    }

    /// Float32s that `readFloats` gives of a row, one a scalar and `count` a vector; nil where a feature is no number.
    var floatCount: Int? {
        var count = 0
        for feature in view.features {
            guard let floats = feature.type.floatCount else { return nil }
            count += floats
        }
        return count
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
