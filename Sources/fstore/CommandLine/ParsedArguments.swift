import FeatureStore

/// A wrong use of the command line: exit 2.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}

/// The words of one call, checked against the verb's declaration.
struct ParsedArguments {
    private(set) var positional: [String] = []
    private var values: [String: [String]] = [:]

    func flag(_ name: String) -> Bool { values[name] != nil }
    func value(_ name: String) -> String? { values[name]?.last }
    func values(_ name: String) -> [String]? { values[name] }

    /// Reads the option `name` with `parse`; a value that cannot be read is a wrong use.
    func value<T>(_ name: String, _ expected: String, _ parse: (String) -> T?) throws -> T? {
        guard let text = value(name) else { return nil }
        guard let parsed = parse(text) else {
            throw UsageError(description: "--\(name) takes \(expected), not '\(text)'")
        }
        return parsed
    }

    init(_ words: [String], for command: Command) throws(UsageError) {
        let options = Dictionary(
            (command.options + Option.common).map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                positional += rest
                break
            }
            guard word.hasPrefix("--") else {
                if word.hasPrefix("-") && word != "-" && Double(word) == nil && !word.contains("=") {
                    throw UsageError(description: "unknown option '\(word)'; options begin with two hyphens")
                }
                positional.append(word)
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = options[name] else {
                let suggestion = Spelling.nearest(to: name, in: options.keys).map { " (did you mean '--\($0)'?)" }
                throw UsageError(description: "unknown option '--\(name)'\(suggestion ?? "")")
            }
            try take(option, inline: parts.count == 2 ? String(parts[1]) : nil, &rest)
        }
        if flag("help") { return }
        try checkCount(command)
    }

    private mutating func take(_ option: Option, inline: String?, _ rest: inout ArraySlice<String>) throws(UsageError) {
        switch option.kind {
        case .flag:
            if inline != nil { throw UsageError(description: "--\(option.name) takes no value") }
            values[option.name, default: []] += []
        case .value(let placeholder):
            guard let value = inline ?? rest.popFirst() else {
                throw UsageError(description: "--\(option.name) needs a value: \(placeholder)")
            }
            values[option.name, default: []].append(value)
        case .values(let placeholder):
            if let inline { values[option.name, default: []].append(inline) }
            while let next = rest.first, inline == nil, !next.hasPrefix("--") {
                values[option.name, default: []].append(next)
                rest.removeFirst()
            }
            if values[option.name] == nil {
                throw UsageError(description: "--\(option.name) needs one or more values: \(placeholder)")
            }
        }
    }

    private func checkCount(_ command: Command) throws(UsageError) {
        let required = command.arguments.filter { $0.count == .one || $0.count == .some }
        if positional.count < required.count {
            throw UsageError(description: "\(required[positional.count].name) is missing")
        }
        let isOpen = command.arguments.contains { $0.count == .any || $0.count == .some }
        if !isOpen && positional.count > command.arguments.count {
            throw UsageError(description: "'\(positional[command.arguments.count])' is one word too many")
        }
    }
}
