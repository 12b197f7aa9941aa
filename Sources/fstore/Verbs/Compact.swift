import FeatureStore

extension Command {
    static let compact = Command(
        name: "compact", summary: "Merges the segments of views and removes files that nobody needs.",
        discussion: """
            Many small ingestions make many segments; few are read faster. Pushed rows are moved to segments, and neighbours
            are merged where four are of about one size, so that a row of n is written anew at most log4(n) times in its life.
            Others may read and push meanwhile. Files of older snapshots are kept for a while, so that recorded training sets
            can be written again; after that they are removed, never under a reader.
            """,
        arguments: [
            Argument(
                name: "VIEW", help: "The views; all if none is named.", count: .any, completion: .candidates("views"))
        ],
        options: [
            Option(
                name: "keep", kind: .value("DURATION"), help: "How long older snapshots stay readable. Default: 30d."),
            Option(name: "full", help: "Merge all segments of a view into one."),
        ],
        examples: [
            ("fstore compact --keep 7d", "what is due; a week of snapshots"),
            ("fstore compact driver_stats --full", "one segment, read fastest"),
        ]
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
                view, keeping: keep, isFull: arguments.flag("full"),
                progress: RowProgress { bar.update(rows: $0, of: $1) })
            bar.finish()
            terminal.say(
                "\(view): \(Quantities.count(summary.segmentsBefore, "segment")) -> \(summary.segmentsAfter), "
                    + "\(Quantities.count(summary.rowsWritten)) of \(Quantities.count(summary.rows, "row")) written anew, "
                    + "\(Quantities.bytes(summary.bytes)), "
                    + "\(Quantities.count(summary.filesRemoved, "old file")) removed, \(Quantities.seconds(summary.seconds))"
            )
            summaries.append(summary)
        }
        try terminal.printJSON(["views": summaries])
    }
}
