/// What an accumulator keeps beside the count: only what the functions that are asked of it need.
struct AccumulatorParts: Hashable, Sendable {
    var options: Options
    /// How many of the first values are kept.
    var firstCount: Int
    /// How many of the last values are kept.
    var lastCount: Int

    struct Options: OptionSet, Hashable, Sendable {
        let rawValue: UInt16

        static let sum = Options(rawValue: 1)
        static let squares = Options(rawValue: 2)
        static let minimum = Options(rawValue: 4)
        static let maximum = Options(rawValue: 8)
        /// The time of the last event.
        static let lastTime = Options(rawValue: 16)
        static let distinct = Options(rawValue: 32)
        static let sketch = Options(rawValue: 64)
    }

    init(_ options: Options = [], firstCount: Int = 0, lastCount: Int = 0) {
        self.options = options
        self.firstCount = firstCount
        self.lastCount = lastCount
    }

    @inline(__always)
    func contains(_ option: Options) -> Bool { options.contains(option) }

    /// What both need.
    func union(_ other: AccumulatorParts) -> AccumulatorParts {
        AccumulatorParts(
            options.union(other.options), firstCount: max(firstCount, other.firstCount),
            lastCount: max(lastCount, other.lastCount))
    }

    /// Whether all that `other` needs is kept.
    func covers(_ other: AccumulatorParts) -> Bool { union(other) == self }

    /// Whether values can be taken away again, as a sliding window does: counts and sums only.
    var areRemovable: Bool { options.isSubset(of: [.sum, .squares]) && firstCount == 0 && lastCount == 0 }
}

extension AccumulatorParts: Codable {
    private enum CodingKeys: CodingKey {
        case options
        case firstCount
        case lastCount
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        options = Options(rawValue: try container.decode(UInt16.self, forKey: .options))
        firstCount = try container.decode(Int.self, forKey: .firstCount)
        lastCount = try container.decode(Int.self, forKey: .lastCount)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(options.rawValue, forKey: .options)
        try container.encode(firstCount, forKey: .firstCount)
        try container.encode(lastCount, forKey: .lastCount)
    }
}

/// What an accumulator is of: a column's values or rows, and the parts that are kept of them.
struct AccumulatorLayout: Hashable, Sendable, Codable {
    /// The column's type; nil for rows.
    var type: FeatureType?
    var parts: AccumulatorParts

    init(of type: FeatureType?, parts: AccumulatorParts) {
        self.type = type
        self.parts = parts
    }

    var isFloat: Bool { type == .float32 || type == .float64 }

    /// Whether values are words, and not bytes.
    var isOfWords: Bool {
        switch type {
        case .string, .bytes, .vector: false
        default: true
        }
    }
}
