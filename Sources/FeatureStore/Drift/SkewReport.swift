import Columnar

/// How what a service has served differs from what its history says of the same times.
public struct SkewReport: Sendable, Encodable {
    public var service: String
    /// Logged rows that were looked at, and those that could not be, since the definitions or the history that they were read
    /// by are gone.
    public var rows: Int
    public var rowsLeftOut: Int
    /// The first and the last time of the rows.
    public var from: String?
    public var to: String?
    public var features: [FeatureSkew]
    /// Why rows were left out.
    public var obstacle: String?

    /// The greatest share of differing values that a feature has.
    public var greatestShare: Double { features.map(\.share).max() ?? 0 }
}

/// A feature's served values, compared bit by bit with those that a training set of now has for the same keys and times.
public struct FeatureSkew: Sendable, Encodable {
    /// `view:feature`.
    public var feature: String
    public var rows = 0
    /// Both have a value, and it is another one.
    public var mismatches = 0
    /// The history has a value, and none was served.
    public var missing = 0
    /// A value was served, and the history has none.
    public var extra = 0
    /// Of these, rows for which a row of an older event time was served: it had been materialized or pushed too late.
    public var stale = 0
    /// At most three.
    public var examples: [Example] = []

    public var differences: Int { mismatches + missing + extra }
    public var share: Double { rows == 0 ? 0 : Double(differences) / Double(rows) }

    public struct Example: Sendable, Encodable {
        public var requestID: String
        public var time: String
        public var served: JSONValue
        public var history: JSONValue

        private enum CodingKeys: String, CodingKey {
            case requestID = "requestId"
            case time, served, history
        }
    }

    static let exampleCount = 3
}

extension FeatureSkew {
    /// Takes in rows as they were served, and as the history has them.
    ///
    /// Complexity: O(rows).
    mutating func compare(
        _ served: Column, with history: Column, _ rowFacts: (Int) -> (id: String, time: String, isStale: Bool)
    ) {
        rows += served.count
        for row in 0..<served.count {
            let (one, other) = (served.value(at: row), history.value(at: row))
            if one.hasSameBits(as: other) { continue }
            if other == .null { extra += 1 } else if one == .null { missing += 1 } else { mismatches += 1 }
            let facts = rowFacts(row)
            if facts.isStale { stale += 1 }
            if examples.count < Self.exampleCount {
                examples.append(
                    Example(requestID: facts.id, time: facts.time, served: JSONValue(one), history: JSONValue(other)))
            }
        }
    }
}

extension Value {
    /// Whether both are one value, down to the bits of floats.
    fileprivate func hasSameBits(as other: Value) -> Bool {
        switch (self, other) {
        case (.float32(let a), .float32(let b)): a.bitPattern == b.bitPattern
        case (.float64(let a), .float64(let b)): a.bitPattern == b.bitPattern
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.hasSameBits(as: $1) }
        default: self == other
        }
    }
}
