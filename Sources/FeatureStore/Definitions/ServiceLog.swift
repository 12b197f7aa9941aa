/// What a service remembers of its reads (`log:`).
public struct ServiceLog: Hashable, Sendable, Codable {
    /// What a read does when rows come faster than they can be written.
    public enum WhenFull: String, Hashable, Sendable, Codable, CaseIterable {
        /// It goes on, and the row is counted as dropped.
        case drop
        /// It waits until there is room.
        case wait
    }

    /// The share of the keys whose reads are kept, in (0, 1]; a key's reads are kept all or none.
    public var sample: Double
    /// How long rows are kept; nil for ever.
    public var retain: TimeSpan?
    public var whenFull: WhenFull

    public init(sample: Double = 1, retain: TimeSpan? = nil, whenFull: WhenFull = .drop) {
        self.sample = sample
        self.retain = retain
        self.whenFull = whenFull
    }
}

extension ServiceLog: CustomStringConvertible {
    public var description: String {
        let kept = retain.map { ", retain: \($0)" } ?? ""
        return "{sample: \(sample)\(kept), when_full: \(whenFull.rawValue)}"
    }
}

extension ServiceLog {
    /// What a logged row has beside keys and features; the names of features have `__` in them.
    static let columns: [String] = [
        "request_id", "time", "logged_at", "definitions", "encoder_state", "statuses", "example", "kind", "weight",
    ]
}
