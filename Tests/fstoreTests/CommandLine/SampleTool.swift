import Synchronization

@testable import fstore

/// A small tool with one of each kind of declaration, and its output.
struct SampleTool {
    let output = TextStream(inMemoryWithColumns: nil)
    let errors = TextStream(inMemoryWithColumns: nil)

    static let load = Command(
        name: "load", summary: "Loads files into views.",
        discussion: """
            Files that were loaded before are passed over, so that a command that was
            cut off can be run again.

                fstore keeps   this   as it is
            """,
        arguments: [Argument(name: "VIEW", help: "Where to load into.", count: .any, completion: .candidates("views"))],
        options: [
            Option(name: "all", help: "Load into every view."),
            Option(name: "from", kind: .values("FILE"), help: "Load these files.", completion: .file),
            Option(
                name: "on-error", kind: .value("POLICY"), help: "What to do with bad rows.",
                completion: .choices(["stop", "skip"]), defaultValue: "stop"),
            Option(name: "limit", kind: .value("N"), help: "At most so many rows."),
        ],
        examples: [("sample load --all", "everything")]
    ) { arguments, terminal in
        if arguments.flag("all"), !arguments.positional.isEmpty {
            throw UsageError(description: "views or --all, not both")
        }
        let limit = try arguments.value("limit", "a number of rows") { Int($0) }
        terminal.say(
            "loaded \(arguments.arguments("VIEW").joined(separator: " ")) limit \(limit.map(String.init) ?? "none")")
        try terminal.printJSON(["policy": arguments.value("on-error"), "views": nil])
    }

    static let read = Command(
        name: "read", summary: "Reads a service.",
        arguments: [
            Argument(name: "SERVICE", help: "What to read.", completion: .candidates("services")),
            Argument(name: "KEY=VALUE", help: "The keys.", count: .some, completion: .candidates("keys")),
        ]
    ) { _, _ in throw Failure(description: "no such key\nand no such service") }

    static let tool = CommandLineTool(
        name: "sample", version: "1.2.3", summary: "a tool for tests", commands: [load, read],
        candidates: [
            "views": { context in ["drivers", "riders", "view\nof\ttwo lines"] + (context.project.map { [$0] } ?? []) },
            "services": { _ in throw Failure(description: "no project here") },
            "keys": { context in context.positional.first == "eta" ? ["driver_id="] : [] },
        ])

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Runs one call and returns its exit status.
    func run(_ words: String...) -> Int32 {
        Self.tool.run(words, terminal: Terminal(output: output, errors: errors, environment: [:]))
    }
}
