import Columnar

/// How the rows of a training set are parted: those to train with stand first, those to test with behind them.
public struct TrainingSetSplit: Hashable, Sendable, Codable {
    public var trainRows: Int
    public var testRows: Int
    /// Rows in neither part: those that the gap before the cut left out.
    public var rowsLeftOut: Int
    /// Rows of earlier times train; nil for a split by key.
    public var cut: Timestamp?
}

extension TrainingSetSplit {
    private enum CodingKeys: CodingKey {
        case trainRows, testRows, rowsLeftOut, cut
    }

    /// The cut is written for people, as RFC 3339.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(trainRows, forKey: .trainRows)
        try container.encode(testRows, forKey: .testRows)
        try container.encode(rowsLeftOut, forKey: .rowsLeftOut)
        try container.encodeIfPresent(cut?.description, forKey: .cut)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        trainRows = try container.decode(Int.self, forKey: .trainRows)
        testRows = try container.decode(Int.self, forKey: .testRows)
        rowsLeftOut = try container.decode(Int.self, forKey: .rowsLeftOut)
        cut = try container.decodeIfPresent(String.self, forKey: .cut).map { text in
            guard let time = Timestamp(parsing: text) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "unreadable time '\(text)'"))
            }
            return time
        }
    }
}
