import Columnar

/// When events come into the windows that end a fixed time before the time of asking: the same for windows of all lengths.
///
/// Where events become known in the order of their times, those that are in are the first ones of a span. Else events come
/// in by the time when they are known, and an order of entering is kept beside the order of times.
final class WindowLane {
    let offset: TimeSpan
    /// Int32, one a question: up to which event they are in, or of a span with late events, up to which of `entering`.
    let highs: Buffer
    /// Int32: events in the order in which they come in, each span's from its first event's place; nil if none are late.
    let entering: Buffer?
    /// Int32, one an event of spans with late ones: the question from which on it is in.
    let enteredAt: Buffer?
    /// Whether events of a span come in in another order than that of their times.
    private let lateSpans: [Bool]

    func isLate(_ span: Int) -> Bool { !lateSpans.isEmpty && lateSpans[span] }

    init(of sequence: EventSequence, offset: TimeSpan) {
        self.offset = offset
        let highs = MutableBuffer(uninitialized: sequence.queryCount * 4)
        var lateSpans: [Bool] = []
        if let known = sequence.known {
            lateSpans = Self.lateSpans(of: sequence, known.elements(as: Int64.self))
            if !lateSpans.contains(true) { lateSpans = [] }
        }
        let entering = lateSpans.isEmpty ? nil : MutableBuffer(uninitialized: sequence.count * 4)
        let enteredAt = lateSpans.isEmpty ? nil : MutableBuffer(uninitialized: sequence.count * 4)
        let hop = sequence.batch.join.plan.hop?.microseconds
        let window = AggregateWindow(length: nil, offset: offset)
        withExtendedLifetime(sequence) {
            let times = sequence.times.elements(as: Int64.self)
            let known = sequence.known?.elements(as: Int64.self)
            let asked = sequence.askedTimes
            let output = highs.elements(as: Int32.self)
            for (number, span) in sequence.spans.enumerated() {
                let shift = span.firstSlot - span.queries.lowerBound
                guard !lateSpans.isEmpty, lateSpans[number] else {
                    var high = span.events.lowerBound
                    for query in span.queries {
                        let time = asked[query + shift]
                        let end = window.bounds(at: time, hop: hop).end
                        if let known {
                            while high < span.events.upperBound, times[high] < end, known[high] <= time { high += 1 }
                        } else {
                            while high < span.events.upperBound, times[high] < end { high += 1 }
                        }
                        output[query] = Int32(truncatingIfNeeded: high)
                    }
                    continue
                }
                guard let known, let entering, let enteredAt else { continue }
                Self.enter(
                    span, times, known, output, entering.elements(as: Int32.self), enteredAt.elements(as: Int32.self)
                ) { query in
                    let time = asked[query + shift]
                    return (time, window.bounds(at: time, hop: hop).end)
                }
            }
        }
        self.highs = highs.freeze()
        self.entering = entering?.freeze()
        self.enteredAt = enteredAt?.freeze()
        self.lateSpans = lateSpans
    }

    private static func lateSpans(of sequence: EventSequence, _ known: UnsafeBufferPointer<Int64>) -> [Bool] {
        sequence.spans.map { span in
            guard span.events.count > 1 else { return false }
            for event in span.events.dropFirst() where known[event] < known[event - 1] { return true }
            return false
        }
    }

    /// Finds the question from which on each event of a span is in, and the order in which they come in.
    private static func enter(
        _ span: EventSpan, _ times: UnsafeBufferPointer<Int64>, _ known: UnsafeBufferPointer<Int64>,
        _ highs: UnsafeMutableBufferPointer<Int32>, _ entering: UnsafeMutableBufferPointer<Int32>,
        _ enteredAt: UnsafeMutableBufferPointer<Int32>, _ asked: (_ query: Int) -> (time: Int64, end: Int64)
    ) {
        var first = span.queries.lowerBound
        for query in span.queries { highs[query] = 0 }
        for event in span.events {
            while first < span.queries.upperBound, asked(first).end <= times[event] { first += 1 }
            let moment = known[event]
            let query = gallop(from: first, to: span.queries.upperBound) { asked($0).time < moment }
            enteredAt[event] = Int32(truncatingIfNeeded: query)
            if query < span.queries.upperBound { highs[query] += 1 }
        }
        // Where each question's events begin, and so end once they are placed.
        var place = Int32(truncatingIfNeeded: span.events.lowerBound)
        for query in span.queries {
            let count = highs[query]
            highs[query] = place
            place += count
        }
        for event in span.events {
            let query = Int(enteredAt[event])
            guard query < span.queries.upperBound else { continue }
            entering[Int(highs[query])] = Int32(truncatingIfNeeded: event)
            highs[query] += 1
        }
    }
}
