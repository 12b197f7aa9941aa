import Testing

@Suite struct HelpTests {
    @Test func theOverviewListsEveryVerbOfTheProduct() throws {
        let verbs = try Tool.verbs()
        #expect(Set(verbs).count == verbs.count)
        for verb in ["init", "apply", "ingest", "training-set", "materialize", "get", "list", "describe", "compact"] {
            #expect(verbs.contains(verb))
        }
    }

    @Test func everyVerbsHelpTellsUsageAndCommonOptionsWithinTheWidth() throws {
        for verb in try Tool.verbs() {
            let help = try Tool.run("help", verb).output
            let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first?.hasSuffix(".") == true, "\(verb): a summary is a sentence")
            #expect(help.contains("usage: fstore \(verb)"), "\(verb)")
            for option in ["--project DIR", "--json", "--quiet", "--help"] { #expect(help.contains(option), "\(verb)") }
            // What is in the examples and the discussion is laid out by hand; no line may be absurd.
            #expect(lines.allSatisfy { $0.count <= 120 }, "\(verb)")
            #expect(lines.allSatisfy { $0.last != " " }, "\(verb): no blanks at the ends of lines")
        }
    }
}
