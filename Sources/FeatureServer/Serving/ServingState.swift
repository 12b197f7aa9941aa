import Columnar
import FeatureStore
import Foundation
import Synchronization

/// The definitions of one version with readers for what was asked of them; replaced as a whole when others are applied.
final class ServingState: Sendable {
    let version: Int64
    let definitions: Definitions
    private let source: ReaderSource
    /// The fitted encoders of services.
    let encoders: ServedEncoders
    private let readers = Mutex<[UInt64: ServedFeatures]>([:])

    /// Different selections whose readers are kept; beyond that, all are made anew.
    private static let maximumReaders = 4096

    init(version: Int64, definitions: Definitions, source: ReaderSource) {
        self.version = version
        self.definitions = definitions
        self.source = source
        encoders = ServedEncoders(project: source.project)
    }

    /// The reader for what a request asks for.
    ///
    /// - Parameter selection: the request's own text of it, by which it is found again without being read.
    func features(_ selection: SelectionText) throws -> ServedFeatures {
        let hash = selection.hash
        if let known = readers.withLock({ $0[hash] }), known.selection == selection { return known }
        let made = try ServedFeatures(selection.copy(), in: definitions, version: version, source: source)
        readers.withLock { readers in
            if readers.count >= Self.maximumReaders { readers.removeAll() }
            readers[hash] = made
        }
        return made
    }
}

/// Makes readers; a door of its own, since a `FeatureStore` belongs to one thread.
final class ReaderSource: Sendable {
    let project: String
    let logs: ServedLogs

    init(project: String, logs: ServedLogs) {
        self.project = project
        self.logs = logs
    }

    func reader(for selection: FeatureSelection, in definitions: Definitions, fullNames: Bool) throws -> ServiceReader {
        try FeatureStore(opening: project).servingReader(for: selection, in: definitions, fullNames: fullNames)
    }
}
