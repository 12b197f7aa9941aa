import Columnar

/// A feature's value online, now.
public struct OnlineValue: Hashable, Sendable {
    /// Null unless the status is `present`.
    public let value: Value
    public let status: FeatureStatus
    /// When the row's event happened; nil if there is no row, or the view is timeless.
    public let eventTime: Timestamp?
}

/// Reads the features of a service by key; made once, then used for any number of reads, from any thread.
///
/// Each read sees one commit. Rows that were written before a view got a feature read it as null.
public final class ServiceReader: Sendable {
    /// A feature a place, in the service's order.
    public let service: ResolvedService
    /// The keys that a read needs, each once.
    public let joinKeys: [JoinKey]
    let reader: OnlineReader
    let views: [ViewPlan]
    /// Where each feature of the service is read.
    let featurePlaces: [FeaturePlace]
    /// How a row looks as numbers.
    public let vectorLayout: VectorLayout
    /// Where the join keys stand in plain keys.
    let plainPlaces: [PlainKeyPlace]

    struct ViewPlan: Sendable {
        let keys: KeyEncoder
        /// Where the view's join keys are among the reader's.
        let keyPlaces: [Int]
        /// Where they stand in plain keys.
        let plainPlaces: [PlainKeyPlace]
        /// The places of the view's features in the output.
        let places: [Int]
    }

    init(_ service: ResolvedService, definitions: Definitions, store: OnlineStore) throws {
        for view in service.views { try view.refuseOnline() }
        guard service.computation.steps.isEmpty else {
            throw StoreError.badRequest(
                "features that are computed on demand cannot be read online in this version yet")
        }
        self.service = service
        let allKeys = service.joinKeys(in: definitions)
        joinKeys = allKeys
        let allPlaces = PlainKeyPlace.places(of: allKeys)
        plainPlaces = allPlaces
        let layout = VectorLayout(service.features.map(\.feature.type))
        vectorLayout = layout
        var selections: [OnlineSelection] = []
        var plans: [ViewPlan] = []
        for view in service.views {
            let keys = definitions.joinKeys(of: view)
            let places = service.features.indices.filter { service.features[$0].view.name == view.name }
            let keyPlaces = keys.compactMap { allKeys.firstIndex(of: $0) }
            plans.append(
                ViewPlan(
                    keys: KeyEncoder(keys.map(\.type)), keyPlaces: keyPlaces,
                    plainPlaces: keyPlaces.map { allPlaces[$0] }, places: places))
            let wanted = places.map {
                StoredFeature(service.features[$0].feature.name, service.features[$0].feature.type)
            }
            selections.append(
                OnlineSelection(
                    OnlineView(name: view.name, keyTypes: keys.map(\.type), features: wanted), timeToLive: view.ttl,
                    hasEnd: definitions.source(named: view.source)?.validTo != nil,
                    floatPlaces: layout.width == nil ? nil : places.map { layout.offsets[$0] }))
        }
        views = plans
        var featurePlaces = [FeaturePlace](repeating: FeaturePlace(view: 0, slot: 0), count: service.features.count)
        for (view, plan) in plans.enumerated() {
            for (slot, place) in plan.places.enumerated() {
                featurePlaces[place] = FeaturePlace(view: view, slot: slot)
            }
        }
        self.featurePlaces = featurePlaces
        reader = try OnlineReader(store, selections)
    }

    /// The values of a batch: for each entity, given by a column a join key in the order of `joinKeys`, one value a
    /// feature.
    ///
    /// - Throws: `OnlineError` if a stored row is damaged.
    public func read(_ keys: [Column], at now: Timestamp) throws -> [[OnlineValue]] {
        precondition(keys.count == joinKeys.count && !keys.isEmpty)
        let rows = try reader.read(views.map { view in view.keys.encode(view.keyPlaces.map { keys[$0] }) }, now: now)
        return (0..<keys[0].count).map { row in
            var values = [OnlineValue](
                repeating: OnlineValue(value: .null, status: .notFound, eventTime: nil), count: service.features.count)
            for (view, found) in zip(views, rows) {
                var time: Timestamp?
                if case .timestamp(let event) = found.eventTimes.value(at: row) { time = event }
                for (place, (column, statuses)) in zip(view.places, zip(found.features, found.statuses)) {
                    values[place] = OnlineValue(value: column.value(at: row), status: statuses[row], eventTime: time)
                }
            }
            return values
        }
    }

    /// The values for one set of keys, in the order of `joinKeys`; nil if a key does not fit its type.
    public func read(_ keys: [Value], at now: Timestamp) throws -> [OnlineValue]? {
        precondition(keys.count == joinKeys.count)
        var columns: [Column] = []
        for (key, value) in zip(joinKeys, keys) {
            var builder = ColumnBuilder(key.type.dataType)
            guard builder.append(value) else { return nil }
            columns.append(builder.finish())
        }
        return try read(columns, at: now).first
    }
}
