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
    private let watcher: DefinitionsWatcher

    /// The port that it listens on.
    public var port: UInt16 { server.port }

    /// Opens the project in `directory` and starts to serve.
    ///
    /// - Throws: `HTTPServerError` if the address cannot be had; what opening the store throws.
    public init(project directory: String, _ configuration: ServerConfiguration) throws {
        let state = try ServingStates(project: directory)
        router = try Router(project: directory, states: state, configuration: configuration)
        server = try HTTPServer(configuration.http, handler: router)
        watcher = DefinitionsWatcher(states: state)
    }

    /// Takes no new requests, answers those in flight, and closes.
    public func stop() {
        watcher.stop()
        server.stop(waitingAtMost: 10)
        router.close()
    }
}
