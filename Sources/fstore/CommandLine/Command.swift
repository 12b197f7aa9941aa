/// One verb of the tool, as a value: parsing, help and completion are made from it.
struct Command: Sendable {
    let name: String
    /// One sentence, for the list of verbs.
    let summary: String
    /// Paragraphs for `help VERB`, parted by empty lines; indented lines are kept as they are.
    var discussion = ""
    var arguments: [Argument] = []
    var options: [Option] = []
    /// Command lines with what they do.
    var examples: [(line: String, does: String)] = []
    let run: @Sendable (ParsedArguments, Terminal) throws -> Void

    /// The verb's own options, then those of every verb.
    var allOptions: [Option] { options + Option.common }

    func option(named name: String) -> Option? { allOptions.first { $0.name == name } }
}

/// A word that is told by its place.
struct Argument: Sendable {
    enum Count: Sendable {
        case one
        case optional
        /// None or more; only the last argument may be so.
        case any
        /// One or more; only the last argument may be so.
        case some
    }

    /// As help shows it: `SERVICE`.
    let name: String
    let help: String
    var count = Count.one
    var completion = Completion.none

    /// As a line of usage shows it: `[VIEW …]`.
    var usage: String {
        switch count {
        case .one: name
        case .optional: "[\(name)]"
        case .any: "[\(name) …]"
        case .some: "\(name) …"
        }
    }

    var isRequired: Bool { count == .one || count == .some }
    var isRepeated: Bool { count == .any || count == .some }
}
