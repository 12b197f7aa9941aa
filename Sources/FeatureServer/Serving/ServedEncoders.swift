import FeatureStore
import Foundation
import Synchronization

/// Readers of fitted encoders, each made once; which state of a service is the newest is looked up a few times a second.
final class ServedEncoders: Sendable {
    private struct Newest {
        var version: Int
        var looked: ContinuousClock.Instant
    }

    private let project: String
    private let readers = Mutex<[String: EncodedReader]>([:])
    private let newest = Mutex<[String: Newest]>([:])

    private static let pause = Duration.milliseconds(200)

    init(project: String) { self.project = project }

    /// - Throws: `StoreError` if there is no such state, or its features are no longer defined.
    func reader(of service: String, version: Int?, in definitions: Definitions) throws -> EncodedReader {
        let version = try version ?? newestVersion(of: service)
        let name = "\(service)@\(version)"
        if let known = readers.withLock({ $0[name] }) { return known }
        let store = try FeatureStore(opening: project)
        let made = try store.servingReader(for: try store.encoderState(of: service, version: version), in: definitions)
        readers.withLock { $0[name] = made }
        return made
    }

    private func newestVersion(of service: String) throws -> Int {
        let now = ContinuousClock.now
        if let known = newest.withLock({ $0[service] }), now - known.looked < Self.pause { return known.version }
        let state = try FeatureStore(opening: project).newestEncoderVersion(of: service)
        guard let state else {
            // Tells what is missing.
            return try FeatureStore(opening: project).encoderState(of: service, version: nil).version
        }
        newest.withLock { $0[service] = Newest(version: state, looked: now) }
        return state
    }
}
