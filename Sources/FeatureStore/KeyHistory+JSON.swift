import Columnar

extension KeyHistory: Encodable {
    private enum CodingKeys: CodingKey {
        case view, key, at, rows
    }

    private struct EncodedRow: Encodable {
        let eventTimestamp, createdTimestamp, validTo, available, inForceFrom, inForceUntil: String?
        let state: State
        let isCorrection: Bool
        let arrival: [Int64]
        let features: [String: JSONValue]
    }

    /// `{"view": …, "key": {"driver_id": 7}, "at": …, "rows": [{"eventTimestamp": …, "features": {…}, …}]}`
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(view, forKey: .view)
        try container.encode(Self.named(joinKeys.map(\.name), key), forKey: .key)
        try container.encode(time.description, forKey: .at)
        try container.encode(rows.map(encoded), forKey: .rows)
    }

    private func encoded(_ row: Row) -> EncodedRow {
        EncodedRow(
            eventTimestamp: row.event?.description, createdTimestamp: row.created?.description,
            validTo: row.end?.description, available: row.available?.description,
            inForceFrom: row.inForce?.from.description, inForceUntil: row.inForce?.until?.description,
            state: row.state, isCorrection: row.isCorrection,
            arrival: [row.arrival.lowerBound, row.arrival.upperBound],
            features: Self.named(features.map(\.name), row.values))
    }

    private static func named(_ names: [String], _ values: [Value]) -> [String: JSONValue] {
        Dictionary(zip(names, values.map(JSONValue.init)), uniquingKeysWith: { first, _ in first })
    }
}
