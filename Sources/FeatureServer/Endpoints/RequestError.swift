import FeatureStore

/// Why a request is refused, in the shape that Feast's clients turn back into an exception.
///
/// The body is a JSON string that holds JSON: module, class and message (research of Feast 0.67's
/// `FeastError.to_error_detail`). The status is never 5xx for a client's mistake, since clients repeat those.
struct RequestError: Error {
    let status: Int
    /// A class of `feast.errors`.
    let className: String
    let message: String

    /// Seconds after which a request may succeed, by status; others need another request.
    private static let retryAfter = [503: "1", 507: "10"]

    init(_ status: Int, _ message: String, as className: String = "FeastError") {
        self.status = status
        self.className = className
        self.message = message
    }

    /// What any error of the store means for a client.
    init(_ error: any Error) {
        switch error {
        case let error as RequestError: self = error
        case let error as JSONError: self.init(422, "\(error)")
        case let error as StoreError: self.init(error)
        case LogError.positionMoved: self.init(409, "\(error)")
        case LogError.slow: self.init(503, "\(error)")
        case is LogError: self.init(422, "\(error)")
        case CatalogError.notWritable: self.init(403, "\(error)")
        case let error as ResolutionError: self.init(404, "\(error)", as: "FeatureViewNotFoundException")
        case CatalogError.diskFull: self.init(diskFull: ())
        case let error as LMDBError where error.diskWasFull: self.init(diskFull: ())
        case CatalogError.busy: self.init(503, "another process keeps the store busy; try again")
        default: self.init(500, "\(error)")
        }
    }

    private init(diskFull: Void) {
        self.init(
            507, "the server's disk is full: nothing of this request was stored; send it again when there is space")
    }

    private init(_ error: StoreError) {
        switch error {
        case .unknown(kind: "feature service", _, _):
            self.init(404, "\(error)", as: "FeatureServiceNotFoundException")
        case .unknown: self.init(404, "\(error)", as: "FeatureViewNotFoundException")
        case .nothingApplied: self.init(404, "\(error)")
        case .nothingMaterialized: self.init(404, "\(error)")
        case .refused, .badRequest, .otherBatch: self.init(422, "\(error)")
        case .storedNotOnline: self.init(503, "\(error)")
        }
    }

    func write(to exchange: HTTPExchange) {
        exchange.status = status
        exchange.contentType = .json
        if let seconds = Self.retryAfter[status] { exchange.headers.append(("Retry-After", seconds)) }
        let inner = ByteBuffer()
        inner.append("{\"module\": \"feast.errors\", \"class\": " as StaticString)
        inner.appendJSON(className)
        inner.append(", \"message\": " as StaticString)
        inner.appendJSON(message)
        inner.append("}" as StaticString)
        exchange.response.removeAll()
        exchange.response.appendJSON(utf8: inner.bytes)
    }
}
