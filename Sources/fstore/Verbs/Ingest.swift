import FeatureStore
import Foundation

extension Command {
    static let ingest = Command(
        name: "ingest", summary: "Reads new source files into the history of views.",
        discussion: """
            Files that were read before and have not changed (by size, time and checksum) are passed over. Rows are sorted
            and written as Parquet segments; a view's new rows become visible all at once. A row that does not fit stops
            the view's ingestion and stores nothing of it, unless it may be set aside with --on-error quarantine.
            """,
        arguments: [
            Argument(name: "VIEW", help: "The views to ingest into.", count: .any, completion: .candidates("views"))
        ],
        options: [
            Option(name: "all", help: "Ingest into every view."),
            Option(
                name: "from", kind: .values("FILE"),
                help: "Read these files instead of the source's, once, into one view.",
                completion: .file),
            Option(
                name: "on-error", kind: .value("POLICY"),
                help: "stop (default), or quarantine: set rows that do not fit aside in a file and go on.",
                completion: .choices(ErrorPolicy.allCases.map(\.rawValue))),
        ],
        examples: [
            ("fstore ingest --all", "what is new, everywhere"),
            ("fstore ingest driver_stats --from backfill.parquet", "a file that is no part of the source"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let policy =
            try arguments.value("on-error", "stop or quarantine", ErrorPolicy.init(rawValue:)) ?? .stop
        let here = FileManager.default.currentDirectoryPath
        let files = arguments.values("from")?.map { $0.hasPrefix("/") ? $0 : here + "/" + $0 }
        guard arguments.flag("all") != !arguments.positional.isEmpty else {
            throw UsageError(description: "name the views, or give --all")
        }
        if files != nil && arguments.positional.count != 1 {
            throw UsageError(description: "--from needs exactly one view")
        }
        var summaries: [IngestionSummary] = []
        for view in try arguments.views(in: try store.definitions()) {
            let bar = ProgressBar(view, on: terminal)
            defer { bar.finish() }
            let summary = try store.ingest(view, files: files, onError: policy) { bar.update(rows: $0, of: $1) }
            bar.finish()
            terminal.say(line(summary))
            summaries.append(summary)
        }
        try terminal.printJSON(["views": summaries])
    }

    private static func line(_ summary: IngestionSummary) -> String {
        if summary.files == 0 {
            return "\(summary.view): nothing new in \(Quantities.count(summary.filesUnchanged, "file"))"
        }
        var text =
            "\(summary.view): \(Quantities.count(summary.rows, "row")) from \(Quantities.count(summary.files, "file")), "
            + "\(Quantities.bytes(summary.bytes)), \(Quantities.seconds(summary.seconds))"
        if summary.rowsBarred > 0 {
            text += "; \(Quantities.count(summary.rowsBarred, "row")) of deleted keys left out"
        }
        if let file = summary.rejectedFile {
            text += "; \(Quantities.count(summary.rowsRejected, "row")) set aside in \(file)"
        }
        return text
    }
}
