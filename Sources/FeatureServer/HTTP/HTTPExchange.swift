import CMicroHTTPD
import Foundation

/// A request and its answer. A connection has one, used again for each request, so that a request costs no buffers.
///
/// Invariant: at any time one thread uses it: that of the connection, or, while the connection is suspended, a worker's.
final class HTTPExchange: @unchecked Sendable {
    enum Method: String {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case delete = "DELETE"
        case other = "OTHER"
    }

    enum ContentType {
        case json
        case binary
        case metrics
        /// A JSON object a line.
        case lines

        /// Ended by a zero, for C.
        var bytes: UnsafePointer<CChar> {
            let text: StaticString =
                switch self {
                case .json: "application/json"
                case .binary: "application/octet-stream"
                case .lines: "application/x-ndjson"
                case .metrics: "text/plain; version=0.0.4; charset=utf-8"
                }
            return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
        }
    }

    private(set) var method = Method.other
    /// The path as the request has it, decoded, without its query; valid while the request is handled.
    private(set) var path = UnsafePointer<CChar>(bitPattern: 1)!
    let body = ByteBuffer()

    var status = 200
    var contentType = ContentType.json
    let response = ByteBuffer()
    /// Headers beside those that every answer has; rare.
    var headers: [(name: String, value: String)] = []
    /// Echoed to the client and written to the log; empty if there is none.
    private(set) var requestID = ""
    /// Whether the client gave it.
    private(set) var bringsID = false
    /// What the handler knows of the request, for metrics and the log.
    var endpoint = 0
    private(set) var started = ContinuousClock.now

    /// What its connection waits for.
    let state = ConnectionWatch.State()

    private var connection: OpaquePointer?
    private var bodyLimit = 0
    var isInProgress = false
    /// Whether a worker has made the answer.
    var isAnswered = false
    private(set) var isBodyTooLong = false

    // MARK: - The request

    /// - Parameter connection: valid until the request ends.
    func begin(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, path: UnsafePointer<CChar>, limits: HTTPLimits,
        makeID: () -> String
    ) {
        self.connection = connection
        self.path = path
        self.method = Self.method(method)
        bodyLimit = limits.bodyBytes
        body.removeAll()
        response.removeAll()
        headers.removeAll(keepingCapacity: true)
        status = 200
        contentType = .json
        endpoint = 0
        isAnswered = false
        isInProgress = true
        started = .now
        state.enter(.body)
        isBodyTooLong = pointer(.HEADER_KIND, "Content-Length").map { strtol($0, nil, 10) > bodyLimit } ?? false
        let given = Self.sound(header("X-Request-Id"))
        bringsID = given != nil
        requestID = given ?? makeID()
    }

    /// The path moves while a request is read, so each call tells it anew.
    func moved(to path: UnsafePointer<CChar>) { self.path = path }

    /// Takes a part of the body; false once so much too much came that the connection should be closed.
    func receive(_ part: UnsafeRawBufferPointer) -> Bool {
        if isBodyTooLong || body.count + part.count > bodyLimit {
            isBodyTooLong = true
            received += part.count
            return received <= bodyLimit
        }
        body.append(part)
        return true
    }

    /// Bytes that came after the body had become too long.
    private var received = 0

    func end() {
        state.enter(.head)
        isInProgress = false
        connection = nil
        received = 0
    }

    func hasPath(_ text: StaticString) -> Bool {
        strcmp(path, UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
    }

    var pathString: String { String(cString: path) }

    func header(_ name: String) -> String? { value(.HEADER_KIND, name) }

    /// A parameter of the query; nil if it is absent.
    func query(_ name: String) -> String? { value(.GET_ARGUMENT_KIND, name) }

    private func value(_ kind: MHD_ValueKind, _ name: String) -> String? {
        name.withCString { pointer(kind, $0).map { String(cString: $0) } }
    }

    private func pointer(_ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>) -> UnsafePointer<CChar>? {
        connection.flatMap { MHD_lookup_connection_value($0, kind, name) }
    }

    /// The client's address as text; empty if it is not known.
    var clientAddress: String {
        guard let connection, let address = fs_client_address(connection) else { return "" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN) + 1)
        let isV6 = address.pointee.sa_family == AF_INET6
        let length = socklen_t(isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return "" }
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    private static func method(_ name: UnsafePointer<CChar>) -> Method {
        if strcmp(name, "POST") == 0 { return .post }
        if strcmp(name, "GET") == 0 { return .get }
        if strcmp(name, "HEAD") == 0 { return .head }
        return strcmp(name, "DELETE") == 0 ? .delete : .other
    }

    /// A client's request id, if it is short and plain enough to be echoed into headers and logs.
    private static func sound(_ given: String?) -> String? {
        guard let given, (1...128).contains(given.utf8.count),
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") })
        else { return nil }
        return given
    }
}
