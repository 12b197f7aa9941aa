import Columnar

/// What the catalog knows of a bearer token: never the token itself.
public struct AccessToken: Hashable, Sendable {
    /// The part of the token that names it.
    public var id: String
    /// SHA-256 of its secret part, 32 bytes.
    public var digest: [UInt8]
    /// What it allows: `read:SERVICE`, `push:VIEW`, `metrics`, `admin`; `*` stands for all names.
    public var scopes: [String]
    /// What it is for, in its maker's words.
    public var note: String
    public var created: Timestamp
    /// Nil if it holds until it is revoked.
    public var expires: Timestamp?
    public var revoked: Timestamp?

    public init(
        id: String, digest: [UInt8], scopes: [String], note: String, created: Timestamp, expires: Timestamp? = nil,
        revoked: Timestamp? = nil
    ) {
        self.id = id
        self.digest = digest
        self.scopes = scopes
        self.note = note
        self.created = created
        self.expires = expires
        self.revoked = revoked
    }

    /// Whether it is good at `time`.
    public func isValid(at time: Timestamp) -> Bool {
        revoked == nil && (expires.map { time < $0 } ?? true)
    }
}
