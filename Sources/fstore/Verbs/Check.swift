import FeatureStore

extension Command {
    static let check = Command(
        name: "check", summary: "Looks for damaged, missing and forgotten files, and repairs what can be.",
        discussion: """
            Reads everything once: the catalog (SQLite's own check), each segment (its checksum, its footer, the order of its
            rows, and the statistics that readers skip by), pushed rows, and what is online. Others may read and write
            meanwhile. The exit status is 1 when damage is left.

            With --repair a damaged segment is replaced by those that it was merged of, if they are still kept; otherwise it
            is set aside in .fstore/quarantine, its rows leave history, snapshots that held them are marked as lost, and the
            next 'fstore ingest' reads their files again. Files that nobody lists are removed.
            """,
        arguments: [
            Argument(name: "VIEW", help: "Just these views.", count: .any, completion: .candidates("views"))
        ],
        options: [
            Option(name: "repair", help: "Do the safe thing about what is found."),
            Option(name: "quick", help: "Look at sizes and footers only, not at what files hold."),
        ],
        examples: [
            ("fstore check", "is all well?"),
            ("fstore check --repair", "set damaged files aside, remove forgotten ones"),
        ]
    ) { arguments, terminal in
        let bar = ProgressBar("check", on: terminal)
        defer { bar.finish() }
        let report = try arguments.openStore().check(
            arguments.positional, isQuick: arguments.flag("quick"), repairs: arguments.flag("repair"),
            progress: RowProgress { bar.update(rows: $0, of: $1) })
        bar.finish()
        tell(report, on: terminal)
        try terminal.printJSON(report)
        let left = report.problems.count(where: \.isLeft)
        if left > 0 {
            throw StoreError.badRequest("\(Quantities.count(left, "problem")) left")
        }
    }

    private static func tell(_ report: CheckReport, on terminal: Terminal) {
        for view in report.views {
            var text =
                "\(view.view): \(Quantities.count(view.segments, "segment")), \(Quantities.count(view.rows, "row")), "
                + Quantities.bytes(view.bytes)
            if view.rowsPushed > 0 { text += ", \(Quantities.count(view.rowsPushed, "pushed row"))" }
            if view.rowsOnline > 0 { text += ", \(Quantities.count(view.rowsOnline, "key")) online" }
            if view.olderSegments > 0 {
                text += ", \(Quantities.count(view.olderSegments, "segment")) of older snapshots"
            }
            if view.withoutChecksum > report.checksumsAdded {
                text += " (\(view.withoutChecksum) without a checksum: --repair adds it)"
            }
            terminal.say(text)
        }
        for problem in report.problems {
            let place =
                problem.file ?? ([problem.place.rawValue] + [problem.view].compactMap(\.self)).joined(separator: " ")
            terminal.say("\(place): \(problem.problem)")
            if let repair = problem.repair { terminal.say("  \(repair)") }
            if let advice = problem.advice { terminal.say("  \(advice)") }
            for file in problem.filesToIngest { terminal.say("  to be read again: \(file)") }
        }
        if !report.orphansSought {
            terminal.say("Another process is writing, so files that nobody lists were not looked for.")
        }
        if report.checksumsAdded > 0 { terminal.say("\(Quantities.count(report.checksumsAdded, "checksum")) added.") }
        let count = report.problems.count
        terminal.say(
            (count == 0 ? "All is well" : Quantities.count(count, "problem") + " found")
                + ", \(Quantities.seconds(report.seconds)).")
    }
}
