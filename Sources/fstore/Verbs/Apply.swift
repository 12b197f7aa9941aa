import FeatureStore

extension Command {
    static let apply = Command(
        name: "apply", summary: "Puts the definitions in features/ in force, and shows what that changes.",
        discussion: """
            Reads every definition file, tells all mistakes at once (file:line:column), shows the difference to what is
            applied (+ new, ~ changed, - removed), and applies it in one transaction. A change that would corrupt stored
            data, such as another type of a stored feature, is refused with the way out.
            """,
        options: [
            Option(name: "dry-run", help: "Show the difference and apply nothing; exit 1 if it would be refused."),
            Option(name: "allow-removal", help: "Let go of views that hold data."),
        ],
        examples: [("fstore apply --dry-run", "what would change?")]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let isDryRun = arguments.flag("dry-run")
        let plan =
            isDryRun ? try store.plan() : try store.apply(allowsRemoval: arguments.flag("allow-removal"))
        for line in plan.lines { terminal.say(line) }
        terminal.say(
            plan.isEmpty
                ? "Nothing to change." : "\(isDryRun ? "Nothing applied (--dry-run)" : "Applied"): \(plan.summary).")
        try terminal.printJSON(plan)
        if isDryRun {
            let refusals = plan.refusals(allowsRemoval: arguments.flag("allow-removal"))
            if !refusals.isEmpty { throw StoreError.refused(refusals) }
        }
    }
}
