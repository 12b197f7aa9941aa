import Columnar
import FeatureStore

extension Command {
    static let logOptions = [
        Option(
            name: "from-log",
            help:
                "Write what the service was read with and what came of it: logged rows with their labels. --from and --to choose times."
        )
    ]

    /// A training set of a service's labelled examples.
    static func trainingSetFromLog(_ arguments: ParsedArguments, _ store: FeatureStore, _ terminal: Terminal) throws {
        let allowed = ["from-log", "out", "from", "to", "full-names", "project", "json", "quiet"]
        for option in Command.trainingSet.allOptions where arguments.flag(option.name) && !allowed.contains(option.name)
        {
            throw UsageError(description: "--from-log writes what was served; leave --\(option.name) out")
        }
        guard let service = arguments.positional.first else { throw UsageError(description: "SERVICE is missing") }
        guard let output = arguments.value("out") else { throw UsageError(description: "--out FILE is missing") }
        let expected = "a time such as 2024-01-31 or 2024-01-31T10:00:00Z"
        let summary = try store.writeLoggedTrainingSet(
            for: service, to: output, from: try arguments.value("from", expected) { Timestamp(parsing: $0) },
            until: try arguments.value("to", expected) { Timestamp(parsing: $0) },
            fullNames: arguments.flag("full-names"))
        let corrected =
            summary.corrected == 0 ? "" : "; \(Quantities.count(summary.corrected, "label")) had been corrected"
        terminal.say(
            "\(summary.path): \(Quantities.count(summary.rows, "row")), \(Quantities.count(summary.features, "feature")), "
                + "\(Quantities.bytes(summary.bytes)), \(Quantities.seconds(summary.seconds)) (from the log\(corrected))"
        )
        try terminal.printJSON(summary)
    }
}
