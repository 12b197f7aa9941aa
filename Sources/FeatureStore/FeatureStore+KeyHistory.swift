import Columnar

extension FeatureStore {
    /// What was known of one key of a view, and when.
    ///
    /// - Parameters:
    ///   - key: a value for each of the view's join keys, in their order.
    ///   - names: the features to tell of; all if nil.
    ///   - from: rows of earlier events are left out.
    ///   - to: rows of events at this time or later are left out.
    ///   - time: for which it is told which row is in force.
    /// - Throws: `StoreError.unknown` for a view or feature that there is not, `.badRequest` for a key that does not fit.
    public func history(
        of view: String, key: [Value], features names: [String]? = nil, from: Timestamp? = nil,
        to: Timestamp? = nil, at time: Timestamp = .now
    ) throws -> KeyHistory {
        let (layout, _) = try layout(of: view)
        guard key.count == layout.keys.count, !key.contains(.null) else {
            throw StoreError.badRequest("give the join keys \(layout.keys.map(\.name).joined(separator: ", "))")
        }
        let features = try names.map { try $0.map { try layout.view.storedFeature(named: $0) } } ?? layout.features
        if layout.isTimeless, from != nil || to != nil {
            throw StoreError.badRequest("the rows of \(view) have no times; leave from and to out")
        }
        let rows = try KeyRow.all(of: key, in: try history(of: layout), layout: layout, features: features)
        var history = KeyHistory(of: key, in: layout, features: features, rows: rows, at: time)
        history.rows.removeAll { row in
            guard let event = row.event else { return false }
            return event < from ?? .distantPast || to.map { event >= $0 } ?? false
        }
        return history
    }

    /// The join keys of a view, in their order.
    ///
    /// - Throws: `StoreError.unknown`.
    public func joinKeys(of view: String) throws -> [JoinKey] { try layout(of: view).layout.keys }

    /// The key of a view in a table of one row that has a column named as each join key.
    ///
    /// - Throws: `DataError` if one is missing or does not fit, a column is none of them, or there is not one row.
    package func key(of view: String, in table: Table, origin: String) throws -> [Value] {
        let joinKeys = try joinKeys(of: view)
        let names = joinKeys.map(\.name)
        for field in table.fields where !names.contains(field.name) {
            throw DataError(
                "'\(field.name)' is no join key\(Spelling.suggestion(for: field.name, in: names)); the keys are "
                    + names.joined(separator: ", "), file: origin)
        }
        let columns = try joinKeys.map { key throws(DataError) in
            guard let column = table.column(key.name) else {
                throw DataError("the join key '\(key.name)' (\(key.type)) is missing", file: origin)
            }
            return try key.typed(column, origin: origin)
        }
        guard table.rowCount == 1 else {
            throw DataError("has \(table.rowCount) rows; a history is that of one key", file: origin)
        }
        return columns.map { $0.value(at: 0) }
    }
}
