import FeatureStore

extension Command {
    static let trainingSets = Command(
        name: "training-sets", summary: "Lists the training sets that were made, or tells all of one.",
        discussion: """
            With each are kept the definitions, the snapshot, its input's checksum, the coverage, and the checksum of what
            was written. 'fstore training-set --again ID' makes it once more, byte for byte. Those that Python and other
            programs make in memory are here too; if their rows were given in memory, it takes the same rows to make them
            again.
            """,
        arguments: [Argument(name: "ID", help: "Tell all of this one.", count: .optional)],
        examples: [("fstore training-sets 7", "what training set 7 was made of, and whether it can be made again")]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        if let word = arguments.argument("ID") {
            guard let id = Int64(word) else {
                throw UsageError(description: "ID takes the number of a training set, not \(word.quoted)")
            }
            let set = try store.describeTrainingSet(id)
            lines(set).forEach(terminal.say)
            try terminal.printJSON(set)
            return
        }
        let sets = try store.trainingSets()
        var table = TextTable(
            ["id", "made", "features of", "rows", "snapshot", "time", "output", "again"], numbers: [0, 3, 4])
        for set in sets {
            table.add([
                String(set.id), set.made, set.service ?? features(set), Quantities.count(set.rows),
                String(set.snapshot),
                set.seconds.map(Quantities.seconds) ?? "–",
                set.outputs.isEmpty ? "in memory" : set.outputs.map(\.path).joined(separator: ", "),
                set.obstacle != nil ? "no" : set.given == nil ? "yes" : "with its rows",
            ])
        }
        if sets.isEmpty {
            terminal.say("No training sets yet: 'fstore training-set' makes one.")
        } else {
            terminal.say(table)
        }
        try terminal.printJSON(["trainingSets": sets])
    }

    private static func features(_ set: TrainingSetDescription) -> String {
        guard let first = set.features.first else { return "" }
        return set.features.count == 1 ? first : "\(first), … (\(set.features.count))"
    }

    private static func lines(_ set: TrainingSetDescription) -> [String] {
        var facts = [
            ("made", set.made + (set.seconds.map { ", in \(Quantities.seconds($0))" } ?? "")),
            ("by", set.version.map { "fstore \($0)" } ?? ""), ("service", set.service ?? ""),
            ("features", set.features.joined(separator: ", ")), ("definitions", "version \(set.definitionsVersion)"),
            ("snapshot", String(set.snapshot)), ("entities", set.entities), ("timestamp", set.timestampColumn ?? ""),
            ("rows", Quantities.count(set.rows)),
        ]
        let options = [("--full-names", set.fullNames), ("--with-times", set.withTimes)].filter(\.1).map(\.0)
        facts.append(("options", options.joined(separator: " ")))
        if let split = set.split {
            facts.append(
                (
                    "split",
                    "\(Quantities.count(split.trainRows)) to train, \(Quantities.count(split.testRows)) to test"
                        + (split.cut.map { ", cut at \($0)" } ?? "")
                        + (split.rowsLeftOut > 0 ? ", \(Quantities.count(split.rowsLeftOut)) left out" : "")
                ))
        }
        facts += set.inputs.map { ("read", file($0)) } + set.outputs.map { ("wrote", file($0)) }
        if let given = set.given {
            facts.append(("given", "\(Quantities.count(given.rows, "row")) in memory, digest \(given)"))
        }
        facts.append(("result", set.result.map { "digest \($0)" } ?? ""))
        facts.append(("again", set.obstacle ?? again(set)))
        let report = set.coverage.isEmpty ? [] : [""] + table(of: set.coverage).lines()
        return ["training set \(set.id)"] + aligned(facts) + report
    }

    private static func again(_ set: TrainingSetDescription) -> String {
        let command = "fstore training-set --again \(set.id)"
        if set.given != nil {
            return
                "\(command) --entities FILE, or store.training_set(again=\(set.id), entities=…) in Python, with the same rows"
        }
        return command + (set.outputs.isEmpty ? " --out FILE" : "")
    }

    private static func file(_ file: FileRecord) -> String {
        file.path + (file.rows.map { ", \(Quantities.count($0, "row"))" } ?? "")
            + (file.checksum.map { ", checksum \($0)" } ?? "")
    }
}
