import Columnar

extension FeatureStatistics.Distribution {
    /// At most so many parts.
    private static let maximumParts = 20

    /// How the middle 99 % of the finite values of `numbers` are distributed; nil if there are none.
    ///
    /// Whole numbers lie in the middle of parts that are at least 1 wide. Parts are never narrower than what the quantile
    /// sketch tells apart, unless all values are known.
    init?(_ numbers: NumberSummary) {
        let ranked = numbers.ranked
        func quantile(_ q: Double) -> Double? {
            ranked.map { $0.quantile(q).map(numbers.number(atOrder:)) } ?? numbers.quantile(q)
        }
        guard var low = quantile(0.005), var high = quantile(0.995) else { return nil }
        if ranked == nil, quantile(0) == quantile(1), let ends = numbers.finiteEnds {
            // The sketch does not tell them apart; the ends say more.
            (low, high) = (ends.lowerBound, ends.upperBound)
        }
        let margin = numbers.kind == .integer ? 0.5 : 0
        let (bottom, top) = (low - margin, high + margin)
        var parts = Self.maximumParts
        if numbers.kind == .integer { parts = Int(min(Double(parts), top - bottom)) }
        if ranked == nil { parts = Int(min(Double(parts), (top - bottom) / DDSketch.width(at: max(-low, high)))) }
        if parts < 2 || bottom >= top || !(top - bottom).isFinite { parts = 1 }
        let edges =
            [bottom] + (1..<parts).map { bottom + (top - bottom) * (Double($0) / Double(parts)) } + [top]
        if let ranked {
            // The lowest value belongs to the first part.
            counts = ranked.counts(between: [bottom.nextDown] + edges.dropFirst(), numbers.number(atOrder:))
        } else {
            let within = numbers.finiteEnds ?? low...high
            let through = edges.indices.map { i in
                i == 0
                    ? Double(numbers.quantiles.rank(below: low))
                    : i == parts
                        ? Double(numbers.quantiles.rank(of: high)) : numbers.quantiles.rank(near: edges[i], within)
            }
            let whole = through.map { Int64($0.rounded()) }
            counts = zip(whole.dropFirst(), whole).map { max(0, $0 - $1) }
        }
        let isWhole = numbers.kind == .integer
        from = JSONValue(isWhole ? Int64(exactly: low).map(Value.int) ?? .float64(low) : .float64(low))
        to = JSONValue(isWhole ? Int64(exactly: high).map(Value.int) ?? .float64(high) : .float64(high))
    }
}

extension NumberSummary {
    /// The least and the greatest value, if both are finite.
    fileprivate var finiteEnds: ClosedRange<Double>? {
        guard let ends = ends.range else { return nil }
        let (least, greatest) = (number(atOrder: ends.lowerBound), number(atOrder: ends.upperBound))
        return least.isFinite && greatest.isFinite ? least...greatest : nil
    }
}

extension DDSketch {
    /// How wide the bucket of a magnitude is.
    fileprivate static func width(at magnitude: Double) -> Double {
        let bucket = bucket(of: magnitude.magnitude)
        return bucket < firstBucket ? 0 : lowerBound(of: bucket + 1) - lowerBound(of: bucket)
    }

    /// About how many numbers are at most `number`, as if those of its bucket were evenly spread within it and `ends`.
    fileprivate func rank(near number: Double, _ ends: ClosedRange<Double>) -> Double {
        let (below, through) = (Double(rank(below: number)), Double(rank(of: number)))
        let bucket = Self.bucket(of: number.magnitude)
        guard bucket >= Self.firstBucket else { return through }
        let (near, far) = (Self.lowerBound(of: bucket), Self.lowerBound(of: bucket + 1))
        let lower = max(number < 0 ? -far : near, ends.lowerBound)
        let upper = min(number < 0 ? -near : far, ends.upperBound)
        guard lower < upper, upper.isFinite else { return through }
        return below + (through - below) * min(max((number - lower) / (upper - lower), 0), 1)
    }
}
