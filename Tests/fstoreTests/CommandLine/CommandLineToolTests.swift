import Testing

@testable import fstore

@Suite struct CommandLineToolTests {
    private let sample = SampleTool()

    @Test func aVerbSaysWhatItDid() {
        #expect(sample.run("load", "drivers", "--limit", "5") == 0)
        #expect(sample.output.text == "loaded drivers limit 5\n")
        #expect(sample.errors.text.isEmpty)
    }

    @Test func quietSaysNothing() {
        #expect(sample.run("load", "--quiet") == 0)
        #expect(sample.output.text.isEmpty)
    }

    @Test func jsonIsOneLineWithSortedKeysAndNothingElse() {
        #expect(sample.run("load", "--json") == 0)
        #expect(sample.output.text == "{\"policy\":\"stop\",\"views\":null}\n")
    }

    @Test func commonOptionsMayStandBeforeTheVerb() {
        #expect(sample.run("--project", "load", "--quiet", "load", "drivers") == 0)
        #expect(sample.output.text.isEmpty)
    }

    @Test func aWrongUseIsOneLineThatSaysWhereToReadOn() {
        #expect(sample.run("load", "--limt=5") == 2)
        #expect(sample.run("laod") == 2)
        #expect(sample.run("load", "--all", "drivers") == 2)
        #expect(sample.run("help", "laod") == 2)
        #expect(sample.run("--quite", "load") == 2)
        #expect(sample.run("--quiet") == 2)
        #expect(
            sample.errors.text == """
                sample: unknown option '--limt' (did you mean '--limit'?); see 'sample help load'
                sample: unknown verb 'laod' (did you mean 'load'?); see 'sample help'
                sample: views or --all, not both; see 'sample help load'
                sample: unknown verb 'laod' (did you mean 'load'?); see 'sample help'
                sample: unknown option '--quite' before the verb (did you mean '--quiet'?); see 'sample help'
                sample: the verb is missing; see 'sample help'

                """)
        #expect(sample.output.text.isEmpty)
    }

    @Test func aFailureGoesToStderrWithTheToolsNameOnEachLine() {
        #expect(sample.run("read", "eta", "driver_id=1") == 1)
        #expect(sample.errors.text == "sample: no such key\nsample: and no such service\n")
        #expect(sample.output.text.isEmpty)
    }

    @Test func theVersionIsPrinted() {
        #expect(sample.run("--version") == 0)
        #expect(sample.output.text == "sample 1.2.3\n")
    }

    @Test func helpIsTheSameHoweverItIsAskedFor() {
        let words = [
            ["help", "load"], ["load", "--help"], ["load", "-h"], ["--help", "load"], ["load", "--zzz", "--help"],
        ]
        let texts = words.map { words in
            let sample = SampleTool()
            let terminal = Terminal(output: sample.output, errors: sample.errors, environment: [:])
            #expect(SampleTool.tool.run(words, terminal: terminal) == 0)
            return sample.output.text
        }
        #expect(Set(texts).count == 1)
        #expect(texts.first?.hasPrefix("Loads files into views.\n") == true)
    }

    @Test func withoutAVerbAllVerbsAreShownAndTheUseIsWrong() {
        #expect(sample.run() == 2)
        #expect(sample.run("help") == 0)
        #expect(sample.output.text.contains("  load        Loads files into views.\n"))
    }

    @Test func aDiskThatIsFullIsAFailure() throws {
        let full = try #require(FullDevice())
        let terminal = Terminal(output: full.stream, errors: sample.errors, environment: [:])
        #expect(SampleTool.tool.run(["load"], terminal: terminal) == 1)
        #expect(sample.errors.text == "sample: cannot write to standard output: No space left on device\n")
    }

    @Test func declarationsFollowTheRulesThatParsingReliesOn() {
        for verb in SampleTool.tool.verbs {
            #expect(
                verb.arguments.dropLast().allSatisfy { !$0.isRepeated }, "\(verb.name): only the last may be repeated")
            let firstOptional = verb.arguments.firstIndex { !$0.isRequired } ?? verb.arguments.endIndex
            #expect(verb.arguments[firstOptional...].allSatisfy { !$0.isRequired }, "\(verb.name): required come first")
            #expect(
                Set(verb.allOptions.map(\.name)).count == verb.allOptions.count, "\(verb.name): one option, one name")
        }
    }
}
