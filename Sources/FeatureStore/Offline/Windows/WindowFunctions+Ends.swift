import Columnar

extension WindowFunctions {
    /// The first or last values.
    func ends(_ wanted: Wanted) -> Column {
        let bounds = sequence.bounds(of: wanted.window)
        switch wanted.function {
        case .first: return taking(firstEvents(bounds))
        case .last: return taking(lastEvents(bounds))
        case .lastN(let most): return lists(bounds, most)
        default: preconditionFailure("no end of a window")
        }
    }

    /// The first event in the window at each question, Int32; -1 where there is none.
    private func firstEvents(_ bounds: WindowBounds) -> Buffer {
        let output = MutableBuffer(uninitialized: sequence.queryCount * 4)
        eachWindow(bounds) { query, low, high, isIn in
            let target = output.elements(as: Int32.self)
            target[query] = Int32(truncatingIfNeeded: (isIn.map { $0.first(from: low, to: high) } ?? low) ?? -1)
            if low >= high { target[query] = -1 }
        }
        return output.freeze()
    }

    /// The last event in the window at each question, Int32; -1 where there is none.
    func lastEvents(_ bounds: WindowBounds) -> Buffer {
        let output = MutableBuffer(uninitialized: sequence.queryCount * 4)
        eachWindow(bounds) { query, low, high, isIn in
            let target = output.elements(as: Int32.self)
            target[query] = Int32(truncatingIfNeeded: (isIn.map { $0.last(from: low, to: high) } ?? high - 1) ?? -1)
            if low >= high { target[query] = -1 }
        }
        return output.freeze()
    }

    /// The last values, the newest first, as lists.
    private func lists(_ bounds: WindowBounds, _ most: Int) -> Column {
        guard let values, let type else { preconditionFailure("events have no values") }
        var builder = ColumnBuilder(.string)
        var texts = [String?](repeating: nil, count: sequence.queryCount)
        eachWindow(bounds) { query, low, high, isIn in
            var list: [Value] = []
            var end = high
            while list.count < most, end > low {
                guard let event = isIn.map({ $0.last(from: low, to: end) }) ?? end - 1 else { break }
                list.append(AggregateScalar(values, row: event)?.value(of: type) ?? .null)
                end = event
            }
            if !list.isEmpty { texts[query] = AggregateText.list(list) }
        }
        for text in texts { _ = builder.append(text.map(Value.string) ?? .null) }
        return builder.finish()
    }

    /// Tells of each question which events may be in its window, and, where some of them may not be known yet, which are.
    private func eachWindow(
        _ bounds: WindowBounds, _ tell: (_ query: Int, _ low: Int, _ high: Int, _ isIn: EventSet?) -> Void
    ) {
        withExtendedLifetime(bounds) {
            let lows = bounds.lows.elements(as: Int32.self)
            let highs = bounds.lane.highs.elements(as: Int32.self)
            let entering = (bounds.lane.entering ?? .empty).elements(as: Int32.self)
            for (number, span) in sequence.spans.enumerated() {
                guard bounds.lane.isLate(number) else {
                    for query in span.queries { tell(query, Int(lows[query]), Int(highs[query]), nil) }
                    continue
                }
                let isIn = EventSet(span.events)
                var high = span.events.lowerBound
                for query in span.queries {
                    while high < Int(highs[query]) {
                        isIn.insert(Int(entering[high]))
                        high += 1
                    }
                    // Up to the last that came in: those behind it are not looked at.
                    tell(query, Int(lows[query]), isIn.end, isIn)
                }
            }
        }
    }
}

/// Some of a span's events.
final class EventSet {
    private let start: Int
    private var words: [UInt64]
    /// Behind the last event that is in.
    private(set) var end: Int

    init(_ events: Range<Int>) {
        start = events.lowerBound
        end = events.lowerBound
        words = [UInt64](repeating: 0, count: (events.count + 63) / 64)
    }

    func insert(_ event: Int) {
        words[(event - start) >> 6] |= 1 << UInt64((event - start) & 63)
        end = max(end, event + 1)
    }

    /// The first event of a range that is in.
    func first(from low: Int, to high: Int) -> Int? {
        guard low < high else { return nil }
        var place = (low - start) >> 6
        var word = words[place] & (.max << UInt64((low - start) & 63))
        while word == 0 {
            place += 1
            guard place << 6 < high - start else { return nil }
            word = words[place]
        }
        let event = start + place << 6 + word.trailingZeroBitCount
        return event < high ? event : nil
    }

    /// The last event of a range that is in.
    func last(from low: Int, to high: Int) -> Int? {
        guard low < high else { return nil }
        let last = high - 1 - start
        var place = last >> 6
        var word = words[place] & (.max >> UInt64(63 - last & 63))
        while word == 0 {
            place -= 1
            guard place >= 0, place << 6 + 63 >= low - start else { return nil }
            word = words[place]
        }
        let event = start + place << 6 + 63 - word.leadingZeroBitCount
        return event >= low ? event : nil
    }
}
