import Columnar
import FeatureStore

/// The words of one call, checked against the verb's declaration.
///
/// Asking for an option or argument that the verb does not declare is a mistake in the verb, and stops the process.
struct ParsedArguments: Sendable {
    /// All words that are no options, in order.
    private(set) var positional: [String] = []
    private var given: [String: [String]] = [:]
    private let command: Command

    /// Whether the flag was given.
    func flag(_ name: String) -> Bool { given[declared(name).name] != nil }

    /// The option's value: the last one given, else the default that it declares.
    func value(_ name: String) -> String? {
        let option = declared(name)
        return given[name]?.last ?? option.defaultValue
    }

    /// Whether the option was given, and has not its default value.
    func isGiven(_ name: String) -> Bool { given[declared(name).name] != nil }

    /// The values of a repeated option; nil where it was not given.
    func values(_ name: String) -> [String]? { given[declared(name).name] }

    /// The option's value as `parse` reads it.
    /// - Throws: `UsageError` for a value that cannot be read: "--port takes a number, not 'x'".
    func value<T>(_ name: String, _ expected: String, _ parse: (String) -> T?) throws -> T? {
        guard let text = value(name) else { return nil }
        guard let parsed = parse(text) else {
            throw UsageError(description: "--\(name) takes \(expected), not \(text.quoted)")
        }
        return parsed
    }

    /// The word at the place of the argument, nil where it is optional and was not given.
    func argument(_ name: String) -> String? { arguments(name).first }

    /// The words at the place of the argument, in order.
    func arguments(_ name: String) -> [String] {
        guard let place = command.arguments.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("'\(command.name)' declares no argument '\(name)'")
        }
        let words = positional.dropFirst(place)
        return Array(command.arguments[place].isRepeated ? words : words.prefix(1))
    }

    private func declared(_ name: String) -> Option {
        guard let option = command.option(named: name) else {
            preconditionFailure("'\(command.name)' declares no option '--\(name)'")
        }
        return option
    }
}

extension ParsedArguments {
    /// Reads the words after the verb. With `--help` nothing else has to be right.
    /// - Throws: `UsageError` for what the command does not declare.
    init(_ words: [String], for command: Command) throws(UsageError) {
        self.command = command
        if words.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
            given["help"] = []
            return
        }
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                positional += rest
                break
            }
            if word.hasPrefix("--") {
                try takeOption(word, &rest)
            } else if Self.isShortOption(word) {
                throw UsageError(
                    description: "unknown option \(word.quoted): options begin with two hyphens, "
                        + "and after '--' every word is taken as it is")
            } else {
                positional.append(word)
            }
        }
        try checkPositional()
    }

    /// `-x` is meant as an option, `-` and `-5` are not.
    private static func isShortOption(_ word: String) -> Bool {
        word.hasPrefix("-") && word != "-" && Double(word) == nil
    }

    private mutating func takeOption(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let inline = parts.count == 2 ? String(parts[1]) : nil
        guard let option = command.option(named: name) else {
            let known = command.allOptions.map { "--\($0.name)" }
            let suggestion = Spelling.suggestion(for: "--\(name)", in: known)
            throw UsageError(description: "unknown option \("--\(name)".quoted)\(suggestion)")
        }
        var values: [String] = []
        if option.takesValue {
            if let inline {
                values = [inline]
            } else {
                // What looks like an option is no value: `--out --json` has lost its file's name.
                while let next = rest.first, !next.hasPrefix("--"), values.isEmpty || option.takesValues {
                    values.append(next)
                    rest.removeFirst()
                }
            }
            if values.isEmpty { throw UsageError(description: "--\(name) needs a value: \(option.usage)") }
            for value in values { try Self.check(value, as: option.completion, of: "--\(name)") }
        } else if inline != nil {
            throw UsageError(description: "--\(name) takes no value")
        }
        given[name, default: []] += values
    }

    private func checkPositional() throws(UsageError) {
        if let missing = command.arguments.dropFirst(positional.count).first(where: \.isRequired) {
            throw UsageError(description: "\(missing.name) is missing")
        }
        let isOpen = command.arguments.last?.isRepeated ?? false
        if !isOpen, positional.count > command.arguments.count {
            let surplus = positional[command.arguments.count].quoted
            throw UsageError(description: "\(surplus) is one word too many")
        }
        for argument in command.arguments {
            for word in arguments(argument.name) { try Self.check(word, as: argument.completion, of: argument.name) }
        }
    }

    private static func check(_ value: String, as completion: Completion, of name: String) throws(UsageError) {
        guard case .choices(let choices) = completion, !choices.contains(value) else { return }
        let suggestion = Spelling.suggestion(for: value, in: choices)
        throw UsageError(
            description: "\(name) takes \(list(choices)), not \(value.quoted)\(suggestion)")
    }

    /// `a, b or c`.
    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
