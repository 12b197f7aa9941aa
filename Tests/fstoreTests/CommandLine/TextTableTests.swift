import Testing

@testable import fstore

@Suite struct TextTableTests {
    private func table() -> TextTable {
        var table = TextTable(["view", "rows", "description"], numbers: [1])
        table.add(["drivers", "1,000", "All drivers of the fleet"])
        table.add(["r", "5", ""])
        return table
    }

    @Test func columnsAreAlignedAndNumbersStandToTheRight() {
        #expect(
            table().lines() == [
                "view      rows  description",
                "drivers  1,000  All drivers of the fleet",
                "r            5",
            ])
    }

    @Test func theWidestTextIsCutToFitATerminal() {
        #expect(
            table().lines(width: 30) == [
                "view      rows  description",
                "drivers  1,000  All drivers o…",
                "r            5",
            ])
    }

    @Test(arguments: 1...60) func noLineIsWiderThanTheTerminal(width: Int) {
        #expect(table().lines(width: width).allSatisfy { $0.displayWidth <= width })
    }

    @Test func cellsMayHaveAGreatestWidth() {
        #expect(table().lines(maximumCell: 6)[1] == "drive…  1,000  All d…")
    }

    @Test func wideCharactersTakeTwoColumnsAndMarksNone() {
        var table = TextTable(["city", "n"])
        table.add(["東京", "1"])
        table.add(["Zu\u{308}rich", "2"])
        table.add(["👩‍💻🇩🇪", "3"])
        #expect(table.lines() == ["city    n", "東京    1", "Zu\u{308}rich  2", "👩‍💻🇩🇪    3"])
        #expect("東京".cut(to: 3) == "東…")
        #expect("東京".cut(to: 2) == "…")
    }

    @Test func dataCannotMoveTheCursorOrBreakTheLine() {
        var table = TextTable(["city"])
        table.add(["a\u{1b}[2Jb\nc\u{202e}d"])
        #expect(table.lines() == ["city", "a\\u{1B}[2Jb\\nc\\u{202E}d"])
    }

    @Test func onlyATerminalGetsCutTables() {
        var table = TextTable(["text"])
        table.add([String(repeating: "x", count: 200)])
        let pipe = TextStream(inMemoryWithColumns: nil)
        Terminal(output: pipe, errors: pipe, environment: [:]).say(table)
        #expect(pipe.text.count == 206)
        let screen = TextStream(inMemoryWithColumns: 40)
        Terminal(output: screen, errors: screen, environment: ["NO_COLOR": "1"]).say(table)
        #expect(screen.text == "text\n" + String(repeating: "x", count: 39) + "…\n")
    }
}
