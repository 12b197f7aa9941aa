import FeatureStore

extension Command {
    static let encode = Command(
        name: "encode", summary: "Encodes a training set by a service's fitted encoders.",
        discussion: """
            Feature columns become a float32 column a slot; other columns (keys, times, labels) pass through. Rows that the
            encoders were fitted on are known again: their target encodings are learned from other rows than themselves.
            """,
        arguments: [
            Argument(
                name: "SERVICE[@N]", help: "The encoders: the newest, or a version.",
                completion: .candidates("services"))
        ],
        options: [
            Option(
                name: "training-set", kind: .value("ID|FILE"),
                help: "A recorded training set, or a Parquet or CSV file with the service's features.",
                completion: .file),
            Option(name: "out", kind: .value("FILE"), help: "Parquet or CSV, by its name.", completion: .file),
            Option(
                name: "sparse",
                help: "Two columns of lists instead: 'indices' of the slots that are not 0, and 'values'."),
            Option(name: "as-new", help: "Encode rows that the encoders were fitted on as any others."),
        ],
        examples: [
            ("fstore encode eta_v1 --training-set 7 --out X.parquet", "the numbers that a model takes")
        ]
    ) { arguments, terminal in
        guard let rows = arguments.value("training-set") else {
            throw UsageError(description: "--training-set ID|FILE is missing")
        }
        guard let output = arguments.value("out") else { throw UsageError(description: "--out FILE is missing") }
        let summary = try arguments.openStore().encode(
            rows, with: arguments.positional[0], to: output, layout: arguments.flag("sparse") ? .sparse : .columns,
            areNew: arguments.flag("as-new"))
        terminal.say(
            "\(output): \(Quantities.count(summary.rows, "row")), \(Quantities.count(summary.width, "number")) by "
                + "\(summary.encoders), \(Quantities.bytes(summary.bytes)), \(Quantities.seconds(summary.seconds))")
        try terminal.printJSON(summary)
    }
}
