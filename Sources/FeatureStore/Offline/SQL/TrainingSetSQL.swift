import Columnar
import Foundation

/// Writes the SQL that gives a training set from the segments of a snapshot, without the store.
///
/// Each rule of the point-in-time join (DESIGN §4) is a step with a comment; speed is the engine's matter.
struct TrainingSetSQL {
    /// What is asked for, as a comment may name it.
    let title: String
    let service: ResolvedService
    let snapshot: Int64
    let views: [SQLView]
    let entities: SQLEntityRows
    let dialect: SQLDialect

    /// - Throws: `DataError` or `StoreError` if names clash, or differ in ways that SQL does not see.
    func text() throws -> String {
        try checkNames()
        let tables = [entities.lines] + views.flatMap { [$0.historyLines] + $0.choice(for: entities) }
        return """
            \(header)
            WITH
            \(tables.map { $0.joined(separator: "\n") }.joined(separator: ",\n\n"))

            -- Every entity row once, in order, with the features of its chosen rows or nulls.
            \(selection.joined(separator: "\n"));

            """
    }

    private var header: String {
        """
        -- The training set of \(title) as of snapshot \(snapshot), in the SQL of \(dialect.engine).
        -- Printed by fstore \(FeatureStore.version). Names with two underscores are not the definitions'.
        """
    }

    /// The columns that are features, and those that are times of chosen rows.
    private var outputs: [(value: String, name: String)] {
        let byName = Dictionary(views.map { ($0.layout.view.name, $0) }, uniquingKeysWith: { first, _ in first })
        var outputs = service.features.compactMap { feature in
            byName[feature.view.name].map { ($0.value(of: feature.feature), feature.outputName) }
        }
        for view in views where view.withTimes && !view.layout.isTimeless {
            outputs.append((view.eventTime, view.layout.eventOutputName))
        }
        return outputs
    }

    private var selection: [String] {
        let columns = entities.output + outputs.map { "\($0.value) AS \(dialect.identifier($0.name))" }
        return ["SELECT"] + SQLText.list(columns, indent: 4) + ["FROM \(SQLEntityRows.name)"]
            + views.flatMap { $0.joinLines(of: entities) } + ["ORDER BY \(SQLEntityRows.name).\(entities.row)"]
    }

    // MARK: - Names

    /// SQL takes names that differ in case only for one.
    private func checkNames() throws {
        try refuseTwins(in: views.map(\.layout.view.name), "feature views")
        try refuseTwins(in: (entities.columnNames ?? []) + outputs.map(\.name), "columns of the training set")
        for view in views {
            for segment in view.segments {
                let names = segment.file.file.fields.map(\.name)
                try refuseTwins(in: names, "columns of the history of '\(view.layout.view.name)'")
                if names.contains(where: { $0.lowercased() == dialect.reservedColumn }) {
                    throw StoreError.badRequest(
                        "'\(view.layout.view.name)' has a column '\(dialect.reservedColumn)', a name that "
                            + "\(dialect.engine) keeps for itself: its history cannot be read there")
                }
            }
        }
    }

    private func refuseTwins(in names: [String], _ kind: String) throws {
        var seen: [String: String] = [:]
        for name in names {
            if let twin = seen.updateValue(name, forKey: name.lowercased()) {
                throw StoreError.badRequest(
                    "'\(twin)' and '\(name)' are both \(kind), and \(dialect.engine) does not tell upper from lower case: "
                        + "ask for one of them, or rename it")
            }
        }
    }
}
