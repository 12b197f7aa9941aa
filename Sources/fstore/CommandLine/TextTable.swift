/// Rows under a header, in aligned columns.
///
/// Cells are made fit for a terminal: control characters, which could move the cursor or break the line, are escaped.
struct TextTable: Sendable {
    private let header: [String]
    private var rows: [[String]] = []
    private let alignsRight: Set<Int>
    private let uncut: Set<Int>
    private static let gap = 2
    /// Columns of text are not made narrower than this to fit a terminal.
    private static let narrowest = 8

    /// - Parameters:
    ///   - numbers: the columns whose cells are aligned to the right, and never cut to fit a terminal.
    ///   - times: other columns that are never cut.
    init(_ header: [String], numbers: Set<Int> = [], times: Set<Int> = []) {
        self.header = header.map(\.printable)
        alignsRight = numbers
        uncut = numbers.union(times)
    }

    /// Adds a row, with a cell for each column of the header.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == header.count, "a row has as many cells as the header")
        rows.append(cells.map(\.printable))
    }

    /// The header's line and a line for each row, without blanks at their ends.
    /// - Parameters:
    ///   - maximumCell: longer cells are cut to so many columns of the terminal.
    ///   - width: the widest columns are cut until lines have this width, and then the lines themselves.
    func lines(maximumCell: Int? = nil, width: Int? = nil) -> [String] {
        let all = [header] + rows
        var widths = header.indices.map { column in
            min(all.map { $0[column].displayWidth }.max() ?? 0, maximumCell ?? .max)
        }
        if let width { fit(&widths, width) }
        return all.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let text = cell.cut(to: widths[column])
                let padding = String(repeating: " ", count: widths[column] - text.displayWidth)
                if column > 0 { line += String(repeating: " ", count: Self.gap) }
                line += alignsRight.contains(column) ? padding + text : text + padding
            }
            while line.last == " " { line.removeLast() }
            return width.map { line.cut(to: $0) } ?? line
        }
    }

    /// Takes from the widest columns of text first; numbers and times are never cut to look like others.
    private func fit(_ widths: inout [Int], _ width: Int) {
        var excess = widths.reduce(0, +) + Self.gap * max(widths.count - 1, 0) - width
        while excess > 0 {
            let text = widths.indices.filter { !uncut.contains($0) && widths[$0] > Self.narrowest }
            guard let widest = text.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }
}
