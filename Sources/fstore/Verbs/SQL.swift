import Columnar
import FeatureStore

extension Command {
    static let sql = Command(
        name: "sql", summary: "Prints the SQL by which another engine makes the same training set.",
        discussion: """
            The statement reads the store's Parquet files, without the store, and gives what training-set gives, row for row.
            Each rule of the point-in-time join is a step with a comment.

            Without --entities it reads a table 'entities' that you make, with the join keys and event_timestamp (or
            --timestamp); its rows then come in the engine's own order. Rows that were pushed and are in no file yet are not
            seen: 'fstore compact' brings them there, and a warning says so.
            """,
        arguments: [
            Argument(
                name: "NAME", help: "A feature service, or a view for all its features; or use --features.",
                count: .optional, completion: .candidates("names"))
        ],
        options: [
            Option(
                name: "dialect", kind: .value("ENGINE"), help: "duckdb or spark. Default: duckdb.",
                completion: .choices(SQLDialect.allCases.map(\.rawValue))),
            Option(
                name: "entities", kind: .value("FILE"), help: "Parquet with join keys and times.", completion: .file),
            Option(
                name: "features", kind: .value("V:F,…"), help: "Single features: view:feature or view:*, with commas."),
            Option(
                name: "timestamp", kind: .value("COLUMN"),
                help: "The rows' time. Default: event_timestamp, else the file's only column of times."),
            Option(name: "full-names", help: "Name feature columns view__feature."),
            Option(name: "with-times", help: "Add view__event_timestamp for each view."),
            Option(
                name: "as-of", kind: .value("SNAPSHOT|TIME"),
                help: "Read the history as the store had it in a snapshot, or at a time."),
        ],
        examples: [
            ("fstore sql eta_v1 --entities labels.parquet | duckdb", "run it in DuckDB"),
            (
                "fstore sql driver_stats --dialect spark > features.sql",
                "all features of a view, for a table 'entities'"
            ),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let query = try store.sql(
            for: try selection(arguments, in: store.definitions()),
            dialect: arguments.value("dialect").flatMap(SQLDialect.init) ?? .duckdb,
            entityFile: arguments.value("entities"), timestamp: arguments.value("timestamp"),
            fullNames: arguments.flag("full-names"), withTimes: arguments.flag("with-times"),
            asOf: try arguments.value("as-of", "a snapshot's id or a time such as 2024-01-31") { AsOf($0) })
        for (view, rows) in query.rowsNotInFiles.sorted(by: { $0.key < $1.key }) {
            terminal.printError(
                "fstore: \(Quantities.count(rows, "row")) of '\(view)' are pushed and in no file yet, so SQL does not see them; "
                    + "run 'fstore compact \(view)', then this again")
        }
        terminal.say(query.sql.hasSuffix("\n") ? String(query.sql.dropLast()) : query.sql)
        try terminal.printJSON(query)
    }

    /// A service, a view with all its features, or single features.
    private static func selection(
        _ arguments: ParsedArguments, in definitions: Definitions
    ) throws -> FeatureSelection {
        guard let name = arguments.positional.first, arguments.value("features") == nil else {
            return try selection(arguments)
        }
        switch (definitions.featureService(named: name), definitions.servedView(named: name)) {
        case (.some, nil): return .service(name)
        case (nil, .some): return .features([FeatureReference(view: name, feature: nil)])
        case (.some, .some):
            throw StoreError.badRequest(
                "'\(name)' is both a service and a view; say --features '\(name):*' for the view, or name the service's "
                    + "features there")
        case (nil, nil):
            let names = definitions.featureServices.map(\.name) + definitions.viewNames
            throw StoreError.unknown(
                kind: "service or view", name: name, suggestion: Spelling.nearest(to: name, in: names))
        }
    }
}
