import Columnar

extension WindowFunctions {
    /// Minima and maxima, of all windows that end alike in one pass.
    func extremes(_ wanted: [Wanted]) -> [Column] {
        guard let values, !wanted.isEmpty else { return [] }
        let words = RankedWords.of(values)
        var places = [Buffer?](repeating: nil, count: wanted.count)
        for function in [AggregateFunction.min, .max] {
            let offsets = Set(wanted.filter { $0.function == function }.map(\.window.offset))
            for offset in offsets {
                let own = wanted.indices.filter {
                    wanted[$0].function == function && wanted[$0].window.offset == offset
                }
                let bounds = own.map { sequence.bounds(of: wanted[$0].window) }
                for (place, found) in zip(own, extremePlaces(words, isMaximum: function == .max, bounds)) {
                    places[place] = found
                }
            }
        }
        return places.map { taking($0 ?? .empty) }
    }

    /// The event with the greatest or least value in each window at each question, Int32; -1 where there is none.
    ///
    /// The candidates are the events of which no later one is as good, so that their values fall: a window's best is the
    /// first of them that it covers. An event that becomes known late goes in between.
    private func extremePlaces(_ words: Buffer, isMaximum: Bool, _ bounds: [WindowBounds]) -> [Buffer] {
        let outputs = bounds.map { _ in MutableBuffer(uninitialized: sequence.queryCount * 4) }
        guard let lane = bounds.first?.lane else { return [] }
        let mask: UInt64 = isMaximum ? 0 : .max
        withExtendedLifetime((words, bounds)) {
            let words = words.elements(as: UInt64.self)
            let highs = lane.highs.elements(as: Int32.self)
            let entering = (lane.entering ?? .empty).elements(as: Int32.self)
            let lows = bounds.map { $0.lows.elements(as: Int32.self) }
            let targets = outputs.map { $0.elements(as: Int32.self) }
            var candidates = WindowCandidates(capacity: sequence.spans.map(\.events.count).max() ?? 0)
            for (number, span) in sequence.spans.enumerated() {
                candidates.removeAll()
                let isLate = lane.isLate(number)
                var high = span.events.lowerBound
                for query in span.queries {
                    let end = Int(highs[query])
                    while high < end {
                        if isLate {
                            candidates.insert(Int(entering[high]), words, mask)
                        } else {
                            candidates.append(high, words, mask)
                        }
                        high += 1
                    }
                    for (window, lows) in lows.enumerated() {
                        targets[window][query] = candidates.first(notBefore: lows[query])
                    }
                }
            }
        }
        return outputs.map { $0.freeze() }
    }

    /// The values at `places`, null where they are negative; NaN has one form.
    func taking(_ places: Buffer) -> Column {
        guard let values else { preconditionFailure("events have no values") }
        let taken = withExtendedLifetime(places) { values.taking(places.elements(as: Int32.self)) }
        switch taken.type {
        case .float32:
            let target = MutableBuffer(uninitialized: taken.count * 4)
            let (source, output) = (taken.elements(as: Float.self), target.elements(as: Float.self))
            for i in 0..<taken.count { output[i] = source[i].isNaN ? .nan : source[i] }
            return Column(.float32, count: taken.count, values: target.freeze(), validity: taken.validity)
        case .float64:
            let target = MutableBuffer(uninitialized: taken.count * 8)
            let (source, output) = (taken.elements(as: Double.self), target.elements(as: Double.self))
            for i in 0..<taken.count { output[i] = source[i].isNaN ? .nan : source[i] }
            return Column(.float64, count: taken.count, values: target.freeze(), validity: taken.validity)
        default: return taken
        }
    }
}

/// Events in order, each better than all behind it.
struct WindowCandidates {
    private var events: [Int32] = []

    init(capacity: Int) { events.reserveCapacity(capacity) }

    mutating func removeAll() { events.removeAll(keepingCapacity: true) }

    /// Adds an event behind all others. Amortized O(1).
    @inline(__always)
    mutating func append(_ event: Int, _ words: UnsafeBufferPointer<UInt64>, _ mask: UInt64) {
        let word = words[event] ^ mask
        while let last = events.last, words[Int(last)] ^ mask <= word { events.removeLast() }
        events.append(Int32(truncatingIfNeeded: event))
    }

    /// Adds an event wherever it belongs. O(log candidates), and moving those behind it.
    mutating func insert(_ event: Int, _ words: UnsafeBufferPointer<UInt64>, _ mask: UInt64) {
        let word = words[event] ^ mask
        let place = self.place(notBefore: Int32(truncatingIfNeeded: event))
        if place < events.count, words[Int(events[place])] ^ mask >= word { return }
        var start = place
        while start > 0, words[Int(events[start - 1])] ^ mask <= word { start -= 1 }
        events.replaceSubrange(start..<place, with: CollectionOfOne(Int32(truncatingIfNeeded: event)))
    }

    /// The first candidate from `low` on; -1 if there is none. O(log candidates), and O(1) for the first few.
    @inline(__always)
    func first(notBefore low: Int32) -> Int32 {
        let place = place(notBefore: low)
        return place < events.count ? events[place] : -1
    }

    @inline(__always)
    private func place(notBefore low: Int32) -> Int {
        var (start, end) = (0, events.count)
        while start < end {
            let middle = (start + end) / 2
            if events[middle] < low { start = middle + 1 } else { end = middle }
        }
        return start
    }
}
