import FeatureStore

extension Command {
    static let trainingSet = Command(
        name: "training-set", summary: "Writes entity rows with the features that were known at their times.",
        discussion: """
            For each row of the entity file, or each row that a rule makes, the features are those of the newest row of history that was available at the
            row's time and no older than the view's ttl. Rows are never dropped, added or reordered; other columns pass
            through. The report tells for each view how many rows found features, and why the others did not.
            """,
        arguments: [
            Argument(
                name: "SERVICE", help: "The feature service; or use --features or --again.", count: .optional,
                completion: .candidates("services"))
        ],
        options: rowOptions + logOptions + [
            Option(name: "out", kind: .value("FILE"), help: "Parquet or CSV, by its name.", completion: .file),
            Option(
                name: "features", kind: .value("V:F,…"), help: "Single features: view:feature or view:*, with commas."),
            Option(
                name: "timestamp", kind: .value("COLUMN"),
                help: "The rows' time. Default: event_timestamp, else the only column of times."),
            Option(name: "full-names", help: "Name feature columns view__feature."),
            Option(name: "with-times", help: "Add view__event_timestamp for each view."),
            Option(
                name: "as-of", kind: .value("SNAPSHOT|TIME"),
                help: "Read the history as the store had it in a snapshot, or at a time."),
            Option(name: "encoded", help: "Features as the numbers of the service's fitted encoders ('fstore fit')."),
            Option(
                name: "state", kind: .value("N"), help: "With --encoded: the encoders' version. Default: the newest."),
            Option(name: "sparse", help: "With --encoded: lists of the slots that are not 0, and of their values."),
            Option(name: "again", kind: .value("ID"), help: "Write a recorded training set once more, byte for byte."),
        ],
        examples: [
            (
                "fstore training-set eta_v1 --entities labels.parquet --out train.parquet",
                "the features of a service"
            ),
            (
                "fstore training-set eta_v1 --every 1d --from 2024-01-01 --to 2024-02-01 --out january.parquet",
                "every known driver on every day of January"
            ),
            (
                "fstore training-set eta_v1 --from-view trips --split time:0.8 --out trips.parquet",
                "trips-train.parquet and trips-test.parquet, by the time of the trips"
            ),
            (
                "fstore training-set eta_v1 --entities labels.parquet --as-of 2024-03-01 --out then.parquet",
                "as the store knew history on that day"
            ),
            ("fstore training-set --again 7 --out copy.parquet", "the same bytes as training set 7"),
            ("fstore training-set eta_v1 --from-log --out served.parquet", "what was served, and what came of it"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        if arguments.flag("from-log") { return try trainingSetFromLog(arguments, store, terminal) }
        if arguments.value("again") != nil {
            let names =
                rowOptions.map(\.name) + [
                    "features", "timestamp", "full-names", "with-times", "as-of", "encoded", "state", "sparse",
                ]
            let given = names.filter { $0 != "entities" && arguments.flag($0) }
            if let word = (arguments.positional + given.map { "--\($0)" }).first {
                throw UsageError(description: "--again writes what was recorded; leave \(word) out")
            }
        }
        let bar = ProgressBar("history", on: terminal)
        defer { bar.finish() }
        let progress = RowProgress { bar.update(rows: $0, of: $1) }
        let summary: TrainingSetSummary
        if let id = try arguments.value("again", "the id of a training set", { Int64($0) }) {
            summary = try store.writeTrainingSetAgain(
                id, to: arguments.value("out"), entities: arguments.value("entities"), progress: progress)
        } else {
            let recipe = try recipe(arguments)
            guard let output = arguments.value("out") else { throw UsageError(description: "--out FILE is missing") }
            summary = try store.writeTrainingSet(
                for: try selection(arguments), entities: recipe, to: output, timestamp: arguments.value("timestamp"),
                fullNames: arguments.flag("full-names"), withTimes: arguments.flag("with-times"),
                asOf: try arguments.value("as-of", "a snapshot's id or a time such as 2024-01-31", { AsOf($0) }),
                encoding: try encoding(arguments, in: store), progress: progress)
        }
        bar.finish()
        report(summary, on: terminal)
        try terminal.printJSON(summary)
    }

    /// How features are to be encoded, if they are.
    private static func encoding(_ arguments: ParsedArguments, in store: FeatureStore) throws -> RecordedEncoding? {
        guard arguments.flag("encoded") else {
            for name in ["state", "sparse"] where arguments.flag(name) {
                throw UsageError(description: "--\(name) belongs to --encoded")
            }
            return nil
        }
        guard let service = arguments.positional.first else {
            throw UsageError(description: "--encoded needs a SERVICE, whose encoders are fitted")
        }
        let state = try store.encoderState(of: service, version: try version(arguments))
        return RecordedEncoding(
            service: service, version: state.version, layout: arguments.flag("sparse") ? .sparse : .columns)
    }

    /// The version of fitted encoders that is asked for.
    static func version(_ arguments: ParsedArguments) throws -> Int? {
        try arguments.value("state", "the version of fitted encoders, such as 3") { Int($0) }
    }

    /// A service by name, or single features.
    static func selection(_ arguments: ParsedArguments) throws -> FeatureSelection {
        let service = arguments.positional.first
        guard let features = arguments.value("features") else {
            guard let service else { throw UsageError(description: "SERVICE or --features is missing") }
            return .service(service)
        }
        if service != nil { throw UsageError(description: "give SERVICE or --features, not both") }
        return .features(try references(features))
    }

    private static func report(_ summary: TrainingSetSummary, on terminal: Terminal) {
        let record = summary.id.map { "training set \($0)" } ?? "not recorded: you may not write to the project"
        let comparison: String
        switch (summary.isIdentical, summary.hasSameValues) {
        case (true?, _): comparison = " again, the same bytes"
        case (_, true?): comparison = " again, the same values"
        default: comparison = ""
        }
        terminal.say(
            "\(files(of: summary)): \(Quantities.count(summary.rows, "row")), \(Quantities.count(summary.features, "feature")), "
                + "\(Quantities.bytes(summary.bytes)), \(Quantities.seconds(summary.seconds)) "
                + "(\(record)\(comparison))")
        if !summary.coverage.isEmpty {
            for line in table(of: summary.coverage).lines() { terminal.say("  " + line) }
        }
        for view in summary.coverage where view.notYetKnown * 10 > view.rows {
            terminal.say(
                "  \(view.view): rows within the ttl were learned of only after the entity row's time, so they are not used: "
                    + "the event itself, or a backfill. If their 'created' is not when they became known, see 'available'."
            )
        }
    }
    private static func files(of summary: TrainingSetSummary) -> String {
        guard let split = summary.split else { return summary.outputs.map(\.path).joined(separator: ", ") }
        var parts = summary.outputs.map { "\($0.path) (\(Quantities.count($0.rows ?? 0, "row")))" }
        if let cut = split.cut, parts.count == 2 {
            parts[0].insert(contentsOf: " before \(cut)", at: parts[0].index(before: parts[0].endIndex))
            parts[1].insert(contentsOf: " from then on", at: parts[1].index(before: parts[1].endIndex))
        }
        if split.rowsLeftOut > 0 { parts.append("\(Quantities.count(split.rowsLeftOut, "row")) left out") }
        return parts.joined(separator: ", ")
    }

    /// Why features are null, view by view. Few sets have rows that ended, so only those have that column.
    static func table(of coverage: [Coverage]) -> TextTable {
        let showsEnded = coverage.contains { $0.ended > 0 }
        var table = TextTable(
            ["view", "found", "key unknown", "key null", "before history", "too old", "not yet known"]
                + (showsEnded ? ["ended"] : []), numbers: [1, 2, 3, 4, 5, 6, 7])
        for view in coverage {
            let share = view.rows == 0 ? "" : " (\(view.found * 100 / view.rows) %)"
            let reasons = [view.keyUnknown, view.keyNull, view.beforeHistory, view.tooOld, view.notYetKnown]
            table.add(
                [view.view, Quantities.count(view.found) + share]
                    + (reasons + (showsEnded ? [view.ended] : [])).map { $0 == 0 ? "–" : Quantities.count($0) })
        }
        return table
    }
}
