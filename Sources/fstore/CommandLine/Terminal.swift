import Foundation
import Synchronization

/// Where a verb's words go: results to stdout, errors and progress to stderr. Safe to share between threads.
final class Terminal: Sendable {
    private struct State {
        var isQuiet = false
        var printsJSON = false
        /// Whether a line of progress stands on the terminal.
        var showsProgress = false
    }

    private let output: TextStream
    private let errors: TextStream
    private let allowsColour: Bool
    /// Whether the terminal understands more than plain lines.
    private let isDumb: Bool
    private let state = Mutex(State())

    /// The process's own stdout and stderr unless told otherwise; the environment's `NO_COLOR` and `TERM` are heeded.
    init(
        output: TextStream = .standardOutput, errors: TextStream = .standardError,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.output = output
        self.errors = errors
        isDumb = environment["TERM"] == "dumb"
        allowsColour = environment["NO_COLOR", default: ""].isEmpty && !isDumb
    }

    /// `--quiet`: nothing is said.
    var isQuiet: Bool {
        get { state.withLock { $0.isQuiet } }
        set { state.withLock { $0.isQuiet = newValue } }
    }

    /// `--json`: results are printed as JSON.
    var printsJSON: Bool {
        get { state.withLock { $0.printsJSON } }
        set { state.withLock { $0.printsJSON = newValue } }
    }

    /// Columns of the terminal that stdout is; nil where it is none.
    var width: Int? { output.columns }

    /// The width for paragraphs: the terminal's, but never so wide that lines are hard to read.
    var textWidth: Int { min(max(width ?? 80, 40), 100) }

    /// Prints a line, whatever the options say.
    func print(_ text: String) {
        clearProgress()
        output.write(text + "\n")
    }

    /// Prints a line for people at once; silent with `--quiet` and `--json`.
    func say(_ text: String) {
        guard speaks else { return }
        print(text)
        output.flush()
    }

    /// Prints a table for people, cut to the terminal's width if there is one; silent with `--quiet` and `--json`.
    func say(_ table: TextTable, maximumCell: Int? = nil) {
        guard speaks else { return }
        let lines = table.lines(maximumCell: maximumCell, width: width)
        for (number, line) in lines.enumerated() {
            print(number == 0 && width != nil && allowsColour ? "\u{1b}[1m\(line)\u{1b}[0m" : line)
        }
        output.flush()
    }

    /// Prints `value` with `--json`: keys sorted, on one line unless stdout is a terminal.
    func printJSON(_ value: some Encodable) throws {
        guard printsJSON else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if width != nil { encoder.outputFormatting.insert(.prettyPrinted) }
        // JSON has no such numbers, and a feature may be one.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
        output.flush()
    }

    /// Prints a line to stderr, after all that was printed before.
    func printError(_ text: String) {
        clearProgress()
        output.flush()
        errors.write(text + "\n")
        errors.flush()
    }

    /// Writes out what is held back.
    func flush() {
        output.flush()
        errors.flush()
    }

    /// Why stdout could not be written to, if so.
    var outputFailure: String? { output.failure }

    private var speaks: Bool { state.withLock { !$0.isQuiet && !$0.printsJSON } }
}

extension Terminal {
    /// Whether a line of progress is drawn: stderr is a terminal, and neither `--quiet` nor `--json` is given.
    var drawsProgress: Bool { errors.columns != nil && !isDumb && speaks }

    /// Columns for a line of progress.
    var progressWidth: Int { max((errors.columns ?? 80) - 1, 1) }

    /// Draws the line of progress anew; it is cut to the terminal's width, as a wrapped line could not be cleared.
    func drawProgress(_ text: String) {
        guard drawsProgress else { return }
        state.withLock { $0.showsProgress = true }
        errors.write("\r\u{1b}[2K" + text.cut(to: progressWidth))
    }

    /// Takes the line of progress away, if there is one.
    func clearProgress() {
        let wasShown = state.withLock { state in
            defer { state.showsProgress = false }
            return state.showsProgress
        }
        if wasShown { errors.write("\r\u{1b}[2K") }
    }
}
