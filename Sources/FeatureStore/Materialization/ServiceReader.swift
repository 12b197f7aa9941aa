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
    /// What a read is given, a column each: the join keys, then the request fields that are not keys themselves.
    public let inputs: [RequestField]
    let reader: OnlineReader
    let views: [ViewPlan]
    /// Where each feature of the service is read.
    let featurePlaces: [FeaturePlace]
    /// How a row looks as numbers.
    public let vectorLayout: VectorLayout
    /// Where the join keys stand in plain keys.
    let plainPlaces: [PlainKeyPlace]
    /// Where each request field is among the inputs.
    let requestPlaces: [Int]
    /// By feature of the service.
    let featureTypes: [FeatureType]
    /// Where each feature that is read lies.
    let readSlots: [ReadSlot]
    /// Whether a feature that is read is computed with.
    let isInput: [Bool]
    /// By view: the features that are computed with, and their slots.
    let inputSlots: [[(place: Int, slot: Int)]]
    /// The steps whose values are given.
    let givenSteps: [Int]
    /// Of those, where their first floats stand in a vector.
    let computedOutputs: [(step: Int, offset: Int)]
    /// Computes the on-demand features; nil if there are none.
    let frames: OnDemandFramesPool?

    struct ReadSlot: Sendable {
        var view: Int
        var slot: Int
    }

    struct ViewPlan: Sendable {
        let keys: KeyEncoder
        /// Where the view's join keys are among the reader's.
        let keyPlaces: [Int]
        /// Where they stand in plain keys.
        let plainPlaces: [PlainKeyPlace]
        /// The places of the view's features in the output.
        let places: [Int]
    }

    /// - Parameter isStrict: whether only the very time that is asked for will do; else a clock may be a little behind.
    init(
        _ service: ResolvedService, definitions: Definitions, store: OnlineStore, isStrict: Bool = false
    ) throws {
        self.service = service
        let allKeys = service.joinKeys(in: definitions)
        joinKeys = allKeys
        let allPlaces = PlainKeyPlace.places(of: allKeys)
        plainPlaces = allPlaces
        featureTypes = service.features.map(\.feature.type)
        let layout = VectorLayout(featureTypes)
        vectorLayout = layout
        inputs =
            allKeys.map { RequestField($0.name, $0.type) }
            + service.requestFields.filter { field in !allKeys.contains { $0.name == field.name } }
        let inputNames = inputs.map(\.name)
        requestPlaces = service.requestFields.map { inputNames.firstIndex(of: $0.name) ?? 0 }
        var outputs = [Int?](repeating: nil, count: service.readFeatures.count)
        for (output, place) in service.places.enumerated() {
            if case .read(let read) = place { outputs[read] = output }
        }
        var selections: [OnlineSelection] = []
        var plans: [ViewPlan] = []
        var readSlots = [ReadSlot](repeating: ReadSlot(view: 0, slot: 0), count: service.readFeatures.count)
        for (number, view) in service.views.enumerated() {
            let keys = definitions.joinKeys(of: view)
            // Those that are given come first, then those that are only computed with.
            let reads = service.readFeatures.indices.filter { service.readFeatures[$0].view.name == view.name }
            for (slot, read) in reads.enumerated() { readSlots[read] = ReadSlot(view: number, slot: slot) }
            let places = reads.compactMap { outputs[$0] }
            let keyPlaces = keys.compactMap { allKeys.firstIndex(of: $0) }
            plans.append(
                ViewPlan(
                    keys: KeyEncoder(keys.map(\.type)), keyPlaces: keyPlaces,
                    plainPlaces: keyPlaces.map { allPlaces[$0] }, places: places))
            let wanted = reads.map {
                StoredFeature(service.readFeatures[$0].feature.name, service.readFeatures[$0].feature.type)
            }
            selections.append(
                OnlineSelection(
                    OnlineView(name: view.name, keyTypes: keys.map(\.type), features: wanted), timeToLive: view.ttl,
                    hasEnd: definitions.source(named: view.source)?.validTo != nil,
                    floatPlaces: layout.width == nil ? nil : places.map { layout.offsets[$0] },
                    aggregates: service.aggregates(of: view, reads, isStrict: isStrict)))
        }
        views = plans
        self.readSlots = readSlots
        featurePlaces = service.places.map { place in
            switch place {
            case .read(let read): .read(readSlots[read])
            case .computed(let step): .computed(step)
            }
        }
        let plan = service.computation
        let isInput = readSlots.indices.map { read in plan.steps.contains { $0.inputs.contains(.read(read)) } }
        self.isInput = isInput
        inputSlots = service.views.indices.map { view in
            readSlots.indices.filter { isInput[$0] && readSlots[$0].view == view }.map { ($0, readSlots[$0].slot) }
        }
        var computedOutputs: [(step: Int, offset: Int)] = []
        for (output, place) in service.places.enumerated() {
            if case .computed(let step) = place { computedOutputs.append((step, layout.offsets[output])) }
        }
        self.computedOutputs = computedOutputs
        givenSteps = computedOutputs.map(\.step)
        let (readCount, requestCount) = (readSlots.count, service.requestFields.count)
        frames =
            plan.steps.isEmpty
            ? nil
            : OnDemandFramesPool { OnDemandFrames(plan, readCount: readCount, requestCount: requestCount) }
        reader = try OnlineReader(store, selections)
    }

    /// The values of a batch: for each entity, given by a column an input in the order of `inputs`, one value a feature.
    ///
    /// - Throws: `OnlineError` if a stored row is damaged.
    public func read(_ columns: [Column], at now: Timestamp) throws -> [[OnlineValue]] {
        let count = entityCount(columns)
        guard frames == nil else {
            return try withRows(columns, at: now) { rows in
                (0..<count).map { entity in
                    service.features.indices.map { rows.onlineValue($0, of: entity, in: service) }
                }
            }
        }
        let rows = try reader.read(views.map { view in view.keys.encode(view.keyPlaces.map { columns[$0] }) }, now: now)
        return (0..<count).map { row in
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

    /// The values for one set of inputs, in the order of `inputs`; nil if one does not fit its type.
    public func read(_ values: [Value], at now: Timestamp) throws -> [OnlineValue]? {
        guard let columns = columns(of: values) else { return nil }
        return try read(columns, at: now).first
    }

    /// One value an input, as columns of one row; nil if one does not fit its type.
    func columns(of values: [Value]) -> [Column]? {
        precondition(values.count == inputs.count)
        var columns: [Column] = []
        for (input, value) in zip(inputs, values) {
            var builder = ColumnBuilder(input.type.dataType)
            guard builder.append(value) else { return nil }
            columns.append(builder.finish())
        }
        return columns
    }
}

extension ResolvedService {
    /// How the features that are read at `reads`, all of `view`, are computed; nil where they are stored.
    fileprivate func aggregates(
        of view: FeatureView, _ reads: [Int], isStrict: Bool
    ) -> OnlineSelection.Aggregates? {
        guard let aggregation = view.aggregation else { return nil }
        let numbers = reads.compactMap { read in
            view.features.firstIndex { $0.name == readFeatures[read].feature.name }
        }
        return OnlineSelection.Aggregates(
            plan: AggregatePlan(aggregation, features: numbers), availability: view.availability, isStrict: isStrict)
    }
}
