import FeatureStore

extension Command {
    static let compact = Command(
        name: "compact", summary: "Merges the segments of views and removes files that nobody needs.",
        discussion: """
            Many small ingestions make many segments; one segment is read faster. Files of older snapshots are kept for a
            while, so that recorded training sets can be written again; after that they are removed, never under a reader.
            """,
        arguments: [
            Argument(
                name: "VIEW", help: "The views; all if none is named.", count: .any, completion: .candidates("views"))
        ],
        options: [
            Option(
                name: "keep", kind: .value("DURATION"), help: "How long older snapshots stay readable. Default: 30d.")
        ],
        examples: [("fstore compact --keep 7d", "one segment a view; a week of snapshots")]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let keep =
            try arguments.value("keep", "a duration such as 30d, 12h or 0s", TimeSpan.init)
            ?? TimeSpan.seconds(30 * 86_400)
        var summaries: [CompactionSummary] = []
        for view in try arguments.views(in: try store.definitions()) {
            let bar = ProgressBar(view, on: terminal)
            defer { bar.finish() }
            let summary = try store.compact(
                view, keeping: keep, progress: RowProgress { bar.update(rows: $0, of: $1) })
            bar.finish()
            terminal.say(
                "\(view): \(Quantities.count(summary.segmentsBefore, "segment")) -> \(summary.segmentsAfter), "
                    + "\(Quantities.count(summary.rows, "row")), \(Quantities.bytes(summary.bytes)) written, "
                    + "\(Quantities.count(summary.filesRemoved, "old file")) removed, \(Quantities.seconds(summary.seconds))"
            )
            summaries.append(summary)
        }
        try terminal.printJSON(["views": summaries])
    }
}
