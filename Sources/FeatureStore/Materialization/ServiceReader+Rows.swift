import Columnar

/// A value where it lies in the map; bytes are valid only while the rows are lent.
package enum ServedValue {
    case none
    case bool(Bool)
    case int(Int64)
    case float32(Float)
    case float64(Double)
    /// Microseconds UTC.
    case timestamp(Int64)
    case string(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)
    /// Elements of four bytes, unaligned.
    case vector(UnsafeRawBufferPointer)
}

/// The rows that a batch of keys has found, lent in place: feature by feature, in any order, as of one commit.
package struct ServedRows {
    fileprivate enum Match {
        case none
        case row(StoredRow, RowProjection, isOver: Bool)
    }

    /// Entities.
    package let count: Int
    fileprivate let places: [ServiceReader.FeaturePlace]
    /// By view, then entity.
    fileprivate let matches: [[Match]]

    /// A feature's value for an entity, with what is known of it.
    ///
    /// - Parameter feature: its place in the service.
    /// - Throws: `OnlineError` if a string or bytes value points outside of its row.
    @inline(__always)
    package func value(_ feature: Int, of entity: Int) throws -> (value: ServedValue, status: FeatureStatus) {
        let place = places[feature]
        guard case .row(let row, let projection, let isOver) = matches[place.view][entity] else {
            return (.none, .notFound)
        }
        if isOver { return (.none, .outsideMaxAge) }
        let slot = projection.slots[place.slot]
        if row.isNull(slot) { return (.none, .nullValue) }
        return (try row.value(slot), .present)
    }

    /// When the row behind a feature happened, in microseconds UTC; nil if there is no row, or a timeless one.
    @inline(__always)
    package func eventTime(_ feature: Int, of entity: Int) -> Int64? {
        guard case .row(let row, _, _) = matches[places[feature].view][entity], row.eventTime != RowAge.unknownTime
        else { return nil }
        return row.eventTime
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
        return try reader.withSnapshot { snapshot in
            let matches = try encoded.indices.map { try snapshot.matches(encoded[$0], selection: $0, now: now) }
            return try body(ServedRows(count: keys[0].count, places: featurePlaces, matches: matches))
        }
    }
}

extension OnlineSnapshot {
    fileprivate func matches(
        _ keys: EncodedKeys, selection: Int, now: Timestamp
    ) throws -> [ServedRows.Match] {
        let view = context.views[selection]
        var matches: [ServedRows.Match] = []
        matches.reserveCapacity(keys.count)
        for position in 0..<keys.count {
            guard !keys.isNull(position),
                let (row, projection) = try view.row(for: keys.bytes(at: position), snapshot, context.records)
            else {
                matches.append(.none)
                continue
            }
            matches.append(.row(row, projection, isOver: view.isOver(row, projection, now: now)))
        }
        return matches
    }
}

extension StoredRow {
    @inline(__always)
    fileprivate func value(_ slot: RowProjection.Slot) throws -> ServedValue {
        switch slot.type {
        case .bool: return .bool(load(slot, as: UInt8.self) != 0)
        case .int32: return .int(Int64(load(slot, as: Int32.self)))
        case .int64: return .int(load(slot, as: Int64.self))
        case .float32: return .float32(load(slot, as: Float.self))
        case .float64: return .float64(load(slot, as: Double.self))
        case .timestamp: return .timestamp(load(slot, as: Int64.self))
        case .vector(let count): return .vector(vectorBytes(slot, count: count))
        case .string, .bytes:
            guard let bytes = variableBytes(slot) else {
                throw OnlineError("a stored value is damaged; materialize the view again with --full")
            }
            return slot.type == .string ? .string(bytes) : .bytes(bytes)
        }
    }
}
