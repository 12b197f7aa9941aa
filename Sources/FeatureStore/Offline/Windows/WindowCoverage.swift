import Columnar

/// What became of the entity rows of a batch, and when the last event was that counted.
struct WindowCoverage {
    private let batch: EventBatch
    /// Of each group, as `EventRuns` tells them.
    private let firstEvents: ArraySlice<Int64>

    init(of batch: EventBatch, firstEvents: ArraySlice<Int64>) {
        self.batch = batch
        self.firstEvents = firstEvents
    }

    /// Counts the outcomes: a row is found if an event counts in any of the windows that are asked for, whatever the
    /// conditions of features.
    func add(to result: inout AggregateJoin.RangeResult, withTimes: Bool) throws(DataError) {
        let windows = widest()
        let sequence = try batch.sequence(filter: nil, column: nil)
        let functions = WindowFunctions(sequence: sequence, type: nil, values: nil)
        let bounds = windows.map { sequence.bounds(of: $0) }
        let last = withTimes ? bounds.map { functions.lastEvents($0) } : []
        let output = WindowOutput<Int64>(.instant, count: withTimes ? batch.slots.count : 0)
        withExtendedLifetime((sequence, bounds, last)) {
            let counts = bounds.map { $0.counts.elements(as: Int32.self) }
            let lasts = last.map { $0.elements(as: Int32.self) }
            let times = batch.times.elements(as: Int64.self)
            let asked = sequence.askedTimes
            for (span, first) in zip(batch.spans, firstEvents) {
                for query in span.queries {
                    let outcome: MatchOutcome
                    if counts.contains(where: { $0[query] > 0 }) {
                        outcome = .found
                        if withTimes, let event = lasts.lazy.map({ $0[query] }).max(), event >= 0 {
                            output.set(query, times[Int(event)])
                        }
                    } else if first == .max {
                        outcome = .keyUnknown
                    } else if first >= asked[query] {
                        outcome = .beforeHistory
                    } else {
                        outcome = holdsUnknown(span, asked[query], windows, times) ? .notYetKnown : .tooOld
                    }
                    result.outcomes[Int(outcome.rawValue)] += 1
                }
            }
        }
        if withTimes { result.lastEvents.append(output.finish()) }
    }

    /// Of windows that end alike, the widest: those within it add nothing.
    private func widest() -> [AggregateWindow] {
        var widest: [TimeSpan: AggregateWindow] = [:]
        for window in batch.join.plan.groups.flatMap(\.windows) {
            guard let known = widest[window.offset] else {
                widest[window.offset] = window
                continue
            }
            guard let length = known.length else { continue }
            if window.length.map({ $0 > length }) ?? true { widest[window.offset] = window }
        }
        return widest.values.sorted { $0.offset < $1.offset }
    }

    /// Whether a window holds events that are not known yet.
    private func holdsUnknown(
        _ span: EventSpan, _ time: Int64, _ windows: [AggregateWindow], _ times: UnsafeBufferPointer<Int64>
    ) -> Bool {
        guard batch.known != nil else { return false }
        return windows.contains { window in
            let bounds = window.bounds(at: time, hop: batch.join.plan.hop?.microseconds)
            let event = gallop(from: span.events.lowerBound, to: span.events.upperBound) { times[$0] < bounds.start }
            return event < span.events.upperBound && times[event] < bounds.end
        }
    }
}
