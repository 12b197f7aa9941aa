import Columnar
import FeatureStore

extension Command {
    /// Options that say which rows a training set has.
    static let rowOptions = [
        Option(
            name: "entities", kind: .value("FILE"), help: "Parquet or CSV with join keys and times.",
            completion: .file),
        Option(
            name: "every", kind: .value("DURATION"),
            help: "Instead of a file: each key at each step, from --from until before --to."),
        Option(
            name: "keys", kind: .value("FILE"),
            help: "The keys of --every. Default: those that the history knows.", completion: .file),
        Option(
            name: "keys-of", kind: .value("VIEW"),
            help: "The keys of --every: those that this view's history knows.",
            completion: .candidates("views")),
        Option(
            name: "from-view", kind: .value("VIEW"),
            help: "Instead of a file: a view's own rows, its features as labels.", completion: .candidates("views")),
        Option(name: "from", kind: .value("TIME"), help: "The first time of --every or --from-view."),
        Option(name: "to", kind: .value("TIME"), help: "The time before which they end."),
        Option(
            name: "where", kind: .value("EXPR"),
            help: "Take the rows for which an expression over their columns is true."),
        Option(
            name: "sample", kind: .value("N|P%"), help: "Take the rows of N keys only, or of P percent of the keys."
        ),
        Option(
            name: "split", kind: .value("time:F|key:F"),
            help: "Write a share F of the rows to NAME-train and the rest to NAME-test, by time or by key."),
        Option(
            name: "gap", kind: .value("DURATION"), help: "Leave out what lies so close before the cut of a split."),
        Option(
            name: "seed", kind: .value("N"), help: "Choose other keys for --sample and --split key. Default: 0."),
    ]

    /// Where the rows of a training set are to come from: a file, a spine, or a view.
    static func recipe(_ arguments: ParsedArguments) throws -> EntityRecipe {
        let origins = ["entities", "every", "from-view"].filter { arguments.value($0) != nil }
        guard let origin = origins.first else {
            throw UsageError(
                description: "--entities FILE is missing; or make rows by rule, with --every or --from-view")
        }
        if origins.count > 1 { throw UsageError(description: "give --\(origins[0]) or --\(origins[1]), not both") }
        for (option, needed) in [
            ("keys", ["every"]), ("keys-of", ["every"]), ("from", ["every", "from-view"]),
            ("to", ["every", "from-view"]),
            ("timestamp", ["entities"]),
        ] where arguments.value(option) != nil && !needed.contains(origin) {
            throw UsageError(
                description:
                    "--\(option) belongs to \(needed.map { "--\($0)" }.joined(separator: " or ")), not to --\(origin)")
        }
        return EntityRecipe(
            try rows(arguments), where: arguments.value("where"),
            sample: try arguments.value("sample", "a number of keys, or a percentage such as 10%", { RowSample($0) }),
            split: try arguments.value("split", "time:0.8, time:2024-03-01 or key:0.8", { RowSplit($0) }),
            gap: try arguments.value("gap", "a duration such as 7d", { TimeSpan($0) }),
            seed: try arguments.value("seed", "a whole number", { Int($0) }))
    }

    private static func rows(_ arguments: ParsedArguments) throws -> EntityRecipe.Origin {
        if let path = arguments.value("entities") { return .file(path: path) }
        let expected = "a time such as 2024-01-31 or 2024-01-31T10:00:00Z"
        let from = try arguments.value("from", expected) { Timestamp(parsing: $0) }
        let to = try arguments.value("to", expected) { Timestamp(parsing: $0) }
        if let view = arguments.value("from-view") { return .view(name: view, from: from, to: to) }
        guard let every = try arguments.value("every", "a duration such as 1d or 15m", { TimeSpan($0) }), let from,
            let to
        else { throw UsageError(description: "--every needs --from TIME and --to TIME") }
        if arguments.value("keys") != nil, arguments.value("keys-of") != nil {
            throw UsageError(description: "give --keys or --keys-of, not both")
        }
        let keys: EntityRecipe.SpineKeys =
            arguments.value("keys").map { .file(path: $0) } ?? .known(ofView: arguments.value("keys-of"))
        return .spine(every: every, from: from, to: to, keys: keys)
    }
}
