import Columnar
import FeatureStore

extension Command {
    static let online = Command(
        name: "online", summary: "Cares for the online store: stats, check, prune, copy.",
        discussion: """
            stats: rows, pages and readers.
            check: the file page by page, every row, and whether each is the newest of its key in the history, bit for bit; exit 1
            if anything is wrong.
            prune: removes rows that are older than their view's ttl, and views that the definitions no longer have.
            copy: makes a folder a project that serves what is online now, for another machine.
            """,
        arguments: [
            Argument(
                name: "ACTION", help: "stats, check, prune or copy.",
                completion: .choices(["stats", "check", "prune", "copy"])),
            Argument(
                name: "NAME", help: "The views to check or prune, by default all; to copy, the new folder.",
                count: .any,
                completion: .candidates("views")),
        ],
        options: [
            Option(
                name: "no-history", help: "Check rows by themselves, without the history: quickly, in little memory."),
            Option(name: "at", kind: .value("TIME"), help: "Prune as of this time. Default: now."),
        ],
        examples: [
            ("fstore online check", "is all as it should be?"),
            ("fstore online copy /mnt/usb/fleet", "a copy to serve elsewhere"),
        ]
    ) { arguments, terminal in
        let names = arguments.arguments("NAME")
        let action = arguments.argument("ACTION") ?? ""
        if arguments.flag("no-history"), action != "check" {
            throw UsageError(description: "--no-history is for 'online check'")
        }
        if arguments.value("at") != nil, action != "prune" {
            throw UsageError(description: "--at is for 'online prune'")
        }
        let store = try arguments.openStore()
        switch action {
        case "stats":
            if let name = names.first { throw UsageError(description: "'\(name)' is one word too many") }
            try stats(store, terminal)
        case "check": try check(store, try views(names, in: store), arguments, terminal)
        case "prune": try prune(store, try views(names, in: store), arguments, terminal)
        default:
            guard let folder = names.first, names.count == 1 else {
                throw UsageError(description: "name one folder to copy to")
            }
            let summary = try store.copyOnline(to: folder)
            terminal.say(
                "\(folder): \(Quantities.count(summary.rows, "row")) of \(Quantities.count(summary.views, "view")), "
                    + "\(Quantities.bytes(summary.bytes)), \(Quantities.seconds(summary.seconds))")
            terminal.say("  'fstore serve --project \(folder)' serves it; it has no history and no tokens.")
            try terminal.printJSON(summary)
        }
    }

    /// Nil for all.
    private static func views(_ names: [String], in store: FeatureStore) throws -> [String]? {
        let known = try store.definitions().featureViews.map(\.name)
        for name in names where !known.contains(name) {
            throw StoreError.unknown(
                kind: "feature view", name: name, suggestion: Spelling.nearest(to: name, in: known))
        }
        return names.isEmpty ? nil : names
    }

    private static func stats(_ store: FeatureStore, _ terminal: Terminal) throws {
        let found = try store.onlineStatistics()
        var facts = [
            ("store", found.path),
            (
                "file",
                "\(Quantities.bytes(found.fileBytes)): \(Quantities.bytes(found.usedBytes)) used, "
                    + "\(Quantities.bytes(found.freeBytes)) free for later commits"
            ),
            ("commit", Quantities.count(Int(clamping: found.commit))),
        ]
        if let map = found.mapBytes { facts.append(("map", Quantities.bytes(map))) }
        if let readers = found.readers {
            let stale = found.staleReaders ?? 0
            facts.append(
                (
                    "readers",
                    "\(Quantities.count(readers)) of \(Quantities.count(found.maximumReaders)) places"
                        + (stale > 0 ? "; \(Quantities.count(stale)) of killed processes freed just now" : "")
                ))
        }
        for line in aligned(facts) { terminal.say(line) }
        terminal.say("")
        var table = TextTable(["view", "rows", "bytes", "depth", "schemas", "written"], numbers: [1, 2, 3, 4])
        for view in found.views {
            table.add([
                view.view, Quantities.count(view.rows), Quantities.bytes(view.bytes), String(view.depth),
                String(view.schemas),
                (view.updated ?? "–") + (view.isDefined ? "" : " (no longer defined: 'fstore online prune')"),
            ])
        }
        terminal.say(table)
        try terminal.printJSON(found)
    }

    private static func check(
        _ store: FeatureStore, _ views: [String]?, _ arguments: ParsedArguments, _ terminal: Terminal
    ) throws {
        let report = try store.checkOnline(views: views, comparesHistory: !arguments.flag("no-history"))
        terminal.say(
            "file: \(Quantities.count(report.usedPages, "page")) used, \(Quantities.count(report.freePages)) free"
                + (report.problems.isEmpty ? ", sound" : ""))
        for problem in report.problems { terminal.say("  \(problem)") }
        for view in report.views {
            var parts = [Quantities.count(view.rows, "row")]
            if view.isCompared {
                parts.append("\(Quantities.count(view.agreeing)) as in the history")
                if view.waiting > 0 {
                    parts.append("\(Quantities.count(view.waiting)) behind it, not materialized yet")
                }
                if view.leftOut > 0 { parts.append("\(Quantities.count(view.leftOut, "key")) left out or pruned") }
            }
            if view.problemCount == 0 { parts.append("sound") }
            terminal.say("\(view.view): " + parts.joined(separator: ", "))
            for problem in view.problems { terminal.say("  \(problem)") }
            if view.problemCount > view.problems.count {
                terminal.say("  … and \(Quantities.count(view.problemCount - view.problems.count)) more")
            }
        }
        try terminal.printJSON(report)
        guard !report.isSound else { return }
        let wrong = report.views.filter { $0.problemCount > 0 }.map(\.view)
        throw StoreError.badRequest(
            report.problems.isEmpty
                ? "what is online is wrong: run 'fstore materialize --full \(wrong.joined(separator: " "))'"
                : "the online store's file is damaged: move .fstore/online away and run 'fstore materialize --full'")
    }

    private static func prune(
        _ store: FeatureStore, _ views: [String]?, _ arguments: ParsedArguments, _ terminal: Terminal
    ) throws {
        let time = try arguments.value("at", "a time such as 2024-01-31T10:00:00Z") { Timestamp(parsing: $0) }
        let bar = ProgressBar("prune", on: terminal)
        defer { bar.finish() }
        let summaries = try store.pruneOnline(views: views, at: time) { _, rows, all in bar.update(rows: rows, of: all)
        }
        bar.finish()
        if summaries.isEmpty {
            terminal.say("Nothing to prune: no view that is online has a ttl, and none is left over.")
        }
        for summary in summaries {
            terminal.say(
                summary.isRemoved
                    ? "\(summary.view): no longer defined; its \(Quantities.count(summary.rowsRemoved, "row")) removed"
                    : "\(summary.view): \(Quantities.count(summary.rowsRemoved, "row")) removed, "
                        + "\(Quantities.count(summary.rowsLeft)) left")
        }
        try terminal.printJSON(["views": summaries])
    }
}
