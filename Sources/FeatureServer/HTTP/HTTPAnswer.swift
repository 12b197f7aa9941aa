/// What becomes of a request that has arrived whole.
enum HTTPAnswer {
    /// The exchange holds the answer.
    case ready
    /// Another thread makes the answer; the connection waits without holding its own up.
    case later(@Sendable (HTTPExchange) -> Void)
}

/// Answers requests.
protocol HTTPHandler: AnyObject, Sendable {
    /// Whether a request that brings no id gets one.
    var namesRequests: Bool { get }

    /// Looks at a request whose head has arrived; a status other than 0 refuses it before its body is read.
    func refusal(of exchange: HTTPExchange) -> Int

    /// Answers a request. Called on the connection's own thread, which others share, so it must not wait.
    func answer(_ exchange: HTTPExchange) -> HTTPAnswer

    /// Writes a body that explains a status the server has given by itself: 413, 503, or a refusal.
    func explain(_ exchange: HTTPExchange)

    /// Called once an answer was sent, or could not be.
    func didFinish(_ exchange: HTTPExchange)
}
