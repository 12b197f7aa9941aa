import Columnar

/// The rows that a batch of keys has found, lent in place: feature by feature, in any order, as of one commit.
package struct ServedRows {
    /// Entities.
    package let count: Int
    fileprivate let places: [ServiceReader.FeaturePlace]
    /// By view.
    fileprivate let found: [FoundRows]

    /// A feature's value for an entity, with what is known of it.
    ///
    /// - Parameter feature: its place in the service.
    @inline(__always)
    package func value(_ feature: Int, of entity: Int) -> (value: ServedValue, status: FeatureStatus) {
        let place = places[feature]
        return found[place.view].value(place.slot, of: entity)
    }

    /// When the row behind a feature happened, in microseconds UTC; nil if there is no row, or a timeless one.
    @inline(__always)
    package func eventTime(_ feature: Int, of entity: Int) -> Int64? {
        found[places[feature].view].eventTime(of: entity)
    }

    /// Which of the reader's views a feature is of.
    package func view(of feature: Int) -> Int { places[feature].view }
}

extension ServiceReader {
    /// Where a feature of the service is read: the view among the reader's, and the slot in its rows.
    struct FeaturePlace: Sendable {
        var view: Int
        var slot: Int
    }

    /// Reads a batch in place: for each entity, given by a column a join key in the order of `joinKeys`.
    ///
    /// - Parameter body: must neither keep the rows nor use the store in another way, and should be short.
    /// - Throws: `OnlineError` if a stored row is damaged.
    package func withRows<Result>(
        _ keys: [Column], at now: Timestamp, _ body: (ServedRows) throws -> Result
    ) throws -> Result {
        precondition(keys.count == joinKeys.count && !keys.isEmpty)
        let encoded = views.map { view in view.keys.encode(view.keyPlaces.map { keys[$0] }) }
        return try reader.withRows(encoded, now: now) { found in
            try body(ServedRows(count: keys[0].count, places: featurePlaces, found: found))
        }
    }
}
