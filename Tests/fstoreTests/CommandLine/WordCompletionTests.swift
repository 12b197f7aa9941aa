import Testing

@testable import fstore

@Suite struct WordCompletionTests {
    private func proposal(_ words: String...) -> WordCompletion.Proposal {
        WordCompletion(of: SampleTool.tool).proposal(for: words)
    }

    /// The proposed words; nil if files or folders are proposed.
    private func words(_ words: String...) -> [String]? {
        guard case .words(let words) = WordCompletion(of: SampleTool.tool).proposal(for: words) else { return nil }
        return words.map(\.text)
    }

    @Test func verbsComeFirst() {
        #expect(words("") == ["load", "read", "help", "completion"])
        #expect(words("lo") == ["load"])
        #expect(words("--json", "re") == ["read"])
        #expect(words("--v") == ["--version"])
        #expect(words("help", "l") == ["load"])
    }

    @Test func optionsThatWereGivenAreNotProposedAgainUnlessTheyRepeat() {
        #expect(
            words("load", "--") == [
                "--all", "--from", "--on-error", "--limit", "--project", "--json", "--quiet", "--help",
            ])
        #expect(words("load", "--all", "--from", "x", "--a") == [])
        #expect(words("load", "--from", "x", "--f") == ["--from"])
    }

    @Test func valuesAreProposedByTheirKind() {
        #expect(proposal("load", "--from", "") == .files)
        #expect(proposal("load", "--from", "a", "") == .files)
        #expect(proposal("load", "--from=dat") == .files)
        #expect(proposal("load", "--project", "") == .folders)
        #expect(words("load", "--on-error", "s") == ["stop", "skip"])
        #expect(words("load", "--on-error=sk") == ["skip"])
        #expect(words("load", "--limit", "") == [])
        #expect(words("load", "--all=") == [])
        #expect(words("completion", "") == ["bash", "zsh"])
    }

    @Test func namesOfTheProjectArePluggedIn() {
        #expect(words("load", "") == ["drivers", "riders"])
        #expect(words("load", "drivers", "") == ["riders"])
        #expect(words("load", "--project", "there", "t") == ["there"])
        #expect(words("--project=there", "load", "t") == ["there"])
        #expect(words("read", "eta", "") == ["driver_id="])
        #expect(words("load", "--", "--a") == [])
    }

    @Test func aSourceThatFailsProposesNothing() {
        #expect(words("read", "e") == [])
        #expect(words("unknown", "x") == [])
        #expect(words() == ["load", "read", "help", "completion"])
    }

    @Test func optionsAreProposedWhereNothingElseIs() {
        #expect(words("read", "") == ["--project", "--json", "--quiet", "--help"])
    }

    @Test func theCompletionVerbPrintsCandidates() {
        let sample = SampleTool()
        #expect(sample.run("completion", "--candidates", "views") == 0)
        #expect(sample.output.text == "drivers\nriders\n")
        #expect(sample.run("completion", "--candidates", "colours") == 2)
        #expect(sample.run("completion") == 2)
    }

    @Test func theScriptsProtocolHasAKindAndALineForEachWord() {
        let sample = SampleTool()
        #expect(sample.run("__complete", "load", "--li") == 0)
        #expect(sample.run("__complete", "load", "--from", "") == 0)
        #expect(sample.output.text == "words\n--limit\tAt most so many rows.\nfiles\n")
    }
}
