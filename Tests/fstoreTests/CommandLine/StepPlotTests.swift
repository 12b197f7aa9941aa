import Testing

@testable import fstore

@Suite struct StepPlotTests {
    @Test func stepsAreLinesWithCornersWhereTheyChange() throws {
        let plot = try #require(
            StepPlot(
                [
                    StepPlot.Step(from: 10, until: 20, value: 0), StepPlot.Step(from: 0, until: 10, value: 9),
                    StepPlot.Step(from: 25, until: nil, value: 4),
                ], now: 30, width: 34))
        #expect(
            plot.lines { String(Int($0)) } == [
                "9 ┤──────────╮", "  ┤          │", "  ┤          │", "  ┤          │", "  ┤          │",
                "  ┤          │              ─────", "  ┤          │", "  ┤          │", "  ┤          │",
                "0 ┤          ╰─────────", "  └──────────────────────────────", "   0                           30",
            ])
    }

    @Test func manyChangesWithinAColumnAreABar() throws {
        let steps = (0..<1000).map {
            StepPlot.Step(from: Double($0), until: Double($0 + 1), value: Double($0 % 2))
        }
        let lines = try #require(StepPlot(steps, now: 0, width: 24)).lines { String(Int($0)) }
        #expect(lines[4] == "  ┤" + String(repeating: "│", count: 20))
        #expect(lines[0].first == "1" && lines[9].first == "0")
    }

    @Test func aSingleValueIsALine() throws {
        let plot = try #require(StepPlot([StepPlot.Step(from: 5, until: nil, value: 2)], now: 9, width: 10))
        #expect(plot.lines { String(Int($0)) }.first == "2 ┤" + String(repeating: "─", count: 20))
    }

    @Test func hugeNumbersAndTimesDoNotOverflow() throws {
        let greatest = Double.greatestFiniteMagnitude
        let steps = [
            StepPlot.Step(from: -9e18, until: 0, value: -greatest),
            StepPlot.Step(from: 0, until: 9e18, value: greatest),
        ]
        #expect(try #require(StepPlot(steps, now: 0, width: 40)).lines { "\($0)" }.count == 12)
    }

    @Test func nothingIsNotDrawn() {
        #expect((StepPlot([], now: 0, width: 80) == nil))
        #expect(StepPlot([StepPlot.Step(from: 0, until: 1, value: nil)], now: 0, width: 80) == nil)
    }
}
