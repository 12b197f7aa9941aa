import FeatureStore
import Foundation

/// The tool: its verbs, and what is common to running any of them.
struct CommandLineTool: Sendable {
    let name: String
    let version: String
    let summary: String
    let commands: [Command]

    /// Runs one call and returns the exit status: 0, 1 for an error, 2 for a wrong use.
    func run(_ words: [String], terminal: Terminal) -> Int32 {
        guard let verb = words.first else {
            terminal.print(HelpText.overview(of: self))
            return 2
        }
        switch verb {
        case "--version", "version":
            terminal.print("\(name) \(version)")
            return 0
        case "help", "--help", "-h": return help(Array(words.dropFirst()), terminal)
        default: break
        }
        guard let command = command(named: verb, terminal) else { return 2 }
        do {
            let arguments = try ParsedArguments(Array(words.dropFirst()), for: command)
            if arguments.flag("help") {
                terminal.print(HelpText.of(command, tool: name))
                return 0
            }
            terminal.isQuiet = arguments.flag("quiet")
            terminal.printsJSON = arguments.flag("json")
            try command.run(arguments, terminal)
            return 0
        } catch let error as UsageError {
            terminal.printError("\(name) \(verb): \(error); see '\(name) help \(verb)'")
            return 2
        } catch {
            terminal.printError("\(name): \(error)")
            return 1
        }
    }

    private func command(named verb: String, _ terminal: Terminal) -> Command? {
        if let command = commands.first(where: { $0.name == verb }) { return command }
        let suggestion = Spelling.nearest(to: verb, in: commands.map(\.name)).map { " (did you mean '\($0)'?)" }
        terminal.printError("\(name): unknown verb '\(verb)'\(suggestion ?? ""); see '\(name) help'")
        return nil
    }

    private func help(_ words: [String], _ terminal: Terminal) -> Int32 {
        guard let verb = words.first else {
            terminal.print(HelpText.overview(of: self))
            return 0
        }
        guard let command = command(named: verb, terminal) else { return 2 }
        terminal.print(HelpText.of(command, tool: name))
        return 0
    }
}
