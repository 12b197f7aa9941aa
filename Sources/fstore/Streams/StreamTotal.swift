import FeatureStore

/// What all batches of a push did together.
struct StreamTotal: Encodable {
    let view: String
    var rows = 0
    var batches = 0
    /// Batches that had been pushed before.
    var repeated = 0
    /// Rows of a stream that had been taken before.
    var rowsRepeated = 0
    /// Lines that hold no row that fits, and were set aside.
    var rowsRefused = 0
    /// Rows left out because their keys were deleted.
    var rowsBarred = 0
    /// Rows that are not available yet.
    var rowsWaiting = 0
    var rowsPerSecond = 0.0
    var seconds = 0.0
    var stream: String?
    /// Up to where each partition of the stream is stored, of those that this push has moved.
    var positions: [String: Int64]?
    /// The file with the lines that were set aside.
    var quarantineFile: String?
    /// Whether the push goes on, and this is its state by now.
    var isRunning = false
    /// Whether it was told to stop before its input had ended.
    var isStopped = false

    init(view: String, stream: String? = nil) {
        self.view = view
        self.stream = stream
        if stream != nil { positions = [:] }
    }

    mutating func add(_ summary: PushSummary) {
        rowsWaiting += summary.rowsWaiting
        rowsRepeated += summary.rowsRepeated
        batches += 1
        if summary.isRepeated {
            repeated += 1
        } else {
            rows += summary.rows - summary.rowsBarred
            rowsBarred += summary.rowsBarred
        }
    }

    mutating func measure(_ seconds: Double) {
        self.seconds = seconds
        rowsPerSecond = seconds > 0 ? (Double(rows) / seconds).rounded() : 0
    }

    private func batchCount(_ number: Int) -> String {
        "\(Quantities.count(number)) \(number == 1 ? "batch" : "batches")"
    }

    var line: String {
        var text = "\(view): \(Quantities.count(rows, "row")) pushed in \(batchCount(batches - repeated))"
        if repeated > 0, stream == nil { text += "; \(batchCount(repeated)) had been pushed before" }
        if rowsRepeated > 0 { text += "; \(Quantities.count(rowsRepeated, "row")) had been taken before" }
        if rowsRefused > 0 {
            text += "; \(Quantities.count(rowsRefused, "line")) set aside in \(quarantineFile ?? "a file")"
        }
        if rowsBarred > 0 { text += "; \(Quantities.count(rowsBarred, "row")) of deleted keys left out" }
        if rowsWaiting > 0 { text += "; \(Quantities.count(rowsWaiting, "row")) wait for their time" }
        if seconds > 0 { text += ", \(Quantities.seconds(seconds))" }
        if rowsPerSecond > 0, seconds >= 1 { text += " (\(Quantities.short(rowsPerSecond)) rows/s)" }
        if let stream, let positions, !positions.isEmpty {
            text += "; \(stream) is at \(Self.text(of: positions))"
        }
        return text + (isStopped ? "; told to stop" : "")
    }

    private static func text(of positions: [String: Int64]) -> String {
        let shown = positions.sorted { $0.key < $1.key }.prefix(8).map {
            $0.key.isEmpty ? "\($0.value)" : "\($0.key):\($0.value)"
        }
        let rest = positions.count - shown.count
        return shown.joined(separator: " ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
