import Columnar

extension WindowFunctions {
    /// Sums and means: differences of running sums, which all windows share.
    func sums(_ wanted: [Wanted]) -> [Column] {
        guard let values, !wanted.isEmpty else { return [] }
        let numbers = WindowNumbers(values)
        let running = RunningSums(of: numbers, sequence.spans)
        return wanted.map { wanted in
            numbers.isFloat || wanted.function == .mean
                ? floatSums(wanted, running) : wholeSums(wanted, running)
        }
    }

    private func floatSums(_ wanted: Wanted, _ running: RunningSums) -> Column {
        let isMean = wanted.function == .mean
        let output = WindowOutput<Double>(.float64, count: sequence.queryCount)
        let bounds = sequence.bounds(of: wanted.window)
        withExtendedLifetime((bounds, running)) {
            let counts = bounds.counts.elements(as: Int32.self)
            for (number, span) in sequence.spans.enumerated() {
                guard let exponent = running.exponents[number] else {
                    accumulate(wanted, span: number, into: output)
                    continue
                }
                eachSum(number, span, bounds, running) { query, sum in
                    guard counts[query] > 0 else { return }
                    let divisor = isMean ? UInt64(counts[query]) : 1
                    output.set(query, FixedPointSum(digits: sum, exponent: exponent).rounded(dividingBy: divisor))
                }
            }
        }
        return output.finish()
    }

    /// Variances and their roots, from running sums and running sums of squares.
    func variances(_ wanted: [Wanted]) -> [Column] {
        guard let values, !wanted.isEmpty else { return [] }
        let running = RunningSums(of: WindowNumbers(values), sequence.spans)
        let squares = running.squares(sequence.spans)
        return wanted.map { variance($0, running, squares) }
    }

    private func variance(_ wanted: Wanted, _ running: RunningSums, _ squares: Buffer) -> Column {
        let isRoot = wanted.function == .stddev
        let output = WindowOutput<Double>(.float64, count: sequence.queryCount)
        let bounds = sequence.bounds(of: wanted.window)
        withExtendedLifetime((bounds, running, squares)) {
            let counts = bounds.counts.elements(as: Int32.self)
            let squares = squares.elements(as: WideInteger.self)
            let sums = running.elements
            let lows = bounds.lows.elements(as: Int32.self)
            let highs = bounds.lane.highs.elements(as: Int32.self)
            for (number, span) in sequence.spans.enumerated() {
                guard let exponent = running.exponents[number] else {
                    accumulate(wanted, span: number, into: output)
                    continue
                }
                let first = span.events.lowerBound
                func difference(_ low: Int, _ high: Int) -> WideInteger {
                    low > first ? squares[high - 1] &- squares[low - 1] : squares[high - 1]
                }
                func tell(_ query: Int, _ sum: Int128, _ squares: WideInteger) {
                    let scatter = FixedPointScatter.rounded(
                        count: UInt64(counts[query]), sum: sum, squares: squares, exponent: exponent)
                    let variance = scatter / Double(counts[query] - 1)
                    output.set(query, isRoot ? variance.squareRoot() : variance)
                }
                guard bounds.lane.isLate(number) else {
                    for query in span.queries where counts[query] > 1 {
                        let (low, high) = (Int(lows[query]), Int(highs[query]))
                        tell(query, running.difference(low, high, first: first, sums), difference(low, high))
                    }
                    continue
                }
                var (sum, total): (Int128, WideInteger) = (0, WideInteger())
                WindowSlide(span, bounds.lane, lows, isLate: true).run { event in
                    sum &+= running.difference(event, event + 1, first: first, sums)
                    total = total &+ difference(event, event + 1)
                } remove: { event in
                    sum &-= running.difference(event, event + 1, first: first, sums)
                    total = total &- difference(event, event + 1)
                } ask: { query in
                    if counts[query] > 1 { tell(query, sum, total) }
                }
            }
        }
        return output.finish()
    }

    private func wholeSums(_ wanted: Wanted, _ running: RunningSums) -> Column {
        let output = WindowOutput<Int64>(.int64, count: sequence.queryCount)
        let bounds = sequence.bounds(of: wanted.window)
        withExtendedLifetime((bounds, running)) {
            let counts = bounds.counts.elements(as: Int32.self)
            for (number, span) in sequence.spans.enumerated() {
                eachSum(number, span, bounds, running) { query, sum in
                    guard counts[query] > 0, let fitting = Int64(exactly: sum) else { return }
                    output.set(query, fitting)
                }
            }
        }
        return output.finish()
    }

    /// Tells the sum of the events that are in the window at each question of a span.
    @inline(__always)
    private func eachSum(
        _ number: Int, _ span: EventSpan, _ bounds: WindowBounds, _ running: RunningSums,
        _ tell: (_ query: Int, _ sum: Int128) -> Void
    ) {
        let sums = running.elements
        let first = span.events.lowerBound
        let lows = bounds.lows.elements(as: Int32.self)
        guard bounds.lane.isLate(number) else {
            let highs = bounds.lane.highs.elements(as: Int32.self)
            for query in span.queries {
                tell(query, running.difference(Int(lows[query]), Int(highs[query]), first: first, sums))
            }
            return
        }
        var sum: Int128 = 0
        WindowSlide(span, bounds.lane, lows, isLate: true).run { event in
            sum &+= running.difference(event, event + 1, first: first, sums)
        } remove: { event in
            sum &-= running.difference(event, event + 1, first: first, sums)
        } ask: { query in
            tell(query, sum)
        }
    }
}
