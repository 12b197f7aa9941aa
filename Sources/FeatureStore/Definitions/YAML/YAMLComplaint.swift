/// What libyaml complains of, in the words of somebody who wrote the file.
struct YAMLComplaint {
    var message: String
    /// Whether the place to look at is where the broken piece began, not where reading stopped.
    var isAboutBeginning = false

    /// Retells libyaml's `problem`, met in `context` (both as in its scanner.c and parser.c) at `character`.
    init(problem: String, context: String, character: Character?) {
        switch (problem, context) {
        case ("found unexpected end of stream", "while scanning a quoted scalar"),
            ("found unexpected document indicator", "while scanning a quoted scalar"):
            message = "this quote is never closed"
            isAboutBeginning = true
        case ("did not find expected ',' or ']'", _):
            message = "this list is not closed: a ',' or ']' is missing"
            isAboutBeginning = true
        case ("did not find expected ',' or '}'", _):
            message = "this map is not closed: a ',' or '}' is missing"
            isAboutBeginning = true
        case ("mapping values are not allowed in this context", _):
            message =
                "a ':' is not expected here: check the indentation, or put a value that has ': ' in it into quotes"
        case ("could not find expected ':'", _):
            message = "a ':' is missing after this key"
            isAboutBeginning = true
        case ("did not find expected key", _):
            message = "this does not line up with the keys above it: check the indentation and the quotes"
        case ("did not find expected '-' indicator", _):
            message = "this does not line up with the list above it: check the indentation, or add '- '"
        case ("block sequence entries are not allowed in this context", _):
            message = "a list entry ('- ') is not expected here: check the indentation"
        case ("mapping keys are not allowed in this context", _):
            message = "a key is not expected here: check the indentation"
        case ("found character that cannot start any token", _):
            message =
                character == "\t"
                ? "a tab stands in the indentation: use spaces"
                : "a value cannot begin with \(character.map { "'\($0)'" } ?? "this"): put it into quotes"
        case ("found a tab character that violates indentation", _),
            ("found a tab character where an indentation space is expected", _):
            message = "a tab stands in the indentation: use spaces"
        case ("found unknown escape character", _):
            message = "this backslash means nothing within double quotes: write '\\\\', or use single quotes"
        case ("did not find expected alphabetic or numeric character", _):
            message = "a text that begins with '*' or '&' needs quotes"
        case ("found incompatible YAML document", _):
            message = "only YAML 1.1 and 1.2 are read here: remove the line '%YAML'"
        case ("did not find expected node content", _):
            message = "a value is missing here"
        case ("did not find expected <document start>", _):
            message = "nothing more is expected here: check the indentation"
        case ("found unexpected ':'", _):
            message = "a ':' is not expected here: put the value into quotes"
        default:
            message = "this is not readable as YAML" + (problem.isEmpty ? "" : " (\(problem))")
        }
    }
}
