import Columnar

/// Rows of history and the places they go to, arranged block by block, so that columns are gathered in file order.
struct SelectedRows: Sendable {
    /// Rows to take from one block.
    struct BlockSelection: Sendable {
        let part: Int
        let block: Int
        /// Positions within `rows` and `targets`.
        let range: Range<Int>
    }

    /// Blocks of which rows were chosen, in file order.
    let selections: [BlockSelection]
    /// Rows within the block.
    let rows: [Int32]
    /// The place of each of `rows` in the output.
    let targets: [Int32]

    /// Arranges `chosen`, where `chosen[i]` goes to place `target(i)`. Complexity: O(chosen + blocks), a counting sort.
    init(_ chosen: [ChosenRow], blockCounts: [Int], target: (Int) -> Int32) {
        var firstBlocks = [0]
        for count in blockCounts { firstBlocks.append(firstBlocks[firstBlocks.count - 1] + count) }
        let blocks = firstBlocks[firstBlocks.count - 1]
        var starts = [Int](repeating: 0, count: blocks + 1)
        for row in chosen where row != .none { starts[firstBlocks[row.part] + row.block + 1] += 1 }
        for i in 0..<blocks { starts[i + 1] += starts[i] }
        var next = starts
        var rows = [Int32](repeating: 0, count: starts[blocks])
        var targets = rows
        for (i, row) in chosen.enumerated() where row != .none {
            let block = firstBlocks[row.part] + row.block
            rows[next[block]] = row.row
            targets[next[block]] = target(i)
            next[block] += 1
        }
        var selections: [BlockSelection] = []
        for (part, count) in blockCounts.enumerated() {
            for block in 0..<count {
                let number = firstBlocks[part] + block
                guard starts[number] < starts[number + 1] else { continue }
                selections.append(
                    BlockSelection(part: part, block: block, range: starts[number]..<starts[number + 1]))
            }
        }
        self.selections = selections
        self.rows = rows
        self.targets = targets
    }

    /// A column of `count` places with the selected rows of `column(part, block)`; null where nothing was selected,
    /// and where a block has no such column.
    func gather(
        _ type: DataType, count: Int, _ column: (_ part: Int, _ block: Int) throws(DataError) -> Column?
    ) throws(DataError) -> Column {
        let output = FeatureGather(type, count: count)
        for selection in selections {
            try Cancellation.check()
            guard let values = try column(selection.part, selection.block) else { continue }
            rows.withUnsafeBufferPointer { rows in
                targets.withUnsafeBufferPointer { targets in
                    output.gather(
                        values, rows: UnsafeBufferPointer(rebasing: rows[selection.range]),
                        targets: UnsafeBufferPointer(rebasing: targets[selection.range]))
                }
            }
        }
        return output.finish()
    }
}
