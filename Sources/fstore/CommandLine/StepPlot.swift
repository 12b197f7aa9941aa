/// A value that holds for some time and then gives way to another, drawn over time in block characters.
struct StepPlot {
    struct Step {
        var from: Double
        /// Nil if it holds until further notice.
        var until: Double?
        /// Nil for none.
        var value: Double?
    }

    private let steps: [Step]
    private let start: Double
    private let end: Double
    private let least: Double
    private let greatest: Double
    private let columns: Int
    private static let rows = 10

    /// Nil if no step has a value.
    ///
    /// - Parameters:
    ///   - steps: that do not overlap, in any order.
    ///   - now: until when a step is drawn that holds until further notice.
    ///   - width: of the whole drawing.
    init?(_ steps: [Step], now: Double, width: Int) {
        let drawn = steps.filter { $0.value != nil }
        guard let start = drawn.map(\.from).min(), let least = drawn.compactMap(\.value).min(),
            let greatest = drawn.compactMap(\.value).max(), let last = drawn.map(\.from).max()
        else { return nil }
        self.steps = drawn.sorted { $0.from < $1.from }
        self.start = start
        let ends = drawn.map { $0.until ?? max(now, last) }
        end = max(ends.max() ?? last, start + 1)
        (self.least, self.greatest) = (least, greatest)
        let label = max(Quantities.number(least).count, Quantities.number(greatest).count)
        columns = max(20, width - label - 3)
    }

    /// The drawing, with its axes.
    ///
    /// - Parameter time: writes a time of the axis.
    func lines(_ time: (Double) -> String) -> [String] {
        let labels = (0..<Self.rows).map { row in
            row == 0
                ? Quantities.number(greatest)
                : row == Self.rows - 1 && least < greatest ? Quantities.number(least) : ""
        }
        let margin = labels.map(\.count).max() ?? 0
        var lines = zip(labels, grid()).map { label, cells in
            let line = String(repeating: " ", count: margin - label.count) + label + " ┤" + String(cells)
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        let (from, to) = (time(start), time(end))
        lines.append(String(repeating: " ", count: margin) + " └" + String(repeating: "─", count: columns))
        let gap = max(2, columns - from.count - to.count)
        lines.append(String(repeating: " ", count: margin + 2) + from + String(repeating: " ", count: gap) + to)
        return lines
    }

    /// What holds within a column of the drawing: the rows that it goes through, and the last of them.
    private struct Stretch {
        var rows: ClosedRange<Int>
        var last: Int
    }

    private func grid() -> [[Character]] {
        var grid = [[Character]](repeating: [Character](repeating: " ", count: columns), count: Self.rows)
        var entry: Int?
        for (column, stretch) in stretches().enumerated() {
            guard let stretch else {
                entry = nil
                continue
            }
            let rows = min(stretch.rows.lowerBound, entry ?? .max)...max(stretch.rows.upperBound, entry ?? .min)
            for row in rows {
                grid[row][column] = Self.line(
                    through: row, of: rows, comesIn: row == entry, goesOut: row == stretch.last)
            }
            entry = stretch.last
        }
        return grid
    }

    /// The piece of line in a row of a column that the line enters from the left and leaves to the right.
    private static func line(
        through row: Int, of rows: ClosedRange<Int>, comesIn: Bool, goesOut: Bool
    ) -> Character {
        if rows.count == 1 { return "─" }
        let (goesUp, goesDown) = (row > rows.lowerBound, row < rows.upperBound)
        return switch (comesIn, goesOut) {
        case (true, true): goesUp && goesDown ? "┼" : goesUp ? "┴" : "┬"
        case (true, false): goesUp && goesDown ? "┤" : goesUp ? "╯" : "╮"
        case (false, true): goesUp && goesDown ? "├" : goesUp ? "╰" : "╭"
        case (false, false): "│"
        }
    }

    /// Column by column; nil where nothing holds.
    private func stretches() -> [Stretch?] {
        var stretches = [Stretch?](repeating: nil, count: columns)
        for step in steps {
            guard let value = step.value else { continue }
            let row = self.row(of: value)
            let first = column(of: step.from)
            let last = max(first, column(of: (step.until ?? end).nextDown))
            for column in first...last {
                let rows = stretches[column]?.rows ?? row...row
                stretches[column] = Stretch(rows: min(rows.lowerBound, row)...max(rows.upperBound, row), last: row)
            }
        }
        return stretches
    }

    private func column(of time: Double) -> Int {
        min(columns - 1, max(0, Int((time - start) / (end - start) * Double(columns))))
    }

    /// The top row is 0; a single value stands on it.
    private func row(of value: Double) -> Int {
        guard greatest > least else { return 0 }
        // Halves first: the difference of large numbers may be infinite.
        let share = (greatest / 2 - value / 2) / (greatest / 2 - least / 2)
        return min(Self.rows - 1, max(0, Int((share * Double(Self.rows - 1)).rounded())))
    }
}
