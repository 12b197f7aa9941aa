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
            var candidates = WindowCandidates(capacity: sequence.spans.lazy.map(\.events.count).max() ?? 0)
            for (number, span) in sequence.spans.enumerated() {
                candidates.removeAll()
                let isLate = lane.isLate(number)
                var high = span.events.lowerBound
                for query in span.queries {
                    let end = Int(highs[query])
                    while high < end {
                        if isLate {
                            let event = Int(entering[high])
                            candidates.insert(event, words[event] ^ mask)
                        } else {
                            candidates.append(high, words[high] ^ mask)
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
