import Columnar
import FeatureStore
import Foundation
import Synchronization

/// Sends each request to its endpoint, and makes errors into answers.
final class Router: HTTPHandler {
    let states: ServingStates
    let project: String
    let configuration: ServerConfiguration
    let metrics = ServerMetrics()
    private let access: AccessControl
    private let watch: ConnectionWatch
    private let materializations: Materializations
    private let pushes: Pushes
    private let labels: Labels
    private let examples: Examples
    private let log: AccessLog?
    private let lastBringing = Mutex(ContinuousClock.now)

    init(
        project: String, states: ServingStates, access: AccessControl, watch: ConnectionWatch,
        configuration: ServerConfiguration
    ) throws {
        self.project = project
        self.access = access
        self.watch = watch
        materializations = Materializations(project: project)
        let store = try FeatureStore(opening: project)
        pushes = Pushes(
            pusher: store.isReadOnly ? nil : try store.pusher(), maximumRows: configuration.maximumRows)
        labels = Labels(project: project, maximumRows: configuration.maximumRows)
        examples = Examples(project: project, maximumRows: configuration.maximumRows)
        self.states = states
        self.configuration = configuration
        log = try configuration.accessLog.map { try AccessLog(path: $0) }
    }

    /// An id that nobody can look up would be of no use.
    var namesRequests: Bool { log != nil }

    private func flushLog() { log?.flush() }

    /// To be called when no more requests come: brings what waits to disk.
    func end() {
        flushLog()
        states.logs.close()
        // Whatever fails here is in the hot log, from where the next process takes it.
        try? pushes.pusher?.bringOnline()
        try? pushes.pusher?.sync()
    }

    func refusal(of exchange: HTTPExchange) -> Int {
        let endpoint = Endpoint.of(exchange)
        exchange.endpoint = endpoint.rawValue
        if endpoint == .unknown { return 404 }
        if !endpoint.takes(exchange.method) {
            exchange.headers.append(("Allow", endpoint.takes(.post) ? "POST" : "GET, HEAD"))
            return 405
        }
        return 0
    }

    func explain(_ exchange: HTTPExchange) {
        let message =
            switch exchange.status {
            case 404: "there is nothing at \(exchange.pathString); /openapi.json tells what there is"
            case 405: "\(exchange.pathString) takes \(exchange.headers.first { $0.name == "Allow" }?.value ?? "") only"
            case 413:
                "the body is longer than \(configuration.http.limits.bodyBytes) bytes; send it in parts, or start the server "
                    + "with a larger --max-body"
            default: "the server has too much to do; try again"
            }
        RequestError(exchange.status, message).write(to: exchange)
    }

    func answer(_ exchange: HTTPExchange) -> HTTPAnswer {
        let endpoint = Endpoint(rawValue: exchange.endpoint) ?? .unknown
        switch endpoint {
        case .onlineFeatures, .vectors, .health, .openAPI:
            respond(exchange) { try self.answer(endpoint, exchange) }
            return .ready
        default:
            return .later { exchange in
                self.respond(exchange) { try self.answer(endpoint, exchange) }
            }
        }
    }

    private func respond(_ exchange: HTTPExchange, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            exchange.response.removeAll()
            RequestError(error).write(to: exchange)
        }
    }

    private func answer(_ endpoint: Endpoint, _ exchange: HTTPExchange) throws {
        if endpoint == .health { return }
        let rights = try access.rights(of: exchange)
        let rows = configuration.maximumRows
        switch endpoint {
        case .onlineFeatures:
            metrics.record(
                try OnlineFeatures.answer(exchange, state: states.state, rights: rights, maximumRows: rows))
        case .vectors:
            metrics.record(try Vectors.answer(exchange, state: states.state, rights: rights, maximumRows: rows))
        case .services: try Descriptions.services(exchange, project: project)
        case .views: try Descriptions.views(exchange, project: project)
        case .openAPI: exchange.response.append(OpenAPI.document)
        case .metrics:
            try rights.check(.metrics)
            try Prometheus.answer(exchange, metrics: metrics, states: states, connections: watch.count)
        case .materialize, .materializeIncremental:
            try rights.check(.admin)
            try materializations.answer(exchange, isIncremental: endpoint == .materializeIncremental)
        case .labels: try labels.answer(exchange, rights: rights)
        case .examples: try examples.answer(exchange, rights: rights)
        case .commitExamples: try examples.commit(exchange, rights: rights)
        case .push: count(pushed: try pushes.push(exchange, rights: rights))
        case .writeToOnlineStore: count(pushed: try pushes.write(exchange, rights: rights))
        case .unknown, .health:
            throw RequestError(404, "there is nothing at \(exchange.pathString); /openapi.json tells what there is")
        }
    }

    private func count(pushed rows: Int) { metrics.rowsPushed.add(UInt64(rows), ordering: .relaxed) }

    /// To be called from time to time: writes the log, cuts connections that take too long, and brings online rows whose
    /// time has come since their push.
    func keepHouse() {
        flushLog()
        watch.cut()
        let isDue = lastBringing.withLock { last in
            guard ContinuousClock.now - last > .seconds(1) else { return false }
            last = .now
            return true
        }
        // What cannot be written now is tried again; the rows are safe in the hot log.
        if isDue { try? pushes.pusher?.bringOnline() }
    }

    func didFinish(_ exchange: HTTPExchange) {
        let endpoint = Endpoint(rawValue: exchange.endpoint) ?? .unknown
        let (seconds, attoseconds) = (ContinuousClock.now - exchange.started).components
        let microseconds = UInt64(max(0, seconds)) * 1_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000_000)
        metrics.record(endpoint, status: exchange.status, microseconds: microseconds)
        log?.write(exchange, endpoint, microseconds: microseconds)
    }
}
