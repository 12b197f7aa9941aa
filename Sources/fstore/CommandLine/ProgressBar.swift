import Foundation

/// A line on the terminal that tells how far long work is; nothing where there is no terminal.
final class ProgressBar {
    private let terminal: Terminal
    private let label: String
    private let started = ContinuousClock.now
    private var drawn = ContinuousClock.now
    private static let interval = Duration.milliseconds(100)

    init(_ label: String, on terminal: Terminal) {
        self.terminal = terminal
        self.label = label
    }

    /// Redraws, at most ten times a second.
    func update(rows: Int, of total: Int?) {
        let now = ContinuousClock.now
        guard now - drawn >= Self.interval else { return }
        drawn = now
        let seconds = Quantities.seconds(now - started)
        let rate = seconds > 0 ? Double(rows) / seconds : 0
        var text = "\(label)  \(Quantities.count(rows)) rows  \(Quantities.count(Int(rate)))/s"
        if let total, total > 0 {
            let done = min(20, rows * 20 / total)
            let bar = String(repeating: "█", count: done) + String(repeating: "░", count: 20 - done)
            let left = rate > 0 ? Double(max(0, total - rows)) / rate : 0
            text =
                "\(label)  \(bar) \(rows * 100 / total) %  \(Quantities.count(Int(rate)))/s  \(Quantities.seconds(left)) left"
        }
        terminal.drawProgress(text)
    }

    func finish() { terminal.drawProgress("") }
}
