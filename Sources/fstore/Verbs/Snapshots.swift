import FeatureStore

extension Command {
    static let snapshots = Command(
        name: "snapshots", summary: "Lists the states of the history, and which of them can still be read.",
        discussion: """
            Every commit makes one. 'fstore training-set --as-of' reads one that is readable; 'fstore compact' removes the
            files of old ones, and a deletion those that held the deleted rows.
            """,
        arguments: [
            Argument(
                name: "VIEW", help: "Only those that changed this view.", count: .optional,
                completion: .candidates("views"))
        ],
        examples: [("fstore snapshots driver_stats", "what happened to a view, the newest first")]
    ) { arguments, terminal in
        let snapshots = try arguments.openStore().snapshots(of: arguments.argument("VIEW"))
        var table = TextTable(["snapshot", "time", "reason", "view", "rows", "readable"], numbers: [0, 4])
        for snapshot in snapshots {
            table.add([
                String(snapshot.id), snapshot.time, snapshot.reason,
                snapshot.changes.map(\.view).joined(separator: ", "),
                change(in: snapshot.changes), readability(of: snapshot, names: arguments.argument("VIEW") == nil),
            ])
        }
        if snapshots.isEmpty {
            terminal.say("No snapshots yet: 'fstore ingest' makes the first.")
        } else {
            terminal.say(table)
        }
        try terminal.printJSON(["snapshots": snapshots])
    }

    /// `+1,000`, `-3`; nothing where rows were only rewritten.
    private static func change(in changes: [SnapshotDescription.Change]) -> String {
        let difference = changes.reduce(0) { $0 + $1.rowsAdded - $1.rowsRemoved }
        return difference == 0 ? "–" : (difference > 0 ? "+" : "") + Quantities.count(difference)
    }

    private static func readability(of snapshot: SnapshotDescription, names: Bool) -> String {
        guard !snapshot.unreadable.isEmpty else { return "yes" }
        guard names else { return "no: \(snapshot.unreadable[0].reason)" }
        let reasons = Dictionary(grouping: snapshot.unreadable, by: \.reason).sorted { $0.key < $1.key }
        return "not "
            + reasons.map { "\($0.value.map(\.view).joined(separator: ", ")): \($0.key)" }.joined(separator: "; ")
    }
}
