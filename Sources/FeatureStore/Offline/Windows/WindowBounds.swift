import Columnar

/// Which events one window covers at each question.
final class WindowBounds {
    let window: AggregateWindow
    let lane: WindowLane
    /// Int32, one a question: the first event that is not too old.
    let lows: Buffer
    /// Int32, one a question: how many events are in the window.
    let counts: Buffer

    init(of window: AggregateWindow, in sequence: EventSequence, _ lane: WindowLane) {
        self.window = window
        self.lane = lane
        let lows = MutableBuffer(uninitialized: sequence.queryCount * 4)
        let counts = MutableBuffer(uninitialized: sequence.queryCount * 4)
        let hop = sequence.batch.join.plan.hop?.microseconds
        withExtendedLifetime((sequence, lane)) {
            let times = sequence.times.elements(as: Int64.self)
            let asked = sequence.askedTimes
            let output = lows.elements(as: Int32.self)
            let highs = lane.highs.elements(as: Int32.self)
            let number = counts.elements(as: Int32.self)
            for (place, span) in sequence.spans.enumerated() {
                let shift = span.firstSlot - span.queries.lowerBound
                var low = span.events.lowerBound
                for query in span.queries {
                    let start = window.bounds(at: asked[query + shift], hop: hop).start
                    while low < span.events.upperBound, times[low] < start { low += 1 }
                    output[query] = Int32(truncatingIfNeeded: low)
                }
                guard lane.isLate(place) else {
                    for query in span.queries { number[query] = max(0, highs[query] - output[query]) }
                    continue
                }
                var count: Int32 = 0
                WindowSlide(span, lane, UnsafeBufferPointer(output), isLate: true).run { _ in
                    count += 1
                } remove: { _ in
                    count -= 1
                } ask: {
                    number[$0] = count
                }
            }
        }
        self.lows = lows.freeze()
        self.counts = counts.freeze()
    }
}

/// Goes through the questions of a span in the order of their times, and tells which events come into the window and which
/// go out of it before each.
///
/// Every event comes in and goes out once at most. Complexity: O(events + questions).
struct WindowSlide {
    private let span: EventSpan
    private let isLate: Bool
    private let lows: UnsafeBufferPointer<Int32>
    private let highs: UnsafeBufferPointer<Int32>
    private let entering: UnsafeBufferPointer<Int32>
    private let enteredAt: UnsafeBufferPointer<Int32>

    /// Valid while the lane and the bounds live.
    init(_ span: EventSpan, _ lane: WindowLane, _ lows: UnsafeBufferPointer<Int32>, isLate: Bool) {
        self.span = span
        self.isLate = isLate
        self.lows = lows
        highs = lane.highs.elements(as: Int32.self)
        entering = (lane.entering ?? .empty).elements(as: Int32.self)
        enteredAt = (lane.enteredAt ?? .empty).elements(as: Int32.self)
    }

    @inline(__always)
    func run(add: (_ event: Int) -> Void, remove: (_ event: Int) -> Void, ask: (_ query: Int) -> Void) {
        var low = span.events.lowerBound
        var high = low
        for query in span.queries {
            let (newLow, newHigh) = (Int(lows[query]), Int(highs[query]))
            if isLate {
                // One that comes in when it is too old already is never in.
                for event in low..<newLow where Int(enteredAt[event]) < query { remove(event) }
                while high < newHigh {
                    let event = Int(entering[high])
                    if event >= newLow { add(event) }
                    high += 1
                }
            } else {
                for event in low..<max(low, min(newLow, high)) { remove(event) }
                for event in max(high, newLow)..<max(high, newLow, newHigh) { add(event) }
                high = max(high, newHigh)
            }
            low = newLow
            ask(query)
        }
    }
}
