import Columnar

/// The entity rows of a training set in SQL: a Parquet file whose columns are known, or the caller's table `entities`.
struct SQLEntityRows {
    /// The name of the table expression.
    static let name = "entity__rows"

    private let dialect: SQLDialect
    private let origin: Origin
    private let keys: [JoinKey]
    /// The column of times; nil if no view has times and none is asked for.
    private let timestamp: String?

    private enum Origin {
        case file(String, fields: [Field], emptyColumns: Set<String>)
        case table
    }

    /// Rows of the file at `path`, an absolute one, which holds `rows`.
    ///
    /// - Throws: `DataError` if the engine reads the file otherwise than the store does.
    init(file path: String, rows: EntityRows, keys: [JoinKey], dialect: SQLDialect) throws(DataError) {
        guard TableFile.isParquet(path) else {
            throw DataError(
                "SQL reads entity rows from Parquet, because engines read CSV in ways of their own; write them as Parquet, "
                    + "or leave --entities out and make a table 'entities' of them", file: rows.origin)
        }
        let table = rows.table
        let empty = table.fields.indices.filter { table.columns[$0].nullCount == table.rowCount }
        origin = .file(path, fields: table.fields, emptyColumns: Set(empty.map { table.fields[$0].name }))
        timestamp = rows.timestampColumn
        self.keys = keys
        self.dialect = dialect
        if let timestamp, let type = table.column(timestamp)?.type {
            try Self.check(time: type, of: timestamp, dialect, rows.origin)
        }
        if let name = table.fields.map(\.name).first(where: { $0.lowercased() == dialect.reservedColumn }) {
            throw DataError(
                "\(dialect.engine) keeps the name '\(name)' for itself; rename the column", file: rows.origin,
                column: name
            )
        }
    }

    /// Rows of a table `entities` that the caller makes.
    init(tableWithTimestamp timestamp: String?, keys: [JoinKey], dialect: SQLDialect) {
        origin = .table
        self.timestamp = timestamp
        self.keys = keys
        self.dialect = dialect
    }

    private static func check(
        time type: DataType, of column: String, _ dialect: SQLDialect, _ origin: String
    ) throws(DataError) {
        switch (dialect, type) {
        case (.spark, .timestamp(.nanoseconds, _)):
            throw DataError(
                "Spark does not read times in nanoseconds; write the column in microseconds", file: origin,
                column: column)
        case (_, .timestamp), (_, .date32): break
        default:
            throw DataError(
                "is of type \(type); SQL needs the times as timestamps, since engines read text in ways of their own",
                file: origin, column: column)
        }
    }

    /// The names of the columns that pass through; nil if they are not known.
    var columnNames: [String]? {
        guard case .file(_, let fields, _) = origin else { return nil }
        return fields.map(\.name)
    }

    /// A column of ours beside the caller's own: a name that none of those has.
    private func own(_ name: String) -> String {
        let taken = Set((columnNames ?? []).map { $0.lowercased() })
        var name = name
        while taken.contains(name.lowercased()) { name += "_" }
        return name
    }

    var row: String { own("__row") }
    var time: String { own("__time") }
    func key(_ key: JoinKey) -> String { own("__key_" + key.name) }

    /// What the result has of them.
    var output: [String] {
        switch origin {
        case .file(_, let fields, _): fields.map { "\(Self.name).\(dialect.identifier($0.name))" }
        case .table: ["__entity.*"]
        }
    }

    /// The table expression, in lines.
    var lines: [String] {
        var columns: [String] = []
        let from: String
        switch origin {
        case .file(let path, let fields, let empty):
            from = dialect.parquet(path)
            columns.append("\(dialect.position) AS \(row)")
            if let timestamp, let type = fields.first(where: { $0.name == timestamp })?.type {
                columns.append("\(dialect.microseconds(dialect.identifier(timestamp), type)) AS \(time)")
            }
            for key in keys {
                let type = fields.first { $0.name == key.name }?.type
                let value =
                    empty.contains(key.name)
                    ? dialect.null(key.type)
                    : dialect.key(dialect.identifier(key.name), type, as: key.type)
                columns.append("\(value) AS \(self.key(key))")
            }
            columns += fields.map { dialect.identifier($0.name) }
        case .table:
            from = "entities"
            columns.append("\(dialect.rowNumber) AS \(row)")
            if let timestamp {
                columns.append("\(dialect.microseconds(dialect.identifier(timestamp), .instant)) AS \(time)")
            }
            for key in keys {
                let value = dialect.key(dialect.identifier(key.name), nil, as: key.type)
                columns.append("\(value) AS \(self.key(key))")
            }
            columns.append("\(dialect.wholeRow(of: "entities")) AS __entity")
        }
        return [
            "-- The entity rows, numbered in their order. Times are microseconds, UTC.",
            "\(Self.name) AS \(dialect.materialized)(", "    SELECT",
        ] + SQLText.list(columns, indent: 8) + ["    FROM \(from)", ")"]
    }
}
