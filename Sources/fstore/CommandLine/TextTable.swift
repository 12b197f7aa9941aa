/// Rows under a header, in aligned columns.
struct TextTable {
    private let header: [String]
    private var rows: [[String]] = []
    private let alignsRight: Set<Int>

    /// - Parameter numbers: the columns whose cells are aligned to the right.
    init(_ header: [String], numbers: Set<Int> = []) {
        self.header = header
        alignsRight = numbers
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The table's lines; cells longer than `maximumCell` are cut.
    func lines(maximumCell: Int = 60) -> [String] {
        let all = ([header] + rows).map { $0.map { $0.count > maximumCell ? $0.prefix(maximumCell - 1) + "…" : $0 } }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += (column == 0 ? "" : "  ") + (alignsRight.contains(column) ? padding + cell : cell + padding)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
