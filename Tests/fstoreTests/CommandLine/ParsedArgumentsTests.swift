import Testing

@testable import fstore

@Suite struct ParsedArgumentsTests {
    private func parse(_ words: String...) throws -> ParsedArguments {
        try ParsedArguments(words, for: SampleTool.load)
    }

    private func mistake(_ words: [String], in command: Command = SampleTool.load) -> String? {
        do {
            _ = try ParsedArguments(words, for: command)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func optionsTakeTheNextWordOrTheOneAfterTheEqualsSign() throws {
        #expect(try parse("--limit", "5").value("limit") == "5")
        #expect(try parse("--limit=5").value("limit") == "5")
        #expect(try parse("--limit=").value("limit")?.isEmpty == true)
        #expect(try parse("--limit=a=b").value("limit") == "a=b")
        #expect(try parse("--limit", "-5").value("limit") == "-5")
    }

    @Test func theLastOfAnOptionsValuesCounts() throws {
        #expect(try parse("--limit", "5", "--limit=6").value("limit") == "6")
    }

    @Test func repeatedOptionsCollectTheirValues() throws {
        let arguments = try parse("drivers", "--from", "a", "b", "--all", "--from=c", "riders")
        #expect(arguments.values("from") == ["a", "b", "c"])
        #expect(arguments.arguments("VIEW") == ["drivers", "riders"])
        #expect(try parse().values("from") == nil)
    }

    @Test func defaultsHoldWhereAnOptionIsNotGiven() throws {
        #expect(try parse().value("on-error") == "stop")
        #expect(try parse("--on-error", "skip").value("on-error") == "skip")
        #expect(try parse().value("limit") == nil)
    }

    @Test func flagsAreOnWhereGiven() throws {
        #expect(try parse("--all", "--quiet").flag("all"))
        #expect(try !parse("--quiet").flag("all"))
        #expect(mistake(["--all=yes"]) == "--all takes no value")
    }

    @Test func twoHyphensEndOptionsAndOneIsAnArgument() throws {
        #expect(try parse("--", "--all", "-x", "--").positional == ["--all", "-x", "--"])
        #expect(try parse("-", "-5").positional == ["-", "-5"])
        #expect(try !parse("--", "--help").flag("help"))
    }

    @Test func helpNeedsNothingElseToBeRight() throws {
        #expect(try ParsedArguments(["--nonsense", "--help"], for: SampleTool.read).flag("help"))
        #expect(try ParsedArguments(["-h"], for: SampleTool.read).flag("help"))
    }

    @Test func argumentsAreFoundByTheirPlace() throws {
        let arguments = try ParsedArguments(["eta", "a=1", "--json", "b=2"], for: SampleTool.read)
        #expect(arguments.argument("SERVICE") == "eta")
        #expect(arguments.arguments("KEY=VALUE") == ["a=1", "b=2"])
        #expect(try parse().argument("VIEW") == nil)
    }

    @Test func mistakesAreToldWithTheNearestRightWord() {
        #expect(mistake(["--limt", "5"]) == "unknown option '--limt' (did you mean '--limit'?)")
        #expect(mistake(["--jsno"]) == "unknown option '--jsno' (did you mean '--json'?)")
        #expect(mistake(["--zzzzzz"]) == "unknown option '--zzzzzz'")
        #expect(
            mistake(["--on-error", "stpo"]) == "--on-error takes stop or skip, not 'stpo' (did you mean 'stop'?)")
        #expect(mistake(["-x"])?.hasPrefix("unknown option '-x'") == true)
        #expect(mistake(["--limit\u{1b}[2J"]) == "unknown option '--limit\\u{1B}[2J'")
    }

    @Test func aForgottenValueDoesNotSwallowTheNextOption() {
        #expect(mistake(["--limit", "--all"]) == "--limit needs a value: --limit N")
        #expect(mistake(["--limit"]) == "--limit needs a value: --limit N")
        #expect(mistake(["--from", "--all"]) == "--from needs a value: --from FILE …")
    }

    @Test func wordsTooFewOrTooManyAreTold() {
        #expect(mistake([], in: SampleTool.read) == "SERVICE is missing")
        #expect(mistake(["eta"], in: SampleTool.read) == "KEY=VALUE is missing")
        let one = Command(name: "one", summary: "", arguments: [Argument(name: "FILE", help: "")]) { _, _ in }
        #expect(mistake(["a", "b"], in: one) == "'b' is one word too many")
    }

    @Test func aValueThatCannotBeReadIsAWrongUse() throws {
        let arguments = try parse("--limit", "many")
        #expect(throws: UsageError.self) { try arguments.value("limit", "a number") { Int($0) } }
    }
}
