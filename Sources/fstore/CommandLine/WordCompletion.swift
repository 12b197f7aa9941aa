/// Finds what may follow on an unfinished command line, from the declarations alone.
///
/// The shells' scripts ask for it on each press of Tab (`fstore __complete WORD…`), so that they hold no copy of the
/// declarations that could grow stale.
struct WordCompletion {
    /// What the shell is to propose.
    enum Proposal: Equatable {
        case files
        case folders
        /// Words that begin with what was typed, with what they mean.
        case words([Word])
    }

    struct Word: Equatable {
        let text: String
        var help = ""
    }

    /// The word that asks for completion in place of a verb; people never type it.
    static let verb = "__complete"
    /// The source of candidates that every tool has.
    static let verbNames = "verbs"

    private let tool: CommandLineTool

    init(of tool: CommandLineTool) { self.tool = tool }

    /// Prints the proposal: its kind on a line, then each word on a line, with a tab and its meaning.
    func print(_ words: [String], on terminal: Terminal) {
        switch proposal(for: words) {
        case .files: terminal.print("files")
        case .folders: terminal.print("folders")
        case .words(let words):
            terminal.print("words")
            for word in words { terminal.print(word.help.isEmpty ? word.text : "\(word.text)\t\(word.help)") }
        }
    }

    /// What may stand in place of the last of `words`, which are those after the tool's name.
    func proposal(for words: [String]) -> Proposal {
        let current = words.last ?? ""
        var line = PartialLine()
        for word in words.dropLast() { line.read(word, of: tool) }

        if line.isAfterOptions { return argument(line, current) }
        if let option = line.openOption, !(option.takesValues && current.hasPrefix("--")) {
            // A further value of a repeated option may also be the verb's next argument.
            return proposal(option.completion, line, current)
        }
        if current.hasPrefix("--"), let equals = current.firstIndex(of: "=") {
            let name = current[current.index(current.startIndex, offsetBy: 2)..<equals]
            guard let option = line.options.first(where: { $0.name == name }), option.takesValue else {
                return .words([])
            }
            return proposal(option.completion, line, String(current[current.index(after: equals)...]))
        }
        if current.hasPrefix("-") { return options(line, current) }
        guard line.command != nil else {
            return .words(
                tool.verbs.filter { $0.name.hasPrefix(current) }.map { Word(text: $0.name, help: $0.summary) })
        }
        let proposal = argument(line, current)
        return proposal == .words([]) && current.isEmpty ? options(line, current) : proposal
    }

    private func argument(_ line: PartialLine, _ current: String) -> Proposal {
        guard let arguments = line.command?.arguments, let last = arguments.last else { return .words([]) }
        let place = line.context.positional.count
        guard place < arguments.count || last.isRepeated else { return .words([]) }
        return proposal(place < arguments.count ? arguments[place].completion : last.completion, line, current)
    }

    private func options(_ line: PartialLine, _ current: String) -> Proposal {
        var words = line.options.filter { $0.takesValues || !line.usedOptions.contains($0.name) }
            .map { Word(text: "--\($0.name)", help: $0.help) }
        if line.command == nil { words.append(Word(text: "--version", help: "Print the version.")) }
        return .words(words.filter { $0.text.hasPrefix(current) })
    }

    private func proposal(_ completion: Completion, _ line: PartialLine, _ current: String) -> Proposal {
        switch completion {
        case .none: .words([])
        case .file: .files
        case .folder: .folders
        case .choices(let choices): .words(choices.filter { $0.hasPrefix(current) }.map { Word(text: $0) })
        case .candidates(Self.verbNames):
            .words(tool.verbs.filter { $0.name.hasPrefix(current) }.map { Word(text: $0.name, help: $0.summary) })
        case .candidates(let source):
            .words(
                tool.names(from: source, context: line.context)
                    .filter { $0.hasPrefix(current) && !line.context.positional.contains($0) }
                    .map { Word(text: $0) })
        }
    }
}

extension CommandLineTool {
    /// The names that a source of candidates finds; none if it fails, as a shell has no place for an error.
    func names(from source: String, context: CompletionContext) -> [String] {
        // A name that would break the protocol of lines and tabs cannot be typed on a command line either.
        let names = (try? candidates[source]?(context)) ?? []
        return names.filter { !$0.isEmpty && !$0.unicodeScalars.contains { $0.properties.generalCategory == .control } }
    }
}

/// What the words before the one to complete have settled; unlike parsing, it forgives everything.
private struct PartialLine {
    var command: Command?
    var context = CompletionContext()
    /// The option whose value may come next.
    var openOption: Option?
    var usedOptions: Set<String> = []
    /// Whether `--` was given.
    var isAfterOptions = false

    var options: [Option] { command?.allOptions ?? Option.common }

    mutating func read(_ word: String, of tool: CommandLineTool) {
        if isAfterOptions {
            context.positional.append(word)
        } else if word == "--" {
            isAfterOptions = true
            openOption = nil
        } else if word.hasPrefix("--") {
            readOption(word)
        } else if let option = openOption {
            if option.name == "project" { context.project = word }
            if !option.takesValues { openOption = nil }
        } else if command == nil {
            command = tool.verb(named: word)
        } else {
            context.positional.append(word)
        }
    }

    private mutating func readOption(_ word: String) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        openOption = nil
        guard let name = parts.first, let option = options.first(where: { $0.name == name }) else { return }
        usedOptions.insert(option.name)
        if parts.count == 2 {
            if option.name == "project" { context.project = String(parts[1]) }
        } else if option.takesValue {
            openOption = option
        }
    }
}
