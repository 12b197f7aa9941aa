/// What became of the entity rows in one view: why features are null (DESIGN §4).
public struct Coverage: Hashable, Sendable, Codable {
    public var view: String
    /// A row of history was chosen.
    public var found = 0
    /// A join key is null.
    public var keyNull = 0
    /// The view has no row of this key.
    public var keyUnknown = 0
    /// The key's rows all lie after the entity row's time.
    public var beforeHistory = 0
    /// The key has rows before the time, but none within the ttl.
    public var tooOld = 0
    /// There is a row within the ttl, but it was not available yet at the time.
    public var notYetKnown = 0
    /// The key's newest row says that it had ended at the time (`valid_to`).
    public var ended = 0

    public init(view: String) { self.view = view }

    /// Reads what any version has written: a reason that it did not know was not there.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func count(_ key: CodingKeys) throws -> Int { try container.decodeIfPresent(Int.self, forKey: key) ?? 0 }
        view = try container.decode(String.self, forKey: .view)
        found = try count(.found)
        keyNull = try count(.keyNull)
        keyUnknown = try count(.keyUnknown)
        beforeHistory = try count(.beforeHistory)
        tooOld = try count(.tooOld)
        notYetKnown = try count(.notYetKnown)
        ended = try count(.ended)
    }

    /// - Parameter outcomes: how many of the rows whose key is not null had each `MatchOutcome`.
    init(view: String, outcomes: [Int], keyNull: Int) {
        self.view = view
        self.keyNull = keyNull
        func count(_ outcome: MatchOutcome) -> Int { outcomes[Int(outcome.rawValue)] }
        keyUnknown = count(.keyUnknown)
        beforeHistory = count(.beforeHistory)
        tooOld = count(.tooOld)
        notYetKnown = count(.notYetKnown)
        ended = count(.ended)
        found = count(.found)
    }

    public var rows: Int { found + keyNull + keyUnknown + beforeHistory + tooOld + notYetKnown + ended }
}

/// What became of one entity row in one view, least telling first: the greatest of all segments counts.
enum MatchOutcome: UInt8, Comparable, CaseIterable {
    case keyUnknown
    case beforeHistory
    case tooOld
    case notYetKnown
    case ended
    case found

    static func < (a: MatchOutcome, b: MatchOutcome) -> Bool { a.rawValue < b.rawValue }
}
