import Columnar

/// The rows that a batch of keys has found, lent in place: feature by feature, in any order, as of one commit.
package struct ServedRows {
    /// Entities.
    package let count: Int
    fileprivate let places: [ServiceReader.FeaturePlace]
    fileprivate let types: [FeatureType]
    /// By view.
    fileprivate let found: [FoundRows]
    /// By step of the computation.
    fileprivate let computed: [Column]

    /// A feature's value for an entity, with what is known of it.
    ///
    /// - Parameter feature: its place in the service.
    @inline(__always)
    package func value(_ feature: Int, of entity: Int) -> (value: ServedValue, status: FeatureStatus) {
        switch places[feature] {
        case .read(let place): return found[place.view].value(place.slot, of: entity)
        case .computed(let step):
            let value = computed[step].served(entity, as: types[feature])
            if case .none = value { return (.none, .nullValue) }
            return (value, .present)
        }
    }

    /// When the row behind a feature happened, in microseconds UTC; nil if there is no row, a timeless one, or one computed
    /// on demand.
    @inline(__always)
    package func eventTime(_ feature: Int, of entity: Int) -> Int64? {
        guard case .read(let place) = places[feature] else { return nil }
        return found[place.view].eventTime(of: entity)
    }

    /// Which of the reader's views a feature is of; their number for one that is computed on demand.
    package func view(of feature: Int) -> Int {
        if case .read(let place) = places[feature] { place.view } else { found.count }
    }

    /// A feature's value for an entity, to be kept.
    func onlineValue(_ feature: Int, of entity: Int, in service: ResolvedService) -> OnlineValue {
        let (value, status) = value(feature, of: entity)
        return OnlineValue(
            value: value.value(as: service.features[feature].feature.type), status: status,
            eventTime: eventTime(feature, of: entity).map(Timestamp.init(microseconds:)))
    }
}

extension ServiceReader {
    /// Where a feature of the service comes from: a slot of a view's rows, or a step of the computation.
    enum FeaturePlace: Sendable {
        case read(ReadSlot)
        case computed(Int)
    }

    /// Reads a batch in place: for each entity, given by a column an input in the order of `inputs`.
    ///
    /// - Parameter body: must neither keep the rows nor use the store in another way, and should be short.
    /// - Throws: `OnlineError` if a stored row is damaged.
    package func withRows<Result>(
        _ columns: [Column], at now: Timestamp, _ body: (ServedRows) throws -> Result
    ) throws -> Result {
        let count = entityCount(columns)
        return try reader.withRows(
            count: count, now: now,
            key: { selection, row, writer in
                writer.begin()
                for place in views[selection].keyPlaces {
                    guard writer.append(columns[place], row, as: joinKeys[place].type) else { return nil }
                }
                return writer.key
            },
            { found in
                try body(
                    ServedRows(
                        count: count, places: featurePlaces, types: featureTypes, found: found,
                        computed: computed(found, columns, count: count, at: now)))
            })
    }
}

extension KeyWriter {
    /// Appends a component from a column of its type; false if it is null.
    @inline(__always)
    mutating func append(_ column: Column, _ row: Int, as type: FeatureType) -> Bool {
        if column.isNull(row) { return false }
        switch type {
        case .int64: append(column.elements(as: Int64.self)[row])
        case .int32: append(column.elements(as: Int32.self)[row])
        case .bool: append(column.bits[row])
        default: append(column.bytes(at: row))
        }
        return true
    }
}
