import Columnar
import FeatureStore

extension Command {
    static let materialize = Command(
        name: "materialize", summary: "Brings the newest row of each key from history to the online store.",
        discussion: """
            By default, what was ingested since the last run, whatever its event times, so that late rows are not missed. An
            older row never replaces a newer one. Readers are served throughout, from the state before the commit.
            """,
        arguments: [
            Argument(
                name: "VIEW", help: "The views; all if none is named.", count: .any, completion: .candidates("views"))
        ],
        options: [
            Option(name: "from", kind: .value("TIME"), help: "Leave older events out."),
            Option(name: "to", kind: .value("TIME"), help: "Take rows as of this time. Default: now."),
            Option(name: "full", help: "Rebuild from all of the history."),
        ],
        examples: [("fstore materialize", "what is new, everywhere")]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let expected = "a time such as 2024-01-31 or 2024-01-31T10:00:00Z"
        let from = try arguments.value("from", expected) { Timestamp(parsing: $0) }
        let to = try arguments.value("to", expected) { Timestamp(parsing: $0) }
        var summaries: [MaterializationSummary] = []
        for view in try arguments.views(in: try store.definitions()) {
            let bar = ProgressBar(view, on: terminal)
            defer { bar.finish() }
            let summary = try store.materialize(
                view, from: from, to: to, isFull: arguments.flag("full"),
                progress: RowProgress { bar.update(rows: $0, of: $1) })
            bar.finish()
            terminal.say(line(summary))
            summaries.append(summary)
        }
        try terminal.printJSON(["views": summaries])
    }

    private static func line(_ summary: MaterializationSummary) -> String {
        if summary.rowsRead == 0 {
            return "\(summary.view): nothing new; \(Quantities.count(summary.keysOnline, "key")) online"
        }
        return
            "\(summary.view): \(Quantities.count(summary.keysWritten, "key")) written of \(Quantities.count(summary.keys)) "
            + "in \(Quantities.count(summary.rowsRead, "new row")), \(Quantities.count(summary.keysOnline)) online, "
            + Quantities.seconds(summary.seconds)
    }
}
