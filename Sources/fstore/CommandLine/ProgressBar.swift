import Synchronization

/// A line on the terminal that tells how far long work is; nothing where there is no terminal. Safe to share between
/// threads.
final class ProgressBar: Sendable {
    private struct State {
        var drawn: ContinuousClock.Instant?
        var isFinished = false
    }

    private let label: String
    private let terminal: Terminal
    private let now: @Sendable () -> ContinuousClock.Instant
    private let started: ContinuousClock.Instant
    private let state = Mutex(State())
    private static let interval = Duration.milliseconds(100)
    private static let barWidth = 20

    init(
        _ label: String, on terminal: Terminal,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.label = label
        self.terminal = terminal
        self.now = now
        started = now()
    }

    /// Tells what is done so far; redraws at most ten times a second.
    func update(rows: Int, of total: Int? = nil, bytes: Int? = nil) {
        guard terminal.drawsProgress else { return }
        let time = now()
        state.withLock { state in
            guard !state.isFinished, time - (state.drawn ?? started) >= Self.interval else { return }
            state.drawn = time
            terminal.drawProgress(line(rows, total, bytes, seconds: Quantities.seconds(time - started)))
        }
    }

    /// Takes the line away; later updates draw nothing.
    func finish() {
        state.withLock { state in
            if state.drawn != nil && !state.isFinished { terminal.clearProgress() }
            state.isFinished = true
        }
    }

    private func line(_ rows: Int, _ total: Int?, _ bytes: Int?, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(rows) / seconds : 0
        var parts = [label]
        if let total, total > 0 {
            let share = min(max(Double(rows) / Double(total), 0), 1)
            let done = Int(share * Double(Self.barWidth))
            parts.append(
                String(repeating: "█", count: done) + String(repeating: "░", count: Self.barWidth - done)
                    + " \(Int(share * 100)) %")
        }
        // A narrow terminal cuts the end, so what matters most comes first.
        if let total, rate > 0, rows < total { parts.append("\(Quantities.seconds(Double(total - rows) / rate)) left") }
        parts.append("\(Quantities.short(rate)) rows/s")
        parts.append(Quantities.count(rows, "row"))
        if let bytes { parts.append(Quantities.bytes(bytes)) }
        return parts.joined(separator: "  ")
    }
}
