import Columnar

/// What was known of one key, and when: its rows in a view's history, in the order in which the point-in-time rule prefers
/// them, and while which time it chose each of them.
public struct KeyHistory: Hashable, Sendable {
    /// What a row is at the time that is asked about.
    public enum State: String, Sendable, Encodable {
        /// The row that the rule chooses.
        case inForce = "in force"
        /// It has given way to a later event.
        case replaced
        /// It has given way to a row of the same event.
        case corrected
        /// When it became available, a better row already was: it was never chosen, and never will be.
        case late
        /// It is the last one, and older than the view's ttl.
        case tooOld = "too old"
        /// It is the last one, and has ended (`valid_to`).
        case ended
        /// It is not available yet.
        case notYetKnown = "not yet known"
    }

    public struct Row: Hashable, Sendable {
        /// Nil for a timeless view.
        public var event: Timestamp?
        /// When it became known; nil if the source does not say.
        public var created: Timestamp?
        /// When it ended; nil if it holds, or the source does not say.
        public var end: Timestamp?
        /// From when on it can be used; nil for a timeless view.
        public var available: Timestamp?
        /// While the rule chose it; nil if it never did, and for a timeless view.
        public var inForce: Span?
        public var state: State
        /// Whether an earlier row is of the same event.
        public var isCorrection: Bool
        /// The ingestions and pushes, as the view numbers them, with one of which it arrived.
        public var arrival: ClosedRange<Int64>
        /// A value for each of the features.
        public var values: [Value]
    }

    /// A time with its beginning and without its end, if it has one.
    public struct Span: Hashable, Sendable {
        public var from: Timestamp
        public var until: Timestamp?
        /// Whether it ended because the row was older than the view's ttl from then on.
        public var endsByAge: Bool
    }

    public let view: String
    public let joinKeys: [JoinKey]
    public let key: [Value]
    public let features: [Feature]
    /// The time for which states are told.
    public let time: Timestamp
    /// By event time, created, order of arrival; the last of those that are available is the best.
    public var rows: [Row]
    /// Which columns of times rows have.
    public let hasEvent: Bool
    public let hasCreated: Bool
    public let hasEnd: Bool

    /// - Parameters:
    ///   - found: the key's rows in the rule's order.
    ///   - time: for which states are told.
    init(
        of key: [Value], in layout: ViewLayout, features: [Feature], rows found: [KeyRow], at time: Timestamp
    ) {
        view = layout.view.name
        joinKeys = layout.keys
        self.key = key
        self.features = features
        self.time = time
        (hasEvent, hasCreated, hasEnd) = (!layout.isTimeless, layout.hasCreated, layout.hasEnd)
        rows = []
        let rule = AvailabilityRule(layout)
        let ttl = layout.isTimeless ? nil : layout.view.ttl
        // Best first: when the first of the better rows became available, and the first of those of the same event.
        var (better, corrected) = (Int64.max, Int64.max)
        for (place, row) in found.enumerated().reversed() {
            let isOfNext = place + 1 < found.count && found[place + 1].event == row.event
            if !isOfNext { corrected = .max }
            let available = rule.time(event: row.event ?? .min, created: row.created)
            // A row of the age of its ttl still counts.
            let oldest = ttl.map { row.event?.adding($0.microseconds)?.adding(1) ?? .max } ?? .max
            let until = min(better, oldest, row.end ?? .max)
            let state: State =
                if available > time.microseconds {
                    .notYetKnown
                } else if better <= time.microseconds {
                    !hasEvent ? .replaced : better < available ? .late : corrected == better ? .corrected : .replaced
                } else if (row.end ?? .max) <= time.microseconds {
                    .ended
                } else if oldest <= time.microseconds {
                    .tooOld
                } else {
                    .inForce
                }
            func timestamp(_ microseconds: Int64?) -> Timestamp? { microseconds.map(Timestamp.init(microseconds:)) }
            rows.append(
                Row(
                    event: timestamp(row.event), created: timestamp(row.created), end: timestamp(row.end),
                    available: hasEvent ? timestamp(available) : nil,
                    inForce: hasEvent && available < until
                        ? Span(
                            from: Timestamp(microseconds: available), until: until == .max ? nil : timestamp(until),
                            endsByAge: until == oldest && until != .max)
                        : nil,
                    state: state, isCorrection: hasEvent && place > 0 && found[place - 1].event == row.event,
                    arrival: row.arrival, values: row.values))
            // Events that are aggregated do not give way to each other.
            guard layout.view.aggregation == nil else { continue }
            better = min(better, available)
            corrected = min(corrected, available)
        }
        rows.reverse()
    }

    /// The row that the rule chooses at `time`; nil if there is none, or it lies outside of those that were asked for.
    public var rowInForce: Row? { rows.last { $0.state == .inForce } }
}

extension Int64 {
    /// The sum, or nil beyond the range.
    fileprivate func adding(_ other: Int64) -> Int64? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }
}
