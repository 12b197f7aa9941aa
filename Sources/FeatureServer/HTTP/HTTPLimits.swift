import Foundation

/// What one client may ask of the server, and all of them together.
public struct HTTPLimits: Hashable, Sendable {
    /// Bytes of a request's body; a longer one is answered with 413.
    public var bodyBytes = 16 << 20
    /// Connections open at once; further ones are closed as they come.
    public var connections = HTTPLimits.usualConnections
    /// Connections open at once from one address; 0 for no limit.
    public var connectionsPerAddress = 0
    /// Seconds after which a connection that says nothing is closed.
    public var idleSeconds = 60
    /// Seconds within which a request must have arrived whole, however steadily it trickles in.
    public var requestSeconds = 30
    /// Requests that wait for a worker; further ones are answered with 503.
    public var waitingRequests = 1024

    public init() {}

    /// Files that a server opens beside its connections.
    static let otherDescriptors = 256

    /// 12,000, or as many as the system's hard limit of open files leaves.
    static var usualConnections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 12_000 }
        return max(1, min(12_000, Int(clamping: limit.rlim_max) - otherDescriptors))
    }
}
