/// A row of history: segment, block and row packed into one word, so that an array of them is dense.
struct ChosenRow: Hashable {
    /// Segment in the upper 12 bits, block in the next 20, row in the lower 32; all ones for none.
    private let bits: UInt64

    static let none = ChosenRow(bits: .max)
    static let maximumSegments = 4095

    struct Block { let segment, block: Int }

    private init(bits: UInt64) { self.bits = bits }

    init(block: Block, row: Int) {
        bits = UInt64(block.segment) << 52 | UInt64(block.block) << 32 | UInt64(row)
    }

    var segment: Int { Int(bits >> 52) }
    var block: Int { Int(bits >> 32 & 0xfffff) }
    var row: Int32 { Int32(truncatingIfNeeded: bits & 0xffff_ffff) }
}

/// Which row of history each entity row takes, arranged block by block so that features are gathered in file order.
struct JoinMatch: Sendable {
    /// Rows to take from one block.
    struct BlockSelection: Sendable {
        let segment: Int
        let block: Int
        /// Positions within `rows` and `targets`.
        let range: Range<Int>
    }

    /// Blocks of which rows were chosen, in file order.
    let selections: [BlockSelection]
    /// Rows within the block.
    let rows: [Int32]
    /// The entity row that takes each of `rows`.
    let targets: [Int32]
    let coverage: Coverage

    init(order: EntityOrder, chosen: [ChosenRow], outcomes: [UInt8], blockCounts: [Int], view: String) {
        var firstBlocks = [0]
        for count in blockCounts { firstBlocks.append(firstBlocks.last! + count) }
        // A counting sort by block; slots come by key, so rows within a block come nearly in file order.
        var starts = [Int](repeating: 0, count: firstBlocks.last! + 1)
        for row in chosen where row != .none { starts[firstBlocks[row.segment] + row.block + 1] += 1 }
        for i in 1..<max(1, starts.count) { starts[i] += starts[i - 1] }
        var next = starts
        var rows = [Int32](repeating: 0, count: starts.last!)
        var targets = rows
        for (slot, row) in chosen.enumerated() where row != .none {
            let block = firstBlocks[row.segment] + row.block
            rows[next[block]] = row.row
            targets[next[block]] = order.rows[slot]
            next[block] += 1
        }
        var selections: [BlockSelection] = []
        for (segment, count) in blockCounts.enumerated() {
            for block in 0..<count {
                let number = firstBlocks[segment] + block
                guard starts[number] < starts[number + 1] else { continue }
                selections.append(
                    BlockSelection(segment: segment, block: block, range: starts[number]..<starts[number + 1]))
            }
        }
        self.selections = selections
        self.rows = rows
        self.targets = targets
        coverage = Self.coverage(outcomes, nulls: order.keys.count - order.rows.count, view: view)
    }

    private static func coverage(_ outcomes: [UInt8], nulls: Int, view: String) -> Coverage {
        var counts = [Int](repeating: 0, count: 5)
        for outcome in outcomes { counts[Int(outcome)] += 1 }
        var coverage = Coverage(view: view)
        coverage.keyNull = nulls
        coverage.keyUnknown = counts[Int(MatchOutcome.keyUnknown.rawValue)]
        coverage.beforeHistory = counts[Int(MatchOutcome.beforeHistory.rawValue)]
        coverage.tooOld = counts[Int(MatchOutcome.tooOld.rawValue)]
        coverage.notYetKnown = counts[Int(MatchOutcome.notYetKnown.rawValue)]
        coverage.found = counts[Int(MatchOutcome.found.rawValue)]
        return coverage
    }
}
