import Columnar

/// What is known of a feature's values: counts and ends are exact, mean and deviation are rounded once, and what is
/// estimated says by how much it may be off.
public struct FeatureStatistics: Sendable, Encodable {
    public var feature: String
    public var type: FeatureType
    /// Rows of history, those with nulls among them.
    public var rows: Int64
    public var nulls: Int64
    /// Values that are NaN; of vectors those with an element that is not finite. Nothing else below counts them.
    public var notNumbers: Int64?
    /// Values that are infinite: they are no part of mean, deviation and quantiles.
    public var infinities: Int64?
    /// Of booleans.
    public var trues: Int64?
    /// Least and greatest: of numbers and times their values, of texts their lengths, of vectors their norms.
    public var minimum: JSONValue?
    public var maximum: JSONValue?
    /// Of numbers, of texts' lengths, of vectors' norms.
    public var mean: Double?
    /// The root of the unbiased variance: of numbers, and of vectors' norms.
    public var standardDeviation: Double?
    public var quantiles: [Quantile]?
    public var quantileError: QuantileError?
    /// Values that are different; of vectors their norms.
    public var distinct: DistinctCount?
    /// The most frequent values, the most frequent first, as far as it is certain that they are.
    public var top: [FrequentValue]?
    /// Texts of no character.
    public var empty: Int64?
    /// How the finite values are distributed, in parts of equal width.
    public var distribution: Distribution?
    /// Of vectors: each dimension.
    public var dimensions: [Dimension]?

    public struct Quantile: Sendable, Encodable {
        /// From 0 to 1.
        public var q: Double
        public var value: JSONValue
    }

    /// How far a quantile may be from the value of its rank: 0 where all different values are known.
    public struct QuantileError: Sendable, Encodable {
        /// In proportion to the value.
        public var relative: Double?
        /// Of times.
        public var seconds: Double?
    }

    public struct DistinctCount: Sendable, Encodable {
        public var count: Int64
        public var isExact: Bool
        /// In proportion to the count.
        public var standardError: Double
    }

    public struct FrequentValue: Sendable, Encodable {
        public var value: JSONValue
        /// Whether `value` is only the beginning of a long text.
        public var isCut: Bool?
        /// How often it occurs at most.
        public var count: Int64
        /// By how much less often it may occur.
        public var error: Int64
    }

    public struct Distribution: Sendable, Encodable {
        /// The ends of the whole, which leaves out half a percent of the values at each side.
        public var from: JSONValue
        public var to: JSONValue
        public var counts: [Int64]
    }

    public struct Dimension: Sendable, Encodable {
        public var minimum: Float
        public var maximum: Float
        public var mean: Double
    }
}

extension FeatureStatistics {
    /// The ranks of the quantiles that are reported.
    static let ranks = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]
    /// So many frequent values are reported.
    static let topCount = 10

    init(_ summary: FeatureSummary, of feature: Feature) {
        self.feature = feature.name
        type = feature.type
        rows = summary.rows
        nulls = summary.nulls
        switch summary.values {
        case .booleans(let trues): self.trues = trues
        case .numbers(let numbers): report(numbers)
        case .texts(let texts): report(texts, isText: feature.type == .string)
        case .times(let times): report(times)
        case .vectors(let vectors): report(vectors)
        }
    }

    private mutating func report(_ numbers: NumberSummary) {
        if numbers.kind != .integer {
            notNumbers = numbers.nans
            infinities = numbers.positiveInfinities + numbers.negativeInfinities
        }
        if let ends = numbers.ends.range {
            minimum = JSONValue(numbers.value(atOrder: ends.lowerBound))
            maximum = JSONValue(numbers.value(atOrder: ends.upperBound))
        }
        mean = numbers.moments.mean
        standardDeviation = numbers.moments.standardDeviation
        distinct = DistinctCount(numbers.frequencies)
        top = numbers.frequencies.frequent.top(Self.topCount).map { item, counter in
            FrequentValue(
                value: JSONValue(numbers.value(ofItem: item)), count: counter.count, error: counter.error)
        }
        guard numbers.moments.count > 0 else { return }
        let ranked = numbers.ranked
        quantiles = Self.ranks.compactMap { q in
            if let ranked {
                return ranked.quantile(q).map { Quantile(q: q, value: JSONValue(numbers.value(atOrder: $0))) }
            }
            return numbers.quantile(q).map { estimate in
                let whole = numbers.kind == .integer ? Int64(exactly: estimate) : nil
                return Quantile(q: q, value: JSONValue(whole.map(Value.int) ?? .float64(estimate)))
            }
        }
        quantileError = QuantileError(relative: ranked == nil ? DDSketch.relativeError : 0)
        distribution = Distribution(numbers)
    }

    private mutating func report(_ texts: TextSummary, isText: Bool) {
        empty = texts.empty
        if let ends = texts.lengthEnds.range {
            minimum = JSONValue(.int(ends.lowerBound))
            maximum = JSONValue(.int(ends.upperBound))
            mean = Double(texts.totalLength) / Double(texts.count)
        }
        distinct = DistinctCount(texts.frequencies)
        top = texts.frequencies.frequent.top(Self.topCount).map { item, counter in
            let value: Value =
                isText ? .string(String(decoding: item.beginning, as: UTF8.self)) : .bytes(item.beginning)
            return FrequentValue(
                value: JSONValue(value), isCut: item.isCut ? true : nil, count: counter.count, error: counter.error)
        }
    }

    private mutating func report(_ times: TimeSummary) {
        func time(_ microseconds: Int64) -> JSONValue {
            JSONValue(.timestamp(Timestamp(microseconds: microseconds)))
        }
        distinct = DistinctCount(times.frequencies)
        top = times.frequencies.frequent.top(Self.topCount).map { item, counter in
            FrequentValue(value: time(Int64(bitPattern: item)), count: counter.count, error: counter.error)
        }
        guard let ends = times.ends.range else { return }
        minimum = time(ends.lowerBound)
        maximum = time(ends.upperBound)
        let ranked = times.ranked
        quantiles = Self.ranks.compactMap { q in
            (ranked?.quantile(q) ?? times.quantile(q)).map { Quantile(q: q, value: time($0)) }
        }
        quantileError = QuantileError(seconds: ranked == nil ? Double(times.quantiles.error) / 1e6 : 0)
    }

    private mutating func report(_ vectors: VectorSummary) {
        report(vectors.norms)
        infinities = nil
        notNumbers = vectors.notFinite
        top = nil
        if vectors.count == 0 || vectors.dimensions.isEmpty { return }
        dimensions = vectors.dimensions.compactMap { dimension in
            dimension.ends.range.map { ends in
                Dimension(
                    minimum: Float(order: Int32(truncatingIfNeeded: ends.lowerBound)),
                    maximum: Float(order: Int32(truncatingIfNeeded: ends.upperBound)),
                    mean: dimension.sum.rounded(dividingBy: UInt64(vectors.count)))
            }
        }
    }
}

extension FeatureStatistics.DistinctCount {
    init<Item>(_ frequencies: ValueFrequencies<Item>) {
        self.init(
            count: frequencies.distinct, isExact: frequencies.frequent.isExact,
            standardError: frequencies.standardError)
    }
}

extension NumberSummary {
    /// A quantile of the finite values, which never lies beyond the ends, and is whole if they are.
    func quantile(_ q: Double) -> Double? {
        guard var estimate = quantiles.quantile(q) else { return nil }
        // A bucket of whole numbers that is narrower than 1 holds but one; of a wider one this keeps the error.
        if kind == .integer { estimate.round(.towardZero) }
        guard let ends = ends.range else { return estimate }
        let (least, greatest) = (number(atOrder: ends.lowerBound), number(atOrder: ends.upperBound))
        return min(max(estimate, least), greatest)
    }
}

extension TimeSummary {
    /// A quantile in microseconds, which never lies beyond the ends.
    func quantile(_ q: Double) -> Int64? {
        guard let estimate = quantiles.quantile(q), let ends = ends.range else { return nil }
        return min(max(estimate, ends.lowerBound), ends.upperBound)
    }
}
