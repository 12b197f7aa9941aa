import FeatureStore

extension Command {
    static let fit = Command(
        name: "fit", summary: "Fits the encoders of a service on a training set.",
        discussion: """
            What 'encode:' in the service declares is learned from the rows of a training set (means, categories, …) and kept
            under a new version: SERVICE@N names it, and stays good when others are fitted. NaN and null are missing.
            """,
        arguments: [
            Argument(name: "SERVICE", help: "The feature service.", completion: .candidates("services"))
        ],
        options: [
            Option(
                name: "training-set", kind: .value("FILE"),
                help: "A training set of the service, as 'fstore training-set' writes it.", completion: .file)
        ],
        examples: [("fstore fit eta_v1 --training-set train.parquet", "eta_v1@1, or the next version")]
    ) { arguments, terminal in
        guard let path = arguments.value("training-set") else {
            throw UsageError(description: "--training-set FILE is missing")
        }
        let summary = try arguments.openStore().fit(arguments.positional[0], onFile: path)
        terminal.say(
            "\(summary.service)@\(summary.version): \(Quantities.count(summary.features, "feature")) as "
                + "\(Quantities.count(summary.width, "number")), fitted on \(Quantities.count(summary.rows, "row")), "
                + Quantities.seconds(summary.seconds))
        try terminal.printJSON(summary)
    }

    static let encode = Command(
        name: "encode", summary: "Encodes a training set by a service's fitted encoders.",
        discussion: """
            Feature columns become a float32 column a slot; other columns (keys, times, labels) pass through. Rows that the
            encoders were fitted on get target encodings that were learned without them.
            """,
        arguments: [
            Argument(name: "SERVICE[@N]", help: "The encoders: the newest, or a version.")
        ],
        options: [
            Option(name: "training-set", kind: .value("FILE"), help: "The training set to encode.", completion: .file),
            Option(name: "out", kind: .value("FILE"), help: "Parquet or CSV, by its name.", completion: .file),
        ],
        examples: [
            ("fstore encode eta_v1 --training-set train.parquet --out X.parquet", "the numbers that a model takes")
        ]
    ) { arguments, terminal in
        guard let path = arguments.value("training-set") else {
            throw UsageError(description: "--training-set FILE is missing")
        }
        guard let output = arguments.value("out") else { throw UsageError(description: "--out FILE is missing") }
        let summary = try arguments.openStore().encode(file: path, with: arguments.positional[0], to: output)
        terminal.say(
            "\(output): \(Quantities.count(summary.rows, "row")), \(Quantities.count(summary.width, "number")) by "
                + "\(summary.encoders), \(Quantities.bytes(summary.bytes))")
        try terminal.printJSON(summary)
    }
}
