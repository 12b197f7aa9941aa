import Foundation
import Synchronization
import Testing

@testable import fstore

@Suite struct ProgressBarTests {
    /// A clock that the test moves.
    private final class Clock: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock { $0 } }
        func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
    }

    private let clock = Clock()
    private let output = TextStream(inMemoryWithColumns: nil)

    private func bar(on errors: TextStream, _ change: (Terminal) -> Void = { _ in }) -> ProgressBar {
        let terminal = Terminal(output: output, errors: errors, environment: [:])
        change(terminal)
        return ProgressBar("drivers", on: terminal, now: { [clock] in clock.now })
    }

    /// What is left to see of the line: the last of what was drawn over one another.
    private func drawn(_ stream: TextStream) -> [String] {
        stream.text.components(separatedBy: "\r\u{1b}[2K").dropFirst().map(\.self)
    }

    @Test func thereIsNoneWhereStderrIsNoTerminalOrNoneIsWanted() {
        let screen = TextStream(inMemoryWithColumns: 80)
        let pipe = TextStream(inMemoryWithColumns: nil)
        for bar in [bar(on: pipe), bar(on: screen) { $0.isQuiet = true }, bar(on: screen) { $0.printsJSON = true }] {
            clock.advance(.seconds(1))
            bar.update(rows: 1, of: 2)
            bar.finish()
        }
        #expect(screen.text.isEmpty && pipe.text.isEmpty && output.text.isEmpty)
    }

    @Test func theLineTellsShareRateBytesAndTimeLeft() {
        let screen = TextStream(inMemoryWithColumns: 120)
        let bar = bar(on: screen)
        clock.advance(.seconds(2))
        bar.update(rows: 2_500_000, of: 10_000_000, bytes: 12_000_000)
        bar.finish()
        #expect(
            drawn(screen) == [
                "drivers  █████░░░░░░░░░░░░░░░ 25 %  6.0 s left  1.3 M rows/s  2,500,000 rows  12.0 MB", "",
            ])
    }

    @Test func itIsDrawnAtMostTenTimesASecondAndTakenAwayAtTheEnd() {
        let screen = TextStream(inMemoryWithColumns: 80)
        let bar = bar(on: screen)
        for row in 1...1000 {
            clock.advance(.milliseconds(1))
            bar.update(rows: row)
        }
        bar.finish()
        clock.advance(.seconds(1))
        bar.update(rows: 2000)
        #expect(drawn(screen).count == 11)
        #expect(drawn(screen).last == "")
    }

    @Test func itNeverWraps() {
        let screen = TextStream(inMemoryWithColumns: 30)
        let bar = bar(on: screen)
        clock.advance(.seconds(2))
        bar.update(rows: 2_500_000, of: 10_000_000)
        #expect(drawn(screen).map(\.displayWidth) == [29])
    }

    @Test func linesPrintedMeanwhileTakeItAwayFirst() {
        let screen = TextStream(inMemoryWithColumns: 80)
        let terminal = Terminal(output: screen, errors: screen, environment: [:])
        let bar = ProgressBar("drivers", on: terminal, now: { [clock] in clock.now })
        clock.advance(.seconds(1))
        bar.update(rows: 1)
        terminal.printError("sample: failed")
        bar.finish()
        #expect(drawn(screen) == ["drivers  1 rows/s  1 row", "sample: failed\n"])
    }

    @Test func manyThreadsMayTellIt() {
        let screen = TextStream(inMemoryWithColumns: 80)
        let bar = bar(on: screen)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for row in 0..<1000 {
                clock.advance(.milliseconds(1))
                bar.update(rows: row, of: 1000)
            }
        }
        bar.finish()
        #expect(drawn(screen).last == "")
        #expect(drawn(screen).dropLast().allSatisfy { $0.hasPrefix("drivers  ") })
    }
}
