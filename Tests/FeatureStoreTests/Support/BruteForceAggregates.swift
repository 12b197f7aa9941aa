import Columnar

@testable import FeatureStore

/// The rule of aggregates word for word (DESIGN §4), with no thought for speed: the oracle.
struct BruteForceAggregates {
    struct Event {
        var key: [Value]
        var time: Int64
        var created: Int64?
        /// Place in the order of arrival.
        var order: Int
        /// One value for each event column.
        var values: [Value]
    }

    var events: [Event] = []
    let aggregation: Aggregation
    let availability: Availability
    /// What conditions mean, by their texts.
    let conditions: [String: @Sendable (Event) -> Bool]

    /// Start and end of a window at `time`: the first is in it, the second is not.
    private func bounds(_ window: AggregateWindow, at time: Int64) -> (start: Int64, end: Int64) {
        func tile(_ time: Int64) -> Int64 {
            guard let hop = aggregation.hop?.microseconds else { return time }
            var start = time / hop * hop
            if start > time { start -= hop }
            return start
        }
        let end = time - window.offset.microseconds
        return (
            window.length.map { tile(end - $0.microseconds) } ?? .min,
            window.offset.microseconds > 0 ? tile(end) : end
        )
    }

    func isAvailable(_ event: Event, at time: Int64) -> Bool {
        switch availability {
        case .event: true
        case .created: (event.created ?? .min) <= time
        case .delayed(let delay): event.time + delay.microseconds <= time
        }
    }

    private func events(of key: [Value], _ window: AggregateWindow, at time: Int64) -> [Event] {
        let (start, end) = bounds(window, at: time)
        return events.filter { $0.key == key && $0.time >= start && $0.time < end }
    }

    /// The value of feature `index` at `time`.
    ///
    /// - Parameter random: by which the events are added in some order.
    func value(_ index: Int, key: [Value], at time: Int64, _ random: inout SeededGenerator) -> Value {
        if key.contains(.null) { return .null }
        let feature = aggregation.features[index]
        func column(_ name: String) -> Int { aggregation.columns.firstIndex { $0.name == name }! }
        let place = feature.column.map(column)
        let by = feature.by.map(column)
        let type = place.map { aggregation.columns[$0].type }
        var state = AggregateState(
            AggregateState.Layout(
                values: AccumulatorLayout(of: type, parts: feature.function.parts),
                keyType: by.map { aggregation.columns[$0].type }))
        let counted = events(of: key, feature.window, at: time).filter { isAvailable($0, at: time) }
            .filter { event in feature.filter.map { conditions[$0]!(event) } ?? true }
        for event in counted.shuffled(using: &random) {
            state.add(
                place.map { scalar(event.values[$0], type!) } ?? nil,
                by: by.map { scalar(event.values[$0], aggregation.columns[$0].type) } ?? nil,
                at: EventPlace(time: event.time, created: event.created ?? .min, sequence: Int64(event.order)))
        }
        return state.value(
            of: feature.function, over: feature.window.length, at: Timestamp(microseconds: time), top: feature.top)
    }

    private func scalar(_ value: Value, _ type: FeatureType) -> AggregateScalar? {
        AggregateScalar(Column(type.dataType, [value]), row: 0)
    }

    /// What becomes of an entity row, and the time of the last event that counts.
    func outcome(key: [Value], at time: Int64) -> (outcome: String, last: Int64?) {
        if key.contains(.null) { return ("keyNull", nil) }
        let own = events.filter { $0.key == key }
        if own.isEmpty { return ("keyUnknown", nil) }
        let within = aggregation.features.flatMap { events(of: key, $0.window, at: time) }
        let counted = within.filter { isAvailable($0, at: time) }
        if !counted.isEmpty { return ("found", counted.map(\.time).max()) }
        if !within.isEmpty { return ("notYetKnown", nil) }
        return (own.contains { $0.time < time } ? "tooOld" : "beforeHistory", nil)
    }
}
