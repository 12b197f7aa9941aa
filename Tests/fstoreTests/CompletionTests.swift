import Foundation
import Testing

@Suite struct CompletionTests {
    /// Runs `script` in a shell that has loaded fstore's completion.
    private func bash(_ script: String) throws -> Tool.Outcome {
        let completion = try Tool.run("completion", "bash").output
        return try Tool.run(
            "/bin/bash", ["--norc", "-c", "fstore() { \"\(Tool.path)\" \"$@\"; }\n\(completion)\n\(script)"])
    }

    /// What the completion proposes for the last of `words`.
    private func proposals(_ words: String...) throws -> [String] {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let script =
            "COMP_WORDS=(fstore \(quoted)); COMP_CWORD=\(words.count); _fstore; printf '%s\\n' \"${COMPREPLY[@]}\""
        let outcome = try bash(script)
        #expect(outcome.errors == "")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    @Test func theBashScriptIsValid() throws {
        let script = try Tool.run("completion", "bash").output
        let outcome = try Tool.run("/bin/bash", ["-n", "-c", script])
        #expect(outcome.status == 0 && outcome.errors == "")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/zsh"), "zsh is not installed"))
    func theZshScriptIsValid() throws {
        let script = try Tool.run("completion", "zsh").output
        let outcome = try Tool.run("/usr/bin/zsh", ["-n", "-c", script])
        #expect(outcome.status == 0 && outcome.errors == "")
    }

    @Test func verbsAreProposed() throws {
        #expect(try proposals("in") == ["init", "ingest"])
        #expect(try Set(proposals("")) == Set(Tool.verbs() + ["help"]))
    }

    @Test func optionsOfTheVerbAreProposed() throws {
        #expect(try proposals("show", "--r") == ["--rows"])
        #expect(try proposals("training-set", "--full") == ["--full-names"])
        #expect(try proposals("show", "--full") == [])
    }

    @Test func wordsOfAnArgumentAreProposed() throws {
        #expect(try proposals("completion", "") == ["bash", "zsh"])
    }

    @Test func outsideOfAProjectNoNamesAreProposedAndNothingIsSaid() throws {
        let outcome = try Tool.run("completion", "--candidates", "views")
        #expect(outcome.status == 0 && outcome.output == "" && outcome.errors == "")
        #expect(try proposals("training-set", "") == [])
    }

    @Test func anotherShellIsRefused() throws {
        #expect(try Tool.run("completion", "fish").status == 2)
        #expect(try Tool.run("completion").status == 2)
    }
}
