import Columnar

/// Rows of a view's history in memory, sorted as a segment is and read block by block as a segment is.
final class SortedRows: Sendable {
    let sequences: ClosedRange<Int64>
    let layout: ViewLayout
    /// The rows under the layout's fields.
    let table: Table
    private let runs: [KeyRuns]

    /// Sorts `rows`, which have the layout's fields and stand in order of arrival. Complexity: that of a `RowOrder`.
    init(sorting rows: Table, sequences: ClosedRange<Int64>, layout: ViewLayout) {
        self.sequences = sequences
        self.layout = layout
        let order = RowOrder(sorting: rows, layout: layout)
        let table = order.isUnchanged ? rows : rows.taking(order.rows[...])
        self.table = table
        let encoder = KeyEncoder(layout.keys.map(\.type))
        runs = (0..<Self.blockCount(of: table)).map { block in
            let range = Self.range(of: block, in: table)
            return KeyRuns(plain: layout.keyIndices.map { table.columns[$0].slice(range) }, encoder: encoder)
        }
    }

    /// The rows' event times, from the first to the last; nil for a timeless view and where there are no rows.
    var eventTimes: ClosedRange<Int64>? {
        guard let index = layout.eventIndex else { return nil }
        let times = table.columns[index].elements(as: Int64.self).prefix(table.rowCount)
        guard let first = times.min(), let last = times.max() else { return nil }
        return first...last
    }

    /// When the last of the rows became known; nil if the source does not say.
    var latestCreated: Int64? {
        layout.createdIndex.flatMap { table.columns[$0].elements(as: Int64.self).prefix(table.rowCount).max() }
    }

    // MARK: - Blocks

    private static func blockCount(of table: Table) -> Int {
        (table.rowCount + SegmentWriter.blockRows - 1) / SegmentWriter.blockRows
    }

    private static func range(of block: Int, in table: Table) -> Range<Int> {
        let start = block * SegmentWriter.blockRows
        return start..<min(start + SegmentWriter.blockRows, table.rowCount)
    }

    var blockCount: Int { runs.count }
    func range(of block: Int) -> Range<Int> { Self.range(of: block, in: table) }
    func keyRuns(of block: Int) -> KeyRuns { runs[block] }
    func events(of block: Int) -> Column? { layout.eventIndex.map { slice($0, block) } }
    func created(of block: Int) -> Column? { layout.createdIndex.map { slice($0, block) } }
    func ends(of block: Int) -> Column? { layout.endIndex.map { slice($0, block) } }

    /// - Precondition: `feature` is one of the layout's.
    func values(of feature: Feature, block: Int) -> Column? { table.index(of: feature.name).map { slice($0, block) } }

    /// All columns.
    func table(of block: Int) -> Table { table.slice(range(of: block)) }

    private func slice(_ column: Int, _ block: Int) -> Column { table.columns[column].slice(range(of: block)) }
}
