import Foundation

/// Where a verb's words go: results to stdout, errors and progress to stderr.
final class Terminal {
    /// `--quiet`: results are not printed.
    var isQuiet = false
    /// `--json`: results are printed as JSON.
    var printsJSON = false
    /// Whether stderr is a terminal, so that a progress bar can be drawn.
    let drawsProgress: Bool
    /// Columns of the terminal that stdout is; nil where it is none.
    let width: Int?
    private let output: (String) -> Void
    private let errors: (String) -> Void

    /// The process's own stdout and stderr.
    convenience init() {
        self.init(
            drawsProgress: isatty(2) == 1, width: isatty(1) == 1 ? Self.columns() : nil,
            output: { FileHandle.standardOutput.write(Data($0.utf8)) },
            errors: { FileHandle.standardError.write(Data($0.utf8)) })
    }

    init(
        drawsProgress: Bool = false, width: Int? = nil, output: @escaping (String) -> Void,
        errors: @escaping (String) -> Void
    ) {
        self.drawsProgress = drawsProgress
        self.width = width
        self.output = output
        self.errors = errors
    }

    /// Prints a line, whatever the options say.
    func print(_ text: String) { output(text + "\n") }

    /// Prints a line of a person's summary; silent with `--quiet` and `--json`.
    func say(_ text: String) { if !isQuiet && !printsJSON { print(text) } }

    /// Prints `value` with `--json`.
    func printJSON(_ value: some Encodable) throws {
        guard printsJSON else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    func printError(_ text: String) { errors(text + "\n") }

    /// Draws or clears the line of progress.
    func drawProgress(_ text: String) {
        if drawsProgress && !isQuiet && !printsJSON { errors("\r\u{1b}[2K" + text) }
    }

    private static func columns() -> Int {
        var size = winsize()
        return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 100
    }
}
