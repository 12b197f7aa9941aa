import Testing

@testable import FeatureStore

@Suite struct YAMLParserTests {
    @Test(arguments: [
        (
            "a: [1, 2\nb: 3\n",
            "1:4: this list is not closed: a ',' or ']' is missing"
        ),
        (
            "a: {b: 1\n",
            "1:4: this map is not closed: a ',' or '}' is missing"
        ),
        (
            "a: \"open\nb: 1\n",
            "1:4: this quote is never closed"
        ),
        (
            "a: 'open\n",
            "1:4: this quote is never closed"
        ),
        (
            "a: b: c\n",
            "1:5: a ':' is not expected here: check the indentation, or put a value that has ': ' in it into quotes"
        ),
        (
            "a:\n\tb: 1\n",
            "2:1: a tab stands in the indentation: use spaces"
        ),
        (
            "a: \t1\nb:\n  - c\n\t- d\n",
            "4:1: a tab stands in the indentation: use spaces"
        ),
        (
            "a: @b\n",
            "1:4: a value cannot begin with '@': put it into quotes"
        ),
        (
            "a: %b\n",
            "1:4: a value cannot begin with '%': put it into quotes"
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            "3:2: this does not line up with the keys above it: check the indentation and the quotes"
        ),
        (
            "a: 1\nb\n",
            "2:1: a ':' is missing after this key"
        ),
        (
            "a: 1\nb\nc: 2\n",
            "2:1: a ':' is missing after this key"
        ),
        (
            "a:\n  - 1\n  b: 2\n",
            "3:3: this does not line up with the list above it: check the indentation, or add '- '"
        ),
        (
            "a: 1\n- b\n",
            "2:1: this does not line up with the keys above it: check the indentation and the quotes"
        ),
        (
            "a: - b\n",
            "1:4: a list entry ('- ') is not expected here: check the indentation"
        ),
        (
            "a: \"\\q\"\n",
            "1:5: this backslash means nothing within double quotes: write '\\\\', or use single quotes"
        ),
        (
            "a: &x 1\nb: 2\n",
            "1:4: anchors ('&name') are not read here: write the value out"
        ),
        (
            "a: 1\nb: *x\n",
            "2:4: aliases ('*name') are not read here: write the value out, or put a text that begins with '*' into quotes"
        ),
        (
            "a: [*]\n",
            "1:6: a text that begins with '*' or '&' needs quotes"
        ),
        (
            "a: !!str 1\n",
            "1:4: tags ('!name') are not read here: remove it, or put a text that begins with '!' into quotes"
        ),
        (
            "a: !b 1\n",
            "1:4: tags ('!name') are not read here: remove it, or put a text that begins with '!' into quotes"
        ),
        (
            "a: 1\n---\nb: 2\n",
            "2:1: a second document begins here: put it into a file of its own"
        ),
        (
            "[a, b]: c\n",
            "1:1: a key must be a word, not a list"
        ),
        (
            "a: ]\n",
            "1:4: a value is missing here"
        ),
        (
            "}",
            "1:1: a value is missing here"
        ),
        (
            "a: \u{1}\n",
            "1:4: a control character stands here: remove it"
        ),
        (
            "%YAML 3.0\n---\na: 1\n",
            "1:1: only YAML 1.1 and 1.2 are read here: remove the line '%YAML'"
        ),
        (
            "a: |\n\t b\n c\n",
            "2:1: a tab stands in the indentation: use spaces"
        ),
        (
            "? a\n: b\n:\n",
            "3:1: this does not line up with the keys above it: check the indentation and the quotes"
        ),
        (
            "a: \"x\" y\n",
            "1:8: this does not line up with the keys above it: check the indentation and the quotes"
        ),
        (
            "a: [1 2: 3: 4]",
            "1:4: this list is not closed: a ',' or ']' is missing"
        ),
        (
            "a: >x\n",
            "1:5: this is not readable as YAML (did not find expected comment or line break)"
        ),
        (
            "a: {b: c}}\n",
            "1:10: this does not line up with the keys above it: check the indentation and the quotes"
        ),
        (
            "a: ,\n",
            "1:4: a value is missing here"
        ),
    ])
    func syntaxMistakesAreToldInWordsOfTheirAuthor(_ text: String, _ mistake: String) {
        let told = YAMLParser.parse(text.utf8).mistakes.map {
            "\($0.position.line):\($0.position.column): \($0.message)"
        }
        #expect(told == [mistake])
    }

    @Test func nodesKnowWhereTheyStandAndHowTheyAreWritten() throws {
        let root = try #require(YAMLParser.parse("# head\nä: [1, '2', ~]\nb:\n  c: |\n    x\n".utf8).root)
        guard case .mapping(let entries) = root.content, entries.count == 2 else {
            Issue.record("no map: \(root)")
            return
        }
        #expect(entries.map(\.key) == ["ä", "b"])
        #expect(entries[0].keyPosition == TextPosition(line: 2, column: 1))
        #expect(
            entries[0].value.content
                == .sequence([
                    YAMLNode(content: .scalar("1", isPlain: true), position: TextPosition(line: 2, column: 5)),
                    YAMLNode(content: .scalar("2", isPlain: false), position: TextPosition(line: 2, column: 8)),
                    YAMLNode(content: .scalar("~", isPlain: true), position: TextPosition(line: 2, column: 13)),
                ]))
        guard case .mapping(let inner) = entries[1].value.content else {
            Issue.record("no map: \(entries[1])")
            return
        }
        #expect(inner.map(\.value.content) == [.scalar("x\n", isPlain: false)])
        #expect(inner[0].keyPosition == TextPosition(line: 4, column: 3))
    }

    @Test func everyDuplicateKeyIsReported() {
        let result = YAMLParser.parse("a: 1\na: 2\nb: {c: 1, c: 2}\n".utf8)
        #expect(
            result.mistakes.map(\.message) == [
                "'a' stands twice in this map (first in line 1)", "'c' stands twice in this map (first in line 3)",
            ])
        #expect(
            result.mistakes.map(\.position) == [TextPosition(line: 2, column: 1), TextPosition(line: 3, column: 11)])
    }

    @Test(arguments: ["", "\n\n", "# nothing\n", "~\n", "---\n", "--- \n...\n", "\u{FEFF}# mark\n"])
    func aTextWithoutContentHasNoRoot(_ text: String) {
        let result = YAMLParser.parse(text.utf8)
        #expect(result.root == nil)
        #expect(result.mistakes.isEmpty)
    }

    @Test func bytesThatAreNotUTF8AreShown() {
        let result = YAMLParser.parse(Array("a: 1\nbc: ".utf8) + [0xFF, 0xFE] + Array("\n".utf8))
        #expect(result.mistakes.map(\.message) == ["the file is not UTF-8 text"])
        #expect(result.mistakes.map(\.position) == [TextPosition(line: 2, column: 5)])
    }

    @Test func deepAndLargeTextsAreRefusedQuickly() {
        let deep = YAMLParser.parse(String(repeating: "[", count: 1_000_000).utf8)
        #expect(deep.mistakes.map(\.message) == ["lists and maps stand more than 32 levels deep here"])
        let large = YAMLParser.parse(String(repeating: "#", count: YAMLParser.maximumByteCount + 1).utf8)
        #expect(large.mistakes.map(\.message) == ["the file is larger than 4 MiB: split it"])
    }
}
