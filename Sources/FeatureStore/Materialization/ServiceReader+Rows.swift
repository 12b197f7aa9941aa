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
        let count = keys[0].count
        precondition(keys.allSatisfy { $0.count == count })
        return try reader.withRows(
            count: count, now: now,
            key: { selection, row, writer in
                writer.begin()
                for place in views[selection].keyPlaces {
                    guard writer.append(keys[place], row, as: joinKeys[place].type) else { return nil }
                }
                return writer.key
            }, { found in try body(ServedRows(count: count, places: featurePlaces, found: found)) })
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
