extension AggregateFunction {
    /// The spellings of all functions, for messages and help.
    public static let spellings = [
        "count", "sum", "mean", "min", "max", "variance", "stddev", "first", "last", "last_n(3)", "distinct_count",
        "quantile(0.95)", "median", "rate", "time_since_last",
    ]

    private static let plain: [String: AggregateFunction] = [
        "count": .count, "sum": .sum, "mean": .mean, "min": .min, "max": .max, "variance": .variance,
        "stddev": .stddev, "first": .first, "last": .last, "distinct_count": .distinctCount, "median": .quantile(0.5),
        "rate": .rate, "time_since_last": .timeSinceLast,
    ]

    /// Reads `sum`, `last_n(3)`, `quantile(0.95)`, …; nil for anything else.
    public init?(_ text: String) {
        if let function = Self.plain[text] {
            self = function
        } else if let argument = Self.argument(of: "last_n", in: text) {
            guard let count = Int(argument), (1...Self.maximumListLength).contains(count) else { return nil }
            self = .lastN(count)
        } else if let argument = Self.argument(of: "quantile", in: text) {
            guard let q = Double(argument), (0...1).contains(q), Self.perMillion(q) != nil else { return nil }
            self = .quantile(q)
        } else {
            return nil
        }
    }

    private static func argument(of name: String, in text: String) -> String? {
        guard text.hasPrefix(name + "("), text.hasSuffix(")") else { return nil }
        let argument = text.dropFirst(name.count + 1).dropLast()
        guard let first = argument.utf8.first, let last = argument.utf8.last else { return nil }
        let isBare = argument.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
        }
        return isBare && first != UInt8(ascii: ".") && last != UInt8(ascii: ".") ? String(argument) : nil
    }

    /// Quantiles have six places, so that each has a name.
    private static func perMillion(_ q: Double) -> Int? {
        let millionths = (q * 1e6).rounded()
        return millionths / 1e6 == q ? Int(millionths) : nil
    }

    /// What it adds to the name of a feature: `sum`, `last_3`, `p95`, `p99_9`.
    public var nameInFeatures: String {
        switch self {
        case .lastN(let count): return "last_\(count)"
        case .quantile(let q):
            let millionths = Self.perMillion(q) ?? 0
            var places = String(millionths % 10_000)
            places = String(repeating: "0", count: 4 - places.count) + places
            while places.hasSuffix("0") { places.removeLast() }
            return "p\(millionths / 10_000)" + (places.isEmpty ? "" : "_" + places)
        default: return description
        }
    }
}

extension AggregateFunction: CustomStringConvertible {
    /// The spelling that `init(_:)` reads.
    public var description: String {
        switch self {
        case .count: "count"
        case .sum: "sum"
        case .mean: "mean"
        case .min: "min"
        case .max: "max"
        case .variance: "variance"
        case .stddev: "stddev"
        case .first: "first"
        case .last: "last"
        case .lastN(let count): "last_n(\(count))"
        case .distinctCount: "distinct_count"
        case .quantile(let q): "quantile(\(Self.decimal(millionths: Self.perMillion(q) ?? 0)))"
        case .rate: "rate"
        case .timeSinceLast: "time_since_last"
        }
    }

    private static func decimal(millionths: Int) -> String {
        var places = String(millionths % 1_000_000)
        places = String(repeating: "0", count: 6 - places.count) + places
        while places.hasSuffix("0") { places.removeLast() }
        return String(millionths / 1_000_000) + (places.isEmpty ? "" : "." + places)
    }
}

extension AggregateFunction: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let function = AggregateFunction(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown aggregate function '\(text)'"))
        }
        self = function
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
