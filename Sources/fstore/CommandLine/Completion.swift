/// What values a word may have: proposed by shells, and checked where the values are all known.
enum Completion: Equatable, Sendable {
    case none
    case file
    case folder
    /// One of these words; any other is a wrong use.
    case choices([String])
    /// Names that the tool's source of this name finds, such as the project's views.
    case candidates(String)
}

/// The part of a command line that stands before the word to complete.
struct CompletionContext: Equatable, Sendable {
    /// The value of `--project`, if given.
    var project: String?
    /// The verb's words so far that are no options.
    var positional: [String] = []
}

/// Finds names to propose; what it throws is not shown, there is just nothing to propose.
typealias CandidateSource = @Sendable (CompletionContext) throws -> [String]
