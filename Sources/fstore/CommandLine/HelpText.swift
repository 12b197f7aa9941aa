/// Help, made from the declarations.
enum HelpText {
    /// The tool's verbs, a line each.
    static func overview(of tool: CommandLineTool, width: Int) -> String {
        var lines = ["\(tool.name) \(tool.version): \(tool.summary)", "", "usage: \(tool.name) VERB …", "", "verbs:"]
        lines += columns(tool.verbs.map { ($0.name, $0.summary) }, width)
        lines += ["", "options of every verb:"] + columns(Option.common.map { ($0.usage, $0.help) }, width)
        lines += ["", "'\(tool.name) help VERB' tells all of a verb, '\(tool.name) --version' the version."]
        return lines.joined(separator: "\n")
    }

    /// All of one verb.
    static func of(_ command: Command, tool: String, width: Int) -> String {
        let start = "usage: \(tool) \(command.name)"
        let words = command.arguments.map(\.usage) + command.options.map { "[\($0.usage)]" }
        let indent = String(repeating: " ", count: "usage: \(tool) ".count + 2)
        var lines = wrapped([command.summary], first: "", rest: "", width) + [""]
        lines += words.isEmpty ? [start] : wrapped(words, first: start + " ", rest: indent, width)
        if !command.discussion.isEmpty { lines += [""] + reflowed(command.discussion, width) }
        lines += section("arguments", command.arguments.map { ($0.usage, $0.help + facts($0.completion, nil)) }, width)
        lines += section(
            "options", command.options.map { ($0.usage, $0.help + facts($0.completion, $0.defaultValue)) }, width)
        lines += section("options of every verb", Option.common.map { ($0.usage, $0.help) }, width)
        if !command.examples.isEmpty { lines += ["", "examples:"] }
        for example in command.examples { lines += ["  # \(example.does)", "  \(example.line)"] }
        return lines.joined(separator: "\n")
    }

    /// What the declaration knows besides its help.
    private static func facts(_ completion: Completion, _ defaultValue: String?) -> String {
        var text = ""
        if case .choices(let choices) = completion { text += " One of: \(choices.joined(separator: ", "))." }
        if let defaultValue { text += " Default: \(defaultValue)." }
        return text
    }

    private static func section(_ title: String, _ rows: [(String, String)], _ width: Int) -> [String] {
        rows.isEmpty ? [] : ["", "\(title):"] + columns(rows, width)
    }

    private static let widestTerm = 24

    /// Two columns, the second wrapped; a long term has a line of its own.
    private static func columns(_ rows: [(term: String, text: String)], _ width: Int) -> [String] {
        let termWidth = min(widestTerm, rows.map(\.term.displayWidth).max() ?? 0)
        let indent = String(repeating: " ", count: termWidth + 4)
        return rows.flatMap { term, text in
            let words = text.split(separator: " ").map(String.init)
            let padding = termWidth - term.displayWidth
            if padding < 0 { return ["  \(term)"] + wrapped(words, first: indent, rest: indent, width) }
            let first = "  \(term)" + String(repeating: " ", count: padding + 2)
            return wrapped(words, first: first, rest: indent, width)
        }
    }

    /// Paragraphs, each wrapped anew; indented lines stay as they are.
    private static func reflowed(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var paragraph: [String] = []
        func endParagraph() {
            if !paragraph.isEmpty { lines += wrapped(paragraph, first: "", rest: "", width) }
            paragraph = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || line.hasPrefix(" ") {
                endParagraph()
                lines.append(String(line))
            } else {
                paragraph += line.split(separator: " ").map(String.init)
            }
        }
        endParagraph()
        return lines
    }

    private static func wrapped(_ words: [String], first: String, rest: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in words {
            if !isEmpty, line.displayWidth + 1 + word.displayWidth > width {
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
