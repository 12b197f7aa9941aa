/// What the server can be asked for, as metrics and scopes name it.
enum Endpoint: Int, CaseIterable {
    case unknown
    case health
    case onlineFeatures
    case vectors
    case labels
    case examples
    case commitExamples
    case push
    case writeToOnlineStore
    case materialize
    case materializeIncremental
    case services
    case views
    case metrics
    case openAPI

    /// The endpoint of a path; `.unknown` if there is none.
    static func of(_ exchange: HTTPExchange) -> Endpoint {
        // The hot ones first.
        if exchange.hasPath("/get-online-features") { return .onlineFeatures }
        if exchange.hasPath("/v1/vectors") { return .vectors }
        if exchange.hasPath("/push") { return .push }
        if exchange.hasPath("/v1/labels") { return .labels }
        if exchange.hasPath("/v1/examples") { return .examples }
        if exchange.hasPath("/v1/examples/commit") { return .commitExamples }
        if exchange.hasPath("/health") { return .health }
        if exchange.hasPath("/write-to-online-store") { return .writeToOnlineStore }
        if exchange.hasPath("/materialize") { return .materialize }
        if exchange.hasPath("/materialize-incremental") { return .materializeIncremental }
        if exchange.hasPath("/metrics") { return .metrics }
        if exchange.hasPath("/openapi.json") { return .openAPI }
        let path = exchange.pathString
        if path == "/v1/services" || path.hasPrefix("/v1/services/") { return .services }
        if path == "/v1/views" || path.hasPrefix("/v1/views/") { return .views }
        return .unknown
    }

    /// As metrics and the log name it.
    var label: String {
        switch self {
        case .unknown: "unknown"
        case .health: "/health"
        case .onlineFeatures: "/get-online-features"
        case .vectors: "/v1/vectors"
        case .labels: "/v1/labels"
        case .examples: "/v1/examples"
        case .commitExamples: "/v1/examples/commit"
        case .push: "/push"
        case .writeToOnlineStore: "/write-to-online-store"
        case .materialize: "/materialize"
        case .materializeIncremental: "/materialize-incremental"
        case .services: "/v1/services"
        case .views: "/v1/views"
        case .metrics: "/metrics"
        case .openAPI: "/openapi.json"
        }
    }

    /// Whether it takes requests of this method.
    func takes(_ method: HTTPExchange.Method) -> Bool {
        switch self {
        case .onlineFeatures, .vectors, .labels, .commitExamples, .push, .writeToOnlineStore, .materialize,
            .materializeIncremental:
            method == .post
        case .health, .examples, .services, .views, .metrics, .openAPI: method == .get || method == .head
        case .unknown: true
        }
    }
}
