import Columnar

/// Events of a batch in order, all or some of them, in spans that are asked each by its own entity rows.
final class EventSequence {
    /// Which events of a batch are taken.
    struct Selection: Hashable {
        var filter: String?
        /// The column whose nulls are left out.
        var column: Int?
    }

    let batch: EventBatch
    let count: Int
    let spans: [EventSpan]
    /// The events' places in the batch; nil where they are all of them.
    let places: [Int32]?
    /// Int64, one an event.
    let times: Buffer
    /// From when on each event counts; nil where that is when it happened.
    let known: Buffer?
    /// How many questions there are in all spans.
    let queryCount: Int
    private var lanes: [TimeSpan: WindowLane] = [:]
    private var bounds: [AggregateWindow: WindowBounds] = [:]

    init(all batch: EventBatch) {
        self.batch = batch
        count = batch.count
        spans = batch.spans
        places = nil
        times = batch.times
        known = batch.known
        queryCount = batch.slots.count
    }

    /// The events where `kept` is true.
    init(of batch: EventBatch, where kept: [Bool]) {
        self.batch = batch
        var places: [Int32] = []
        var spans: [EventSpan] = []
        spans.reserveCapacity(batch.spans.count)
        for span in batch.spans {
            let start = places.count
            for event in span.events where kept[event] { places.append(Int32(truncatingIfNeeded: event)) }
            spans.append(EventSpan(events: start..<places.count, queries: span.queries, firstSlot: span.firstSlot))
        }
        (times, known) = Self.taking(places, batch.times, batch.known)
        self.places = places
        self.spans = spans
        count = places.count
        queryCount = batch.slots.count
    }

    /// The events at `places` of a sequence's batch, in other spans.
    init(of batch: EventBatch, places: [Int32], spans: [EventSpan]) {
        self.batch = batch
        self.places = places
        self.spans = spans
        (times, known) = Self.taking(places, batch.times, batch.known)
        count = places.count
        queryCount = spans.last?.queries.upperBound ?? 0
    }

    private static func taking(_ places: [Int32], _ times: Buffer, _ known: Buffer?) -> (Buffer, Buffer?) {
        func taken(_ source: Buffer) -> Buffer {
            let target = MutableBuffer(uninitialized: places.count * 8)
            let (from, to) = (source.elements(as: Int64.self), target.elements(as: Int64.self))
            withExtendedLifetime(source) {
                for (i, place) in places.enumerated() { to[i] = from[Int(place)] }
            }
            return target.freeze()
        }
        return (taken(times), known.map(taken))
    }

    /// A column of the batch at the sequence's events.
    func values(_ index: Int) throws(DataError) -> Column {
        let column = try batch.column(index)
        guard let places else { return column }
        return places.withUnsafeBufferPointer { column.taking($0) }
    }

    /// The times at which the batch's entity rows ask, from the first; valid while the batch lives.
    var askedTimes: UnsafeBufferPointer<Int64> {
        UnsafeBufferPointer(rebasing: batch.join.order.times.elements(as: Int64.self)[batch.slots])
    }

    /// The events up to which windows that end `offset` before the time of asking go.
    func lane(_ offset: TimeSpan) -> WindowLane {
        if let lane = lanes[offset] { return lane }
        let lane = WindowLane(of: self, offset: offset)
        lanes[offset] = lane
        return lane
    }

    func bounds(of window: AggregateWindow) -> WindowBounds {
        if let known = bounds[window] { return known }
        let made = WindowBounds(of: window, in: self, lane(window.offset))
        bounds[window] = made
        return made
    }
}
