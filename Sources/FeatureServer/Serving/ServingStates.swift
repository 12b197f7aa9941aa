import FeatureStore
import Foundation
import Synchronization

/// The definitions in force, as of now: a request takes the state once and is answered by it throughout.
final class ServingStates: Sendable {
    let project: String
    private let current: Mutex<ServingState>
    private let source: ReaderSource
    let logs: ServedLogs

    /// - Throws: what opening the store throws, or `StoreError.nothingApplied`.
    init(project: String) throws {
        self.project = project
        logs = ServedLogs(project: project)
        source = ReaderSource(project: project, logs: logs)
        let (version, definitions) = try FeatureStore(opening: project).appliedDefinitions()
        current = Mutex(ServingState(version: version, definitions: definitions, source: source))
    }

    var state: ServingState { current.withLock { $0 } }

    /// Takes over what was applied since; true if there was something.
    @discardableResult
    func refresh(from store: FeatureStore) throws -> Bool {
        guard try store.definitionsVersion() != state.version else { return false }
        let (version, definitions) = try store.appliedDefinitions()
        let fresh = ServingState(version: version, definitions: definitions, source: source)
        current.withLock { $0 = fresh }
        return true
    }
}
