/// Where and how the server listens.
public struct HTTPConfiguration: Hashable, Sendable {
    /// A certificate and its key, as PEM.
    public struct TLS: Hashable, Sendable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    public var host = "127.0.0.1"
    /// 0 takes a free one; `HTTPServer.port` tells which.
    public var port: UInt16 = 6566
    /// Threads that serve connections.
    public var threads = 2
    /// Threads for what takes long: pushes, materialization.
    public var workers = 4
    public var tls: TLS?
    public var limits = HTTPLimits()

    public init() {}
}
