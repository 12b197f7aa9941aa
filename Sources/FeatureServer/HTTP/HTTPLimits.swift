/// What one client may ask of the server, and all of them together.
public struct HTTPLimits: Hashable, Sendable {
    /// Bytes of a request's body; a longer one is answered with 413.
    public var bodyBytes = 16 << 20
    /// Connections open at once; further ones are closed as they come.
    public var connections = 12_000
    /// Connections open at once from one address; 0 for no limit.
    public var connectionsPerAddress = 0
    /// Seconds after which a connection that says nothing is closed.
    public var idleSeconds = 60
    /// Seconds within which a request must have arrived whole, however steadily it trickles in.
    public var requestSeconds = 30
    /// Requests that wait for a worker; further ones are answered with 503.
    public var waitingRequests = 1024

    public init() {}
}
