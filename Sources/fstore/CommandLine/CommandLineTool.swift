import Columnar
import FeatureStore
import Foundation

/// The tool: its verbs, and what is common to running any of them.
struct CommandLineTool: Sendable {
    let name: String
    let version: String
    let summary: String
    /// The verbs that the tool was made of; `verbs` has `help` and `completion` too.
    let commands: [Command]
    /// Finds the names for each `Completion.candidates`, by its name.
    var candidates: [String: CandidateSource] = [:]

    enum ExitStatus {
        static let success: Int32 = 0
        static let failure: Int32 = 1
        static let wrongUse: Int32 = 2
        /// The verb has found what it was asked to look for.
        static let finding: Int32 = 3
    }

    /// All verbs, in the order of help.
    var verbs: [Command] { commands + [helpCommand, completionCommand] }

    func verb(named name: String) -> Command? { verbs.first { $0.name == name } }

    /// Runs one call, flushes its output and returns the exit status: 0, 1 for an error, 2 for a wrong use,
    /// 3 where the verb has found what it was asked to look for.
    func run(_ words: [String], terminal: Terminal) -> Int32 {
        var status = perform(words, terminal)
        terminal.clearProgress()
        terminal.flush()
        if let reason = terminal.outputFailure {
            terminal.printError("\(name): cannot write to standard output: \(reason)")
            status = max(status, ExitStatus.failure)
        }
        return status
    }

    private func perform(_ words: [String], _ terminal: Terminal) -> Int32 {
        var verb: String?
        do {
            let (leading, rest) = try splitLeadingOptions(words)
            guard let word = rest.first else { return try performWithoutVerb(leading, terminal) }
            if word == WordCompletion.verb {
                WordCompletion(of: self).print(Array(rest.dropFirst()), on: terminal)
                return ExitStatus.success
            }
            guard let command = self.verb(named: word) else {
                let suggestion = Spelling.suggestion(for: word, in: verbs.map(\.name))
                throw UsageError(description: "unknown verb \(word.quoted)\(suggestion)")
            }
            // Help that was asked for in a wrong way is not helped by help on help.
            verb = word == helpCommand.name ? nil : word
            try perform(command, leading + rest.dropFirst(), terminal)
            return ExitStatus.success
        } catch let error as UsageError {
            let help = [name, "help", verb].compactMap(\.self).joined(separator: " ")
            terminal.printError("\(name): \(error); see '\(help)'")
            return ExitStatus.wrongUse
        } catch let error as DataError where error.isCancellation {
            terminal.clearProgress()
            terminal.printError("\(name): \(error)")
            return Interruption.process.status
        } catch let finding as Finding {
            terminal.printError("\(name): \(finding)")
            return ExitStatus.finding
        } catch {
            for line in Self.message(of: error).split(separator: "\n") { terminal.printError("\(name): \(line)") }
            return ExitStatus.failure
        }
    }

    private func perform(_ command: Command, _ words: [String], _ terminal: Terminal) throws {
        let arguments = try ParsedArguments(words, for: command)
        if arguments.flag("help") {
            terminal.print(HelpText.of(command, tool: name, width: terminal.textWidth))
            return
        }
        terminal.isQuiet = arguments.flag("quiet")
        terminal.printsJSON = arguments.flag("json")
        let restoreTerminal: @Sendable () -> Void = {
            terminal.clearProgress()
            terminal.flush()
        }
        try Interruption.process.withCleanup(restoreTerminal) {
            try Interruption.process.stopping { try command.run(arguments, terminal) }
        }
    }

    private func performWithoutVerb(_ leading: [String], _ terminal: Terminal) throws(UsageError) -> Int32 {
        if leading.contains("--version") {
            terminal.print("\(name) \(version)")
        } else if leading.contains("--help") || leading.isEmpty {
            terminal.print(HelpText.overview(of: self, width: terminal.textWidth))
        } else {
            throw UsageError(description: "the verb is missing")
        }
        return leading.isEmpty ? ExitStatus.wrongUse : ExitStatus.success
    }

    /// The options before the verb, which may be those of every verb, and the verb with what follows.
    private func splitLeadingOptions(_ words: [String]) throws(UsageError) -> (leading: [String], rest: [String]) {
        var rest = words[...]
        var leading: [String] = []
        while let word = rest.first, word.hasPrefix("-") {
            rest.removeFirst()
            let option = Option.common.first { word == "--\($0.name)" || word.hasPrefix("--\($0.name)=") }
            if option == nil, word != "--version", word != "-h" {
                let known = Option.common.map { "--\($0.name)" } + ["--version"]
                let suggestion = Spelling.suggestion(for: word, in: known)
                throw UsageError(description: "unknown option \(word.quoted) before the verb\(suggestion)")
            }
            leading.append(word == "-h" ? "--help" : word)
            if let option, option.takesValue, !word.contains("="), let value = rest.popFirst() { leading.append(value) }
        }
        return (leading, Array(rest))
    }

    private var helpCommand: Command {
        Command(
            name: "help", summary: "Tells all of a verb.",
            arguments: [
                Argument(
                    name: "VERB", help: "The verb; all verbs in short if none is named.", count: .optional,
                    completion: .candidates(WordCompletion.verbNames))
            ]
        ) { [self] arguments, terminal in
            guard let name = arguments.argument("VERB") else {
                terminal.print(HelpText.overview(of: self, width: terminal.textWidth))
                return
            }
            guard let command = verb(named: name) else {
                let suggestion = Spelling.suggestion(for: name, in: verbs.map(\.name))
                throw UsageError(description: "unknown verb \(name.quoted)\(suggestion)")
            }
            terminal.print(HelpText.of(command, tool: self.name, width: terminal.textWidth))
        }
    }

    /// Foundation's errors describe themselves to programmers, but have a sentence for people.
    private static func message(of error: any Error) -> String {
        switch error {
        case let error as any LocalizedError: error.errorDescription ?? "\(error)"
        case is CocoaError, is POSIXError, is URLError: error.localizedDescription
        default: "\(error)"
        }
    }
}
