import Columnar

/// Computes functions of one column's values, or of events themselves, over windows, for all questions of a sequence.
///
/// What several functions and windows need of the values is made once.
struct WindowFunctions {
    let sequence: EventSequence
    /// The column's type; nil for events themselves.
    let type: FeatureType?
    /// The values of the sequence's events, without nulls; nil for events themselves.
    let values: Column?

    /// What is wanted: a function over a window.
    struct Wanted {
        var function: AggregateFunction
        var window: AggregateWindow
    }

    /// A column with one value a question for each of `wanted`.
    ///
    /// Complexity: O(events + questions) for each window and function, with a logarithm of the span's values for quantiles,
    /// minima and maxima; sums and counts go through the events once for all windows.
    func columns(_ wanted: [Wanted]) -> [Column] {
        var columns = [Column?](repeating: nil, count: wanted.count)
        func places(_ isWanted: (AggregateFunction) -> Bool) -> [Int] {
            wanted.indices.filter { isWanted(wanted[$0].function) }
        }
        for place in places({ [.count, .rate, .timeSinceLast].contains($0) }) { columns[place] = events(wanted[place]) }
        let extremes = places { $0 == .min || $0 == .max }
        for (place, column) in zip(extremes, self.extremes(extremes.map { wanted[$0] })) { columns[place] = column }
        let sums = places { $0 == .sum || $0 == .mean }
        for (place, column) in zip(sums, self.sums(sums.map { wanted[$0] })) { columns[place] = column }
        let ends = places { function in
            if case .lastN = function { true } else { function == .first || function == .last }
        }
        for place in ends { columns[place] = self.ends(wanted[place]) }
        let variances = places { $0 == .variance || $0 == .stddev }
        for (place, column) in zip(variances, self.variances(variances.map { wanted[$0] })) { columns[place] = column }
        let distinct = places { $0 == .distinctCount }
        for (place, column) in zip(distinct, distinctCounts(distinct.map { wanted[$0] })) { columns[place] = column }
        let quantiles = places { if case .quantile = $0 { true } else { false } }
        for (place, column) in zip(quantiles, self.quantiles(quantiles.map { wanted[$0] })) { columns[place] = column }
        return columns.map { column in
            guard let column else { preconditionFailure("a function that no one computes") }
            return column
        }
    }

    // MARK: - What needs no values

    private func events(_ wanted: Wanted) -> Column {
        let bounds = sequence.bounds(of: wanted.window)
        switch wanted.function {
        case .count:
            let output = MutableBuffer(uninitialized: sequence.queryCount * 8)
            let counts = bounds.counts.elements(as: Int32.self)
            let target = output.elements(as: Int64.self)
            for query in 0..<sequence.queryCount { target[query] = Int64(counts[query]) }
            return Column(.int64, count: sequence.queryCount, values: output.freeze())
        case .rate:
            let output = MutableBuffer(uninitialized: sequence.queryCount * 8)
            let counts = bounds.counts.elements(as: Int32.self)
            let target = output.elements(as: Double.self)
            let seconds = Double(wanted.window.length?.microseconds ?? 0) / 1e6
            for query in 0..<sequence.queryCount { target[query] = Double(counts[query]) / seconds }
            return Column(.float64, count: sequence.queryCount, values: output.freeze())
        default:
            let last = lastEvents(bounds)
            let output = WindowOutput<Double>(.float64, count: sequence.queryCount)
            withExtendedLifetime((sequence, last)) {
                let times = sequence.times.elements(as: Int64.self)
                let asked = sequence.askedTimes
                let last = last.elements(as: Int32.self)
                for span in sequence.spans {
                    let shift = span.firstSlot - span.queries.lowerBound
                    for query in span.queries where last[query] >= 0 {
                        output.set(query, Double(asked[query + shift] &- times[Int(last[query])]) / 1e6)
                    }
                }
            }
            return output.finish()
        }
    }

    // MARK: - By accumulators, which are slow and right of all numbers

    /// A removable function of one span.
    func accumulate(_ wanted: Wanted, span number: Int, into output: WindowOutput<Double>) {
        guard let values, let type else { return }
        let span = sequence.spans[number]
        let bounds = sequence.bounds(of: wanted.window)
        var state = Accumulator(AccumulatorLayout(of: type, parts: wanted.function.parts))
        let length = wanted.window.length
        let time = Timestamp(microseconds: 0)
        withExtendedLifetime(bounds) {
            WindowSlide(span, bounds.lane, bounds.lows.elements(), isLate: bounds.lane.isLate(number)).run { event in
                state.add(AggregateScalar(values, row: event), at: EventPlace(time: 0))
            } remove: { event in
                state.remove(AggregateScalar(values, row: event))
            } ask: { query in
                if case .float64(let value) = state.value(of: wanted.function, over: length, at: time) {
                    output.set(query, value)
                }
            }
        }
    }
}
