/// How a feature server runs.
public struct ServerConfiguration: Hashable, Sendable {
    public var http = HTTPConfiguration()
    /// Entities in one read, or rows in one push; more are refused.
    public var maximumRows = 10_000
    /// Whether requests need a token on a loopback address too; elsewhere they always do.
    public var requiresTokens = false
    /// Where the access log goes: a path, `-` for standard output, nil for none.
    public var accessLog: String?

    public init() {}
}
