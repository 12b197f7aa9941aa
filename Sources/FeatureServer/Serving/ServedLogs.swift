import FeatureStore
import Foundation
import Synchronization

/// The logs that the server writes, one a service, each opened when the service is first read.
final class ServedLogs: Sendable {
    private let project: String
    private let open = Mutex<[String: (policy: ServiceLog, writer: FeatureLogWriter)]>([:])

    init(project: String) { self.project = project }

    /// What notes the rows of a service's reader; nil if the service keeps no log.
    ///
    /// - Throws: `CatalogError` if the log cannot be written.
    func recorder(of service: String, for reader: ServiceReader, _ version: Int64, _ definitions: Definitions) throws
        -> LogRecorder?
    {
        guard let policy = definitions.featureService(named: service)?.log else { return nil }
        let store = try FeatureStore(opening: project)
        // A copy for reading serves without a memory.
        if store.isReadOnly { return nil }
        return try open.withLock { open in
            if let known = open[service], known.policy == policy {
                return try known.writer.recorder(for: reader, definitions: version)
            }
            let writer = try store.logWriter(of: service, in: definitions)
            open[service] = (policy, writer)
            return try writer.recorder(for: reader, definitions: version)
        }
    }

    /// How many rows each has noted, dropped, and not written yet.
    var counts: [(service: String, noted: UInt64, dropped: UInt64, waiting: Int)] {
        open.withLock { open in
            open.sorted { $0.key < $1.key }.map { service, log in
                let counts = log.writer.counts
                return (service, counts.noted, counts.dropped, counts.waiting)
            }
        }
    }

    /// Makes durable what was noted.
    func close() {
        for (_, writer) in open.withLock({ $0.values.map { $0 } }) { try? writer.close() }
    }
}
