import Columnar

/// What an online value is.
public enum FeatureStatus: String, Hashable, Sendable, Codable {
    case present = "PRESENT"
    /// The newest row has no value.
    case nullValue = "NULL_VALUE"
    /// There is no row of the key.
    case notFound = "NOT_FOUND"
    /// The newest row is older than the view's ttl.
    case outsideMaxAge = "OUTSIDE_MAX_AGE"
}

/// A feature's value online, now.
public struct OnlineValue: Hashable, Sendable {
    /// Null unless the status is `present`.
    public let value: Value
    public let status: FeatureStatus
    /// When the row's event happened; nil if there is no row, or the view is timeless.
    public let eventTime: Timestamp?
}

/// Reads the features of a service by key; made once, then used for any number of reads.
///
/// Safe for use from any thread: each read sees the state of the last commit. Rows of earlier layouts of a view read
/// features that came later as null.
public final class OnlineReader: Sendable {
    /// A feature a place, in the service's order.
    public let service: ResolvedService
    /// The keys that a read needs, each once.
    public let joinKeys: [JoinKey]
    private let store: OnlineStore
    private let views: [ViewPlan]

    private struct ViewPlan: Sendable {
        let view: FeatureView
        let keys: KeyEncoder
        /// Where the view's join keys are among the reader's.
        let keyPlaces: [Int]
        /// The places of the view's features in the output.
        let places: [Int]
    }

    init(_ service: ResolvedService, definitions: Definitions, store: OnlineStore) {
        self.service = service
        self.store = store
        let allKeys = service.joinKeys(in: definitions)
        joinKeys = allKeys
        views = service.views.map { view in
            let keys = definitions.joinKeys(of: view)
            return ViewPlan(
                view: view, keys: KeyEncoder(keys.map(\.type)),
                keyPlaces: keys.compactMap { allKeys.firstIndex(of: $0) },
                places: service.features.indices.filter { service.features[$0].view.name == view.name })
        }
    }

    /// The values for one set of keys, given in the order of `joinKeys`, as of `now`.
    ///
    /// - Throws: `OnlineError.damaged` if a row's bytes are not what was written.
    public func read(_ keys: [Value], at now: Timestamp) throws -> [OnlineValue] {
        precondition(keys.count == joinKeys.count)
        var values = [OnlineValue](
            repeating: OnlineValue(value: .null, status: .notFound, eventTime: nil), count: service.features.count)
        try store.environment.read { transaction in
            for plan in views {
                guard let key = plan.keys.encode(plan.keyPlaces.map { keys[$0] }),
                    let database = try transaction.database(OnlineStore.databaseName(of: plan.view.name)),
                    let bytes = try key.withUnsafeBytes({ try transaction.value(database, $0) })
                else { continue }
                let state = try OnlineStore.state(of: plan.view.name, transaction, path: store.environment.path)
                try read(bytes, plan, state ?? ViewState(), now, into: &values)
            }
        }
        return values
    }

    private func read(
        _ bytes: UnsafeRawBufferPointer, _ plan: ViewPlan, _ state: ViewState, _ now: Timestamp,
        into values: inout [OnlineValue]
    ) throws {
        func damage(_ reason: String) -> OnlineError {
            .damaged(path: store.environment.path, view: plan.view.name, reason: reason)
        }
        guard let row = StoredRow(bytes) else { throw damage("a row is cut off") }
        guard let schema = state.schemas.first(where: { $0.id == row.schemaID }) else {
            throw damage("a row has an unknown layout")
        }
        let event = row.eventTime == .min ? nil : Timestamp(microseconds: row.eventTime)
        let isOld =
            plan.view.ttl.map { ttl in
                event.map { $0.microseconds < now.microseconds - ttl.microseconds } ?? false
            } ?? false
        for place in plan.places {
            if isOld {
                values[place] = OnlineValue(value: .null, status: .outsideMaxAge, eventTime: event)
                continue
            }
            let feature = service.features[place].feature
            let slot = schema.slots.firstIndex { $0.name == feature.name && $0.type == feature.type }
            guard let slot else {
                values[place] = OnlineValue(value: .null, status: .nullValue, eventTime: event)
                continue
            }
            guard let value = row.value(slot, of: schema) else { throw damage("a row is cut off") }
            values[place] = OnlineValue(
                value: value, status: value == .null ? .nullValue : .present, eventTime: event)
        }
    }
}
