import FeatureStore

extension Command {
    static let deletions = Command(
        name: "deletions", summary: "Lists what was deleted: who, when, why, and how much.",
        discussion: "With keys, only the deletions of just these: the audit keeps no key, but it recognises one.",
        arguments: [Argument(name: "KEY=VALUE", help: "The join keys.", count: .any)],
        examples: [("fstore deletions customer_id=4711", "was this customer deleted?")]
    ) { arguments, terminal in
        let words = arguments.arguments("KEY=VALUE")
        if let word = words.first(where: { !$0.contains("=") }) {
            throw UsageError(description: "\(word.quoted) is no key=value")
        }
        let selector = words.isEmpty ? nil : try KeySelector(KeyValues(words).texts)
        let deletions = try arguments.openStore().deletions(of: selector)
        var table = TextTable(
            ["id", "time", "by", "view", "keys", "digest", "rows", "pushed", "online", "may return", "done", "reason"],
            numbers: [0, 6, 7, 8])
        for deletion in deletions {
            let counts = [\DeletionSummary.View.rows, \.rowsPushed, \.rowsOnline].map { count in
                Quantities.count(deletion.views.reduce(0) { $0 + $1[keyPath: count] })
            }
            table.add(
                [
                    String(deletion.id), deletion.started, deletion.by, deletion.view ?? "all",
                    deletion.keys.joined(separator: ", "), String(deletion.digest.prefix(8)),
                ] + counts + [
                    deletion.mayReturn ? "yes" : "no", deletion.finished == nil ? "no: run it again" : "yes",
                    deletion.reason ?? "",
                ])
        }
        if deletions.isEmpty { terminal.say("No deletions.") } else { terminal.say(table) }
        try terminal.printJSON(["deletions": deletions])
    }
}
