import Columnar

/// A row of a service's log, one value at a time: for people, and for JSON.
public struct LoggedRow: Sendable, Encodable {
    public struct Named: Sendable, Encodable {
        public let name: String
        public let value: JSONValue
    }

    public struct Feature: Sendable, Encodable {
        /// `view__feature`.
        public let name: String
        public let value: JSONValue
        public let status: FeatureStatus
    }

    public let requestID: String
    /// As of which ages were judged.
    public let time: Timestamp
    public let loggedAt: Timestamp
    public let definitions: Int64
    public let encoderState: Int64
    public let keys: [Named]
    public let features: [Feature]

    /// A row of a table that `FeatureStore.readLog` has handed over.
    public init(_ table: Table, _ row: Int) {
        func value(_ name: String) -> Value { table.column(name)?.value(at: row) ?? .null }
        func time(_ name: String) -> Timestamp {
            if case .timestamp(let time) = value(name) { time } else { Timestamp(microseconds: 0) }
        }
        func number(_ name: String) -> Int64 { if case .int(let number) = value(name) { number } else { 0 } }
        requestID = value("request_id").description
        self.time = time("time")
        loggedAt = time("logged_at")
        definitions = number("definitions")
        encoderState = number("encoder_state")
        let statusesAt = table.index(of: "statuses") ?? 0
        let statuses = Array(value("statuses").description.utf8)
        keys = (LogLayout.keysFrom..<max(LogLayout.keysFrom, statusesAt)).map { place in
            Named(name: table.fields[place].name, value: JSONValue(table.columns[place].value(at: row)))
        }
        features = statuses.indices.map { feature in
            let place = statusesAt + 1 + feature
            return Feature(
                name: table.fields[place].name, value: JSONValue(table.columns[place].value(at: row)),
                status: FeatureStatus(letter: statuses[feature]) ?? .present)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case requestID = "requestId"
        case time, loggedAt, definitions, encoderState, keys, features
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(requestID, forKey: .requestID)
        try container.encode(time.description, forKey: .time)
        try container.encode(loggedAt.description, forKey: .loggedAt)
        try container.encode(definitions, forKey: .definitions)
        try container.encode(encoderState, forKey: .encoderState)
        try container.encode(
            Dictionary(keys.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }), forKey: .keys)
        struct Cell: Encodable {
            let value: JSONValue
            let status: FeatureStatus
        }
        try container.encode(
            Dictionary(
                features.map { ($0.name, Cell(value: $0.value, status: $0.status)) },
                uniquingKeysWith: { first, _ in first }),
            forKey: .features)
    }
}
