import Foundation
import Testing

@testable import fstore

@Suite struct TerminalTests {
    private let screen = TextStream(inMemoryWithColumns: 80)
    private let pipe = TextStream(inMemoryWithColumns: nil)

    @Test func coloursAreForTerminalsThatWantThem() {
        func header(_ stream: TextStream, _ environment: [String: String]) -> String {
            Terminal(output: stream, errors: stream, environment: environment).say(TextTable(["h"]))
            return stream.text
        }
        #expect(header(TextStream(inMemoryWithColumns: 80), [:]) == "\u{1b}[1mh\u{1b}[0m\n")
        #expect(header(TextStream(inMemoryWithColumns: 80), ["NO_COLOR": "1"]) == "h\n")
        #expect(header(TextStream(inMemoryWithColumns: 80), ["TERM": "dumb"]) == "h\n")
        #expect(header(pipe, [:]) == "h\n")
    }

    @Test func jsonHasNoNumberThatIsNone() throws {
        let terminal = Terminal(output: pipe, errors: pipe, environment: [:])
        terminal.printsJSON = true
        try terminal.printJSON(["b": Double.nan, "a": 1.5, "c": -Double.infinity])
        #expect(pipe.text == "{\"a\":1.5,\"b\":\"NaN\",\"c\":\"-Infinity\"}\n")
    }

    @Test func paragraphsAreNeitherNarrowNorWide() {
        func width(_ columns: Int?) -> Int {
            Terminal(output: TextStream(inMemoryWithColumns: columns), errors: pipe, environment: [:]).textWidth
        }
        #expect([nil, 10, 90, 300].map(width) == [80, 40, 90, 100])
    }

    @Test func linesFromManyThreadsStayWhole() {
        let terminal = Terminal(output: pipe, errors: pipe, environment: [:])
        let line = String(repeating: "x", count: 100)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<500 { terminal.print(line) }
        }
        terminal.flush()
        #expect(pipe.text.split(separator: "\n") == Array(repeating: Substring(line), count: 4000))
    }
}
