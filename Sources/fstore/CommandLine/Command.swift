/// One verb of the tool, as a value: parsing, help and completion are made from it.
struct Command: Sendable {
    let name: String
    /// One line, for the list of verbs.
    let summary: String
    /// Paragraphs for `help VERB`.
    var discussion = ""
    var arguments: [Argument] = []
    var options: [Option] = []
    /// Command lines with what they do.
    var examples: [(line: String, does: String)] = []
    let run: @Sendable (ParsedArguments, Terminal) throws -> Void
}

/// A word that is told by its place.
struct Argument: Sendable {
    enum Count: Sendable { case one, optional, any, some }

    /// As help shows it: `SERVICE`.
    let name: String
    let help: String
    var count = Count.one
    var completion = Completion.none

    var usage: String {
        switch count {
        case .one: name
        case .optional: "[\(name)]"
        case .any: "[\(name) …]"
        case .some: "\(name) …"
        }
    }
}

/// A word that begins with two hyphens.
struct Option: Sendable {
    enum Kind: Sendable {
        case flag
        /// Takes one value, shown as this placeholder.
        case value(String)
        /// Takes one or more values, up to the next option.
        case values(String)
    }

    /// Without the hyphens.
    let name: String
    var kind = Kind.flag
    let help: String
    var completion = Completion.none

    var usage: String {
        switch kind {
        case .flag: "--\(name)"
        case .value(let placeholder): "--\(name) \(placeholder)"
        case .values(let placeholder): "--\(name) \(placeholder) …"
        }
    }

    var takesValue: Bool {
        if case .flag = kind { return false }
        return true
    }

    /// Options of every verb.
    static let common = [
        Option(
            name: "project", kind: .value("DIR"),
            help: "The project's folder. Default: $FSTORE_PROJECT, else the nearest fstore.yaml upwards.",
            completion: .folder),
        Option(name: "json", help: "Print the result as JSON."),
        Option(name: "quiet", help: "Print nothing but errors."),
        Option(name: "help", help: "Print this help."),
    ]
}

/// What a shell may propose for a word.
enum Completion: Equatable, Sendable {
    case none
    case file
    case folder
    case words([String])
    /// Names in the project, found by `fstore completion --candidates KIND`.
    case candidates(String)
}
