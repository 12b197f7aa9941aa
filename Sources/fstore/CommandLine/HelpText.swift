/// Help, made from the declarations.
enum HelpText {
    static func overview(of tool: CommandLineTool) -> String {
        var lines = ["\(tool.name) \(tool.version): \(tool.summary)", "", "usage: \(tool.name) VERB …", ""]
        lines += columns(tool.commands.map { ($0.name, $0.summary) })
        lines += ["", "'\(tool.name) help VERB' tells all of a verb."]
        return lines.joined(separator: "\n")
    }

    static func of(_ command: Command, tool: String) -> String {
        let usage = ([tool, command.name] + command.arguments.map(\.usage) + command.options.map { "[\($0.usage)]" })
        var lines = [command.summary, ""]
        lines += wrapped(usage, first: "usage: ", rest: String(repeating: " ", count: 11))
        if !command.discussion.isEmpty { lines += ["", command.discussion] }
        if !command.arguments.isEmpty {
            lines += ["", "arguments:"] + columns(command.arguments.map { ($0.usage, $0.help) })
        }
        if !command.options.isEmpty {
            lines += ["", "options:"] + columns(command.options.map { ($0.usage, $0.help) })
        }
        lines += ["", "options of every verb:"] + columns(Option.common.map { ($0.usage, $0.help) })
        if !command.examples.isEmpty {
            lines += ["", "examples:"]
            for example in command.examples { lines += ["  # \(example.does)", "  \(example.line)"] }
        }
        return lines.joined(separator: "\n")
    }

    private static let width = 100

    /// Two columns, the second wrapped.
    private static func columns(_ rows: [(String, String)]) -> [String] {
        let left = min(28, rows.map(\.0.count).max() ?? 0)
        return rows.flatMap { term, text in
            let padding = String(repeating: " ", count: max(0, left - term.count))
            let indent = String(repeating: " ", count: left + 4)
            let words = text.split(separator: " ").map(String.init)
            if term.count > left { return ["  \(term)"] + wrapped(words, first: indent, rest: indent) }
            return wrapped(words, first: "  \(term)\(padding)  ", rest: indent)
        }
    }

    private static func wrapped(_ words: [String], first: String, rest: String) -> [String] {
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in words {
            if !isEmpty && line.count + 1 + word.count > width {
                lines.append(line)
                line = rest
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }
}
