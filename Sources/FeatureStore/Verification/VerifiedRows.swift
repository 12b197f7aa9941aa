import Columnar

/// The entity rows for which online and offline values are compared.
///
/// Views of the same join keys are a group, of which keys are drawn together. Each group's keys make rows of their own, with
/// the other join keys taken from the other groups' samples: so each row has all that a service needs, and each key that was
/// drawn stands in one row as it is.
struct VerifiedRows {
    /// The columns of `joinKeys`, and what else was given.
    let table: Table
    let joinKeys: [JoinKey]
    /// By view, the rows whose keys were drawn for it.
    let rowsOfView: [String: Range<Int>]

    /// One group of views, and the keys drawn for it.
    struct Group {
        let keys: [JoinKey]
        let views: [String]
        let sample: [[Value]]
    }

    init(_ groups: [Group], joinKeys: [JoinKey]) {
        var builders = joinKeys.map { ColumnBuilder($0.type.dataType) }
        var rowsOfView: [String: Range<Int>] = [:]
        var count = 0
        for (number, group) in groups.enumerated() {
            let start = count
            // Its own keys first, so that they stay as they are.
            let sources = [group] + groups.indices.filter { $0 != number }.map { groups[$0] }
            for row in group.sample.indices {
                var values = [Value](repeating: .null, count: joinKeys.count)
                for source in sources where !source.sample.isEmpty {
                    let key = source.sample[row % source.sample.count]
                    for (joinKey, value) in zip(source.keys, key) {
                        guard let place = joinKeys.firstIndex(of: joinKey), values[place] == .null else { continue }
                        values[place] = value
                    }
                }
                for place in joinKeys.indices where !builders[place].append(values[place]) {
                    preconditionFailure("a key was decoded as another type than its own")
                }
                count += 1
            }
            for view in group.views { rowsOfView[view] = start..<count }
        }
        var columns: [Column] = []
        for place in builders.indices { columns.append(builders[place].finish()) }
        table = Table(
            fields: joinKeys.map { Field($0.name, $0.type.dataType) }, columns: columns, rowCount: count)
        self.joinKeys = joinKeys
        self.rowsOfView = rowsOfView
    }

    /// Rows that a caller has given.
    ///
    /// - Throws: `DataError` for a join key that is missing or of another type.
    init(given rows: Table, origin: String, joinKeys: [JoinKey], views: [String]) throws(DataError) {
        var columns: [Column] = []
        for key in joinKeys {
            guard let column = rows.column(key.name) else {
                let nearest = Spelling.nearest(to: key.name, in: rows.fields.map(\.name))
                throw DataError(
                    "there is no column '\(key.name)', a join key" + (nearest.map { " (did you mean '\($0)'?)" } ?? ""),
                    file: origin)
            }
            columns.append(try key.typed(column, origin: origin))
        }
        let others = rows.fields.indices.filter { place in !joinKeys.contains { $0.name == rows.fields[place].name } }
        table = Table(
            fields: joinKeys.map { Field($0.name, $0.type.dataType) } + others.map { rows.fields[$0] },
            columns: columns + others.map { rows.columns[$0] }, rowCount: rows.rowCount)
        self.joinKeys = joinKeys
        rowsOfView = Dictionary(views.map { ($0, 0..<rows.rowCount) }, uniquingKeysWith: { first, _ in first })
    }
}
