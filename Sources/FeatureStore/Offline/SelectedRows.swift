import Columnar

/// Rows of history and the places they go to, arranged part by part and block by block, so that columns are gathered in the
/// order of files.
struct SelectedRows: Sendable {
    /// Rows of one part.
    struct PartSelection: Sendable {
        let part: Int
        /// Blocks of which rows are taken, in the part's order, with positions in `rows` and `targets`.
        fileprivate(set) var blocks: [(block: Int, range: Range<Int>)] = []
        /// Rows within their block.
        fileprivate(set) var rows: [Int32] = []
        /// The place of each of `rows` in the output.
        fileprivate(set) var targets: [Int32] = []

        init(part: Int) { self.part = part }
    }

    /// Bytes of a column that are read before they are let go of, which costs a call that all cores wait for.
    private static let releasedBytes = 8 << 20
    /// A part may come more than once.
    let selections: [PartSelection]

    init(_ selections: [PartSelection]) { self.selections = selections }

    /// Arranges `chosen`, where `chosen[i]` goes to place `target(i)`.
    init(_ chosen: [ChosenRow], partCount: Int, target: (Int) -> Int32) {
        self.init(Self.selections(of: chosen, partCount: partCount, target: target))
    }

    /// The chosen rows of each part, where `chosen[i]` goes to place `target(i)`.
    ///
    /// Rows of a part should stand in the part's order, as those of ascending keys and times do: a block that is come back
    /// to is read again. Complexity: O(chosen).
    static func selections(of chosen: [ChosenRow], partCount: Int, target: (Int) -> Int32) -> [PartSelection] {
        var counts = [Int](repeating: 0, count: partCount)
        for row in chosen where row != .none { counts[row.part] += 1 }
        return (0..<partCount).map { part in
            var selection = PartSelection(part: part)
            guard counts[part] > 0 else { return selection }
            selection.rows.reserveCapacity(counts[part])
            selection.targets.reserveCapacity(counts[part])
            var block = -1
            var start = 0
            for (i, row) in chosen.enumerated() where row != .none && row.part == part {
                if row.block != block {
                    if block >= 0 { selection.blocks.append((block, start..<selection.rows.count)) }
                    (block, start) = (row.block, selection.rows.count)
                }
                selection.rows.append(row.row)
                selection.targets.append(target(i))
            }
            selection.blocks.append((block, start..<selection.rows.count))
            return selection
        }
    }

    /// A column of `count` places with the selected rows; null where nothing was selected, and where a block has no such
    /// column.
    ///
    /// - Parameters:
    ///   - column: a block's column.
    ///   - release: called when blocks' columns are done with, and those of all blocks between them.
    func gather(
        _ type: DataType, count: Int, _ column: (_ part: Int, _ block: Int) throws(DataError) -> BlockColumn?,
        release: (_ part: Int, _ blocks: Range<Int>) -> Void
    ) throws(DataError) -> Column {
        let output = FeatureGather(type, count: count)
        let releasedBlocks = max(1, Self.releasedBytes / (SegmentWriter.blockRows * (type.byteWidth ?? 64)))
        var open: (part: Int, block: Int, column: BlockColumn?)?
        var read: (part: Int, blocks: Range<Int>)?
        for selection in selections {
            for (block, range) in selection.blocks {
                try Cancellation.check()
                if open?.part != selection.part || open?.block != block {
                    if let done = read {
                        let isNear = done.part == selection.part && done.blocks.upperBound <= block
                        if !isNear || block - done.blocks.lowerBound >= releasedBlocks {
                            release(done.part, done.blocks)
                            read = nil
                        }
                    }
                    read = (selection.part, (read?.blocks.lowerBound ?? block)..<block + 1)
                    open = (selection.part, block, try column(selection.part, block))
                }
                guard let source = open?.column else { continue }
                try selection.rows.withUnsafeBufferPointer { rows throws(DataError) in
                    try selection.targets.withUnsafeBufferPointer { targets throws(DataError) in
                        try output.gather(
                            source, rows: UnsafeBufferPointer(rebasing: rows[range]),
                            targets: UnsafeBufferPointer(rebasing: targets[range]))
                    }
                }
            }
        }
        if let read { release(read.part, read.blocks) }
        return output.finish()
    }
}
