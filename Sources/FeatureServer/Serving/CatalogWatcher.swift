import FeatureStore
import Foundation

/// Looks, a few times a second, whether other definitions were applied, or tokens made or revoked.
final class CatalogWatcher: Sendable {
    private let ending = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter always: what else is to be done as often.
    init(states: ServingStates, access: AccessControl, always: @escaping @Sendable () -> Void) {
        let thread = Thread { [ending, ended] in
            var store: FeatureStore?
            while ending.wait(timeout: .now() + .milliseconds(200)) == .timedOut {
                always()
                // A catalog that cannot be read now, for whatever reason, is tried again; what is served stays.
                do {
                    let open = try store ?? FeatureStore(opening: states.project)
                    store = open
                    try states.refresh(from: open)
                    access.update(try open.accessTokens())
                } catch {
                    store = nil
                }
            }
            ended.signal()
        }
        thread.start()
    }

    func stop() {
        ending.signal()
        ended.wait()
    }
}
