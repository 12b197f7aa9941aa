import Columnar
import Foundation

/// How a feature's values differ from those of a baseline.
public struct FeatureDrift: Sendable, Encodable {
    /// `view:feature`.
    public var feature: String
    public var type: FeatureType
    public var baseline: Side
    public var current: Side
    /// Population stability index over tenths of the baseline, or over categories.
    public var populationStability: Double?
    /// What the index exceeds by chance in one comparison of a hundred, with so few values.
    public var populationStabilityByChance: Double?
    /// Kolmogorov–Smirnov statistic, of numbers.
    public var kolmogorovSmirnov: Double?
    /// Jensen–Shannon distance in bits, over the same bins as the index.
    public var jensenShannon: Double?
    /// Values that the baseline does not have, of texts, bytes and truth values.
    public var newCategories: NewCategories?
    /// How values are distributed on both sides, for a drawing.
    public var shape: Shape?
    /// What lies beyond a threshold, in words; empty if nothing does.
    public var findings: [String] = []
    /// Why it could not be compared.
    public var obstacle: String?

    /// One side's values.
    public struct Side: Sendable, Encodable {
        public var rows: Int
        /// Rows whose value is null or NaN, and their share.
        public var missing: Int
        public var missingShare: Double
        public var mean: Double?
        public var standardDeviation: Double?
        public var minimum: Double?
        public var median: Double?
        public var maximum: Double?
        /// How many values are different.
        public var categories: Int?
    }

    public struct NewCategories: Sendable, Encodable {
        public var count: Int
        /// Of the rows that have a value.
        public var share: Double
        /// The most frequent, at most five.
        public var examples: [String]
    }

    /// Shares of the values of both sides.
    public struct Shape: Sendable, Encodable {
        /// The ends of bins of equal width, of numbers; few values lie beyond.
        public var edges: [Double]?
        /// The most frequent values, and then all others as one.
        public var categories: [String]?
        public var baseline: [Double]
        public var current: [Double]
    }
}

extension FeatureDrift {
    /// Tenths of the baseline.
    static let binCount = 10
    static let shapeBins = 40
    static let shapeCategories = 8

    init(_ feature: String, _ type: FeatureType, _ baseline: FeatureValues, _ current: FeatureValues) {
        self.init(feature: feature, type: type, baseline: Side(baseline), current: Side(current))
        guard baseline.rows > 0 else {
            obstacle = "the baseline has no rows"
            return
        }
        guard current.rows > 0 else {
            obstacle = "there are no current rows"
            return
        }
        guard baseline.present > 0, current.present > 0 else { return }
        switch baseline.kind {
        case .numbers: compareNumbers(baseline.numbers, current.numbers)
        case .categories: compareCategories(baseline.categories, current.categories)
        }
    }

    private mutating func compareNumbers(_ a: [Double], _ b: [Double]) {
        let bins = ValueBins(sorted: a, count: Self.binCount)
        measure(bins.counts(sorted: a), bins.counts(sorted: b))
        kolmogorovSmirnov = DriftMeasures.kolmogorovSmirnov(a, b)
        shape = Self.shape(a, b, isWhole: type == .int32 || type == .int64)
    }

    private mutating func compareCategories(_ a: [String: Int], _ b: [String: Int]) {
        let names = Set(a.keys).union(b.keys).sorted()
        measure(names.map { a[$0] ?? 0 }, names.map { b[$0] ?? 0 })
        let added = b.filter { a[$0.key] == nil }
        let total = b.values.reduce(0, +)
        newCategories = NewCategories(
            count: added.count, share: Double(added.values.reduce(0, +)) / Double(total),
            examples: added.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map(\.key))
        let ranked = names.sorted {
            (a[$1, default: 0] + b[$1, default: 0], $0) < (a[$0, default: 0] + b[$0, default: 0], $1)
        }
        let shown = Array(ranked.prefix(Self.shapeCategories))
        func shares(_ counts: [String: Int]) -> [Double] {
            let total = Double(counts.values.reduce(0, +))
            let known = shown.map { Double(counts[$0] ?? 0) / total }
            return ranked.count > shown.count ? known + [max(0, 1 - known.reduce(0, +))] : known
        }
        shape = Shape(
            categories: shown + (ranked.count > shown.count ? ["\(ranked.count - shown.count) others"] : []),
            baseline: shares(a), current: shares(b))
    }

    private mutating func measure(_ a: [Int], _ b: [Int]) {
        populationStability = DriftMeasures.populationStability(a, b)
        populationStabilityByChance = DriftMeasures.stabilityByChance(
            bins: a.count, a.reduce(0, +), b.reduce(0, +))
        jensenShannon = DriftMeasures.jensenShannon(a, b)
    }

    /// Bins of equal width over what both have, but for half a percent at each side; of whole numbers, each with as many.
    private static func shape(_ a: [Double], _ b: [Double], isWhole: Bool) -> Shape? {
        func end(_ share: Double, _ values: [Double]) -> Double { values[Int(share * Double(values.count - 1))] }
        var from = min(end(0.005, a), end(0.005, b))
        var width = (max(end(0.995, a), end(0.995, b)) - from) / Double(shapeBins)
        var bins = shapeBins
        if isWhole, width.isFinite {
            let values = width * Double(shapeBins) + 1
            width = max(1, (values / Double(shapeBins)).rounded(.up))
            bins = Int(min(values / width, Double(shapeBins)).rounded(.up))
            from -= 0.5
        }
        guard from.isFinite, width > 0, width.isFinite else { return nil }
        let edges = (0...bins).map { from + width * Double($0) }
        // The first and the last bin are those beyond the ends; the least value is within.
        let counted = ValueBins(edges: [from.nextDown] + edges.dropFirst())
        func shares(_ values: [Double]) -> [Double] {
            counted.counts(sorted: values).dropFirst().dropLast().map { Double($0) / Double(values.count) }
        }
        return Shape(edges: edges, baseline: shares(a), current: shares(b))
    }
}

extension FeatureDrift.Side {
    init(_ values: FeatureValues) {
        self.init(rows: values.rows, missing: values.missing, missingShare: values.missingShare)
        let numbers = values.numbers
        switch values.kind {
        case .categories: categories = values.categories.count
        case .numbers:
            minimum = numbers.first
            maximum = numbers.last
            if !numbers.isEmpty { median = numbers[(numbers.count - 1) / 2] }
            let finite = numbers.filter(\.isFinite)
            guard !finite.isEmpty else { return }
            let mean = finite.reduce(0, +) / Double(finite.count)
            self.mean = mean
            guard finite.count > 1 else { return }
            let squares = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            standardDeviation = (squares / Double(finite.count - 1)).squareRoot()
        }
    }
}
