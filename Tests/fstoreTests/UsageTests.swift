import Testing

/// Words, options and exit statuses, as every verb reads them.
@Suite struct UsageTests {
    /// Expects a wrong use: exit 2, nothing on stdout, one line on stderr.
    private func expectRefusal(_ words: [String], _ message: String) throws {
        let outcome = try Tool.run(Tool.path, words)
        #expect(outcome.status == 2, "\(words)")
        #expect(outcome.output == "", "\(words)")
        #expect(outcome.errors == message + "\n", "\(words)")
    }

    @Test func noVerbPrintsTheOverviewAndIsAWrongUse() throws {
        let outcome = try Tool.run()
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("usage: fstore VERB"))
    }

    @Test func theVersionIsPrinted() throws {
        for word in ["--version", "version"] {
            let outcome = try Tool.run(word)
            #expect(outcome.status == 0)
            #expect(outcome.output.wholeMatch(of: #/fstore \d+\.\d+\.\d+\n/#) != nil)
        }
    }

    @Test func anUnknownVerbIsToldWithTheNearestOne() throws {
        try expectRefusal(["ingst"], "fstore: unknown verb 'ingst' (did you mean 'ingest'?); see 'fstore help'")
        try expectRefusal(
            ["help", "ingst"], "fstore: unknown verb 'ingst' (did you mean 'ingest'?); see 'fstore help'")
        try expectRefusal(["xyzzyplugh"], "fstore: unknown verb 'xyzzyplugh'; see 'fstore help'")
    }

    @Test func anUnknownOptionIsToldWithTheNearestOne() throws {
        try expectRefusal(
            ["show", "a.csv", "--row", "3"],
            "fstore show: unknown option '--row' (did you mean '--rows'?); see 'fstore help show'")
        try expectRefusal(
            ["show", "a.csv", "-n"],
            "fstore show: unknown option '-n'; options begin with two hyphens; see 'fstore help show'")
    }

    @Test func optionsTakeTheValuesTheyDeclare() throws {
        try expectRefusal(["show", "a.csv", "--rows"], "fstore show: --rows needs a value: N; see 'fstore help show'")
        try expectRefusal(
            ["show", "a.csv", "--rows", "x"],
            "fstore show: --rows takes a number of rows, not 'x'; see 'fstore help show'")
        try expectRefusal(
            ["show", "a.csv", "--rows=-1"],
            "fstore show: --rows takes a number of rows, not '-1'; see 'fstore help show'")
        try expectRefusal(["show", "a.csv", "--json=1"], "fstore show: --json takes no value; see 'fstore help show'")
        try expectRefusal(
            ["ingest", "v", "--from"],
            "fstore ingest: --from needs one or more values: FILE; see 'fstore help ingest'")
    }

    @Test func argumentsAreCounted() throws {
        try expectRefusal(["show"], "fstore show: FILE is missing; see 'fstore help show'")
        try expectRefusal(["show", "a", "b"], "fstore show: 'b' is one word too many; see 'fstore help show'")
    }

    @Test func wordsBehindTwoHyphensAreNoOptions() throws {
        let outcome = try Tool.run("show", "--", "--rows")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("fstore: --rows: "))
    }

    @Test func anErrorIsOneSentenceOnStderrAndExitOne() throws {
        let missing = try Tool.run("show", "no.parquet")
        #expect(missing.status == 1 && missing.output == "")
        #expect(missing.errors == "fstore: no.parquet: there is no such file\n")
        let noProject = try Tool.run("list", "views")
        #expect(noProject.status == 1 && noProject.output == "")
        #expect(noProject.errors.contains("no fstore.yaml in") && noProject.errors.contains("'fstore init'"))
    }

    @Test func helpIsPrintedWhateverElseIsMissing() throws {
        for verb in try Tool.verbs() {
            let asked = try Tool.run("help", verb)
            let option = try Tool.run(verb, "--help")
            #expect(asked.status == 0 && option.status == 0, "\(verb)")
            #expect(asked.output == option.output, "\(verb)")
        }
    }
}
