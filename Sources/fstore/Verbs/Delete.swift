import FeatureStore

extension Command {
    static let delete = Command(
        name: "delete", summary: "Removes all rows of a key for good, and keeps an audit of it.",
        discussion: """
            The rows go from segments of all snapshots, from the hot log and from the online store. Snapshots that held some
            can no longer be read, nor training sets made of them be made again. Rows of the key that come later are left
            out, unless --allow-return is given. A command that was cut off is made good by running it again.

            Where a view has more join keys than are given, all rows with the given values go. The audit keeps who, when,
            why, and a digest of the key, not the key.
            """,
        arguments: [
            Argument(
                name: "VIEW", help: "The view; or use --all-views.", count: .optional, completion: .candidates("views")),
            Argument(name: "KEY=VALUE", help: "The join keys.", count: .any),
        ],
        options: [
            Option(name: "all-views", help: "From every view that has these join keys, also from those defined later."),
            Option(name: "reason", kind: .value("TEXT"), help: "Why, for the audit."),
            Option(name: "allow-return", help: "Let rows of the key be stored again; lifts an earlier bar as well."),
            Option(name: "dry-run", help: "Count the rows and remove nothing."),
        ],
        examples: [
            (
                "fstore delete --all-views customer_id=4711 --reason 'request 2024-117'",
                "all that is known of a customer"
            )
        ]
    ) { arguments, terminal in
        let (view, selector) = try target(arguments)
        let summary = try arguments.openStore().delete(
            selector, from: view, reason: arguments.value("reason"), mayReturn: arguments.flag("allow-return"),
            isDryRun: arguments.flag("dry-run"))
        report(summary, on: terminal)
        try terminal.printJSON(summary)
    }

    /// The view, or nil for all, and the keys.
    private static func target(_ arguments: ParsedArguments) throws -> (view: String?, selector: KeySelector) {
        let views = arguments.positional.filter { !$0.contains("=") }
        let isOfAll = arguments.flag("all-views")
        guard isOfAll != (views.count == 1), views.count < 2 else {
            throw UsageError(description: "name one view, or give --all-views")
        }
        return (views.first, try KeySelector(KeyValues(arguments.positional.filter { $0.contains("=") }).texts))
    }

    private static func report(_ summary: DeletionSummary, on terminal: Terminal) {
        var table = TextTable(["view", "rows", "pushed rows", "online"], numbers: [1, 2, 3])
        for view in summary.views {
            table.add(
                [view.view]
                    + [view.rows, view.rowsPushed, view.rowsOnline].map { $0 == 0 ? "–" : Quantities.count($0) })
        }
        let heading =
            summary.id.map { "Deleted (deletion \($0)), \(Quantities.seconds(summary.seconds)):" }
            ?? "Would be deleted (--dry-run):"
        terminal.say(heading)
        for line in table.lines() { terminal.say("  " + line) }
        if !summary.trainingSets.isEmpty {
            let ids = summary.trainingSets.map(String.init).joined(separator: ", ")
            terminal.say(
                "  training sets made of states that held these rows: \(ids); the files that they wrote are not touched, see "
                    + "'fstore training-sets'")
        }
        for remains in summary.remains { terminal.say("  not yet gone from \(remains)") }
        for file in summary.quarantineFiles {
            terminal.say("  \(file) holds rows that were set aside, which may be of this key: look through it")
        }
    }
}
