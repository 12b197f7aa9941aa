import Columnar

extension KeyHistory {
    /// The rows as a table: join keys, the times that rows have, what the rule made of them, and the features.
    ///
    /// `event_timestamp`, `created_timestamp` and `valid_to_timestamp` as segments name them, each if rows have it; of rows
    /// with times `available_from`, and `in_force_from` and `in_force_until`, null where the row was never chosen or still is;
    /// then `state` and `is_correction`.
    ///
    /// - Throws: `StoreError.badRequest` if a feature is called as one of these columns.
    public var table: Table {
        get throws(StoreError) {
            var fields: [Field] = []
            var columns: [Column] = []
            func add(_ name: String, _ type: DataType, _ values: [Value]) {
                fields.append(Field(name, type))
                columns.append(Column(type, values))
            }
            func time(_ time: Timestamp?) -> Value { time.map(Value.timestamp) ?? .null }
            for (joinKey, value) in zip(joinKeys, key) {
                add(joinKey.name, joinKey.type.dataType, rows.map { _ in value })
            }
            if hasEvent { add(ViewLayout.eventColumn, .instant, rows.map { time($0.event) }) }
            if hasCreated { add(ViewLayout.createdColumn, .instant, rows.map { time($0.created) }) }
            if hasEnd { add(ViewLayout.endColumn, .instant, rows.map { time($0.end) }) }
            if hasEvent {
                add("available_from", .instant, rows.map { time($0.available) })
                add("in_force_from", .instant, rows.map { time($0.inForce?.from) })
                add("in_force_until", .instant, rows.map { time($0.inForce?.until) })
            }
            add("state", .string, rows.map { .string($0.state.rawValue) })
            add("is_correction", .bool, rows.map { .bool($0.isCorrection) })
            for (place, feature) in features.enumerated() {
                if fields.contains(where: { $0.name == feature.name }) {
                    throw .badRequest("the history has a column '\(feature.name)' of its own; ask for other features")
                }
                add(feature.name, feature.type.dataType, rows.map { $0.values[place] })
            }
            return Table(fields: fields, columns: columns, rowCount: rows.count)
        }
    }
}
