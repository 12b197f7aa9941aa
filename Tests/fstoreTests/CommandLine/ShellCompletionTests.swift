import Foundation
import Testing

@testable import fstore

@Suite struct ShellCompletionTests {
    @Test(arguments: ShellCompletion.allCases) func scriptsAreWellFormed(shell: ShellCompletion) throws {
        guard let path = path(of: shell) else {
            print("skipped: \(shell) is not installed, so its completion script was not checked")
            return
        }
        let result = try run(path, ["-n", "-c", shell.script(for: "fstore")])
        #expect(result == Output(status: 0, text: ""))
    }

    /// bash proposes what the tool said, less what readline keeps before the last `:` or `=`.
    @Test(
        arguments: [
            ("sample lo", #"words\nload\tLoads.\n"#, "load"),
            ("sample load --from=da", #"words\ndata\n"#, "data"),
            ("sample load drivers:", #"words\ndrivers:rate\ndrivers:city\n"#, "rate city"),
            ("sample load x", #"words\n"#, ""),
            ("sample load ", "", ""),
        ]) func bashProposesWhatTheToolSays(line: String, answer: String, proposed: String) throws
    {
        guard let bash = path(of: .bash) else {
            print("skipped: bash is not installed, so its completion script was not run")
            return
        }
        let script = """
            sample() { printf '\(answer)'; }
            compopt() { :; }
            \(ShellCompletion.bash.script(for: "sample"))
            COMP_LINE='\(line)' COMP_POINT=\(line.count) COMP_WORDS=(sample)
            _sample
            echo "${COMPREPLY[*]}"
            """
        #expect(try run(bash, ["-c", script]) == Output(status: 0, text: proposed + "\n"))
    }

    private struct Output: Equatable {
        let status: Int32
        let text: String
    }

    private func path(of shell: ShellCompletion) -> String? {
        ["/bin", "/usr/bin"].map { "\($0)/\(shell.rawValue)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    private func run(_ path: String, _ arguments: [String]) throws -> Output {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Output(status: process.terminationStatus, text: String(decoding: output, as: UTF8.self))
    }
}
