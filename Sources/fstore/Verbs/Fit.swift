import FeatureStore

extension Command {
    static let fit = Command(
        name: "fit", summary: "Fits the encoders of a service on a training set.",
        discussion: """
            What 'encode:' in the service declares is learned from the rows of a training set (means, categories, …) and kept
            under a new version: SERVICE@N names it, and stays as it is when others are fitted. Null and NaN are missing.

            A training set that was written with --split is learned from by its rows to train with only.
            """,
        arguments: [
            Argument(
                name: "SERVICE", help: "The feature service; or --encoders.", count: .optional,
                completion: .candidates("services"))
        ],
        options: [
            Option(
                name: "training-set", kind: .value("ID|FILE"),
                help: "A recorded training set, or a Parquet or CSV file with the service's features.",
                completion: .file),
            Option(
                name: "where", kind: .value("EXPR"), help: "Only rows for which an expression over the columns is true."
            ),
            Option(
                name: "split", kind: .value("HOW"),
                help:
                    "Only rows to train with: time:0.8, time:2024-03-01 or key:0.8, as 'training-set --split' parts them."
            ),
            Option(
                name: "timestamp", kind: .value("COLUMN"),
                help: "With --split: the column of times. Default: event_timestamp, or the only one."),
            Option(name: "encoders", help: "List all encoders."),
        ],
        examples: [
            ("fstore fit eta_v1 --training-set 7", "eta_v1@1, or the next version"),
            ("fstore fit eta_v1 --training-set train.parquet --where 'label >= 0'", "on a file's rows with a label"),
        ]
    ) { arguments, terminal in
        if arguments.flag("encoders") { return try listEncoders(on: terminal) }
        guard let service = arguments.positional.first else { throw UsageError(description: "SERVICE is missing") }
        guard let rows = arguments.value("training-set") else {
            throw UsageError(description: "--training-set ID|FILE is missing")
        }
        let choice = FittingChoice(
            condition: arguments.value("where"),
            split: try arguments.value("split", "time:0.8, time:2024-03-01 or key:0.8") { RowSplit($0) },
            timestamp: arguments.value("timestamp"))
        let store = try arguments.openStore()
        let summary =
            try Int64(rows).map { try store.fit(service, onTrainingSet: $0, choosing: choice) }
            ?? store.fit(service, onFile: rows, choosing: choice)
        terminal.say(
            "\(summary.service)@\(summary.version): \(Quantities.count(summary.features, "feature")) as "
                + "\(Quantities.count(summary.width, "number")), fitted on \(Quantities.count(summary.rows.count, "row")) of "
                + "\(summary.rows.origin), \(Quantities.seconds(summary.seconds))")
        try terminal.printJSON(summary)
    }

    private static func listEncoders(on terminal: Terminal) throws {
        var table = TextTable(["encoder", "from -> to", "what it does"])
        for encoder in EncodingStep.all { table.add([encoder.usage, encoder.types, encoder.summary]) }
        for line in table.lines() { terminal.say(line) }
        try terminal.printJSON(EncodingStep.all)
    }
}
