import Columnar
import FeatureStore
import Foundation
import Synchronization

/// Serves a project's features by HTTP: Feast's wire format, and our own under `/v1`.
///
/// Definitions that are applied while it serves take effect without a restart, whole or not at all.
public final class FeatureServer: Sendable {
    private let server: HTTPServer
    private let router: Router
    private let watcher: CatalogWatcher

    /// The port that it listens on.
    public var port: UInt16 { server.port }

    /// Opens the project in `directory` and starts to serve.
    ///
    /// - Throws: `HTTPServerError` if the address cannot be had; what opening the store throws.
    public init(project directory: String, _ configuration: ServerConfiguration) throws {
        let states = try ServingStates(project: directory)
        let access = try Self.access(configuration, FeatureStore(opening: directory))
        let watch = ConnectionWatch(configuration.http.limits)
        router = try Router(
            project: directory, states: states, access: access, watch: watch, configuration: configuration)
        server = try HTTPServer(configuration.http, handler: router, watch: watch)
        watcher = CatalogWatcher(states: states, access: access) { [router] in router.keepHouse() }
    }

    /// Whoever can reach the machine could ask, so beyond it a token is needed.
    private static func access(_ configuration: ServerConfiguration, _ store: FeatureStore) throws -> AccessControl {
        let http = configuration.http
        let isReachable = try !SocketAddress(host: http.host, port: http.port).isLoopback
        let tokens = try store.accessTokens()
        if isReachable, !tokens.contains(where: { $0.isValid(at: .now) }) {
            throw HTTPServerError(
                "\(http.host) can be reached from other machines, and there is no token yet; "
                    + "make one with 'fstore token create --scope read:*', or listen on 127.0.0.1")
        }
        let access = AccessControl(isRequired: isReachable || configuration.requiresTokens)
        access.update(tokens)
        return access
    }

    /// Takes no new requests, answers those in flight, brings what waits to disk, and closes.
    public func stop() {
        watcher.stop()
        server.stop(waitingAtMost: 10)
        router.end()
    }
}
