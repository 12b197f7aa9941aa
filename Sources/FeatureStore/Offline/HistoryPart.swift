import Columnar

/// A part of a view's history: rows that arrived one after the other, sorted by (key, event time, created, order of
/// arrival).
///
/// The parts of one history stand in order of arrival, and their sequences never overlap. What reads history (the join,
/// materialization) reads parts, whether their rows lie in a file or in memory.
enum HistoryPart: Sendable {
    /// An immutable file.
    case segment(SegmentFile)
    /// Rows in memory: pushed ones that no file holds yet.
    case rows(SortedRows)

    /// The commits whose rows it holds; each ingestion or push has a sequence of its own.
    var sequences: ClosedRange<Int64> {
        switch self {
        case .segment(let file): file.record.sequences
        case .rows(let rows): rows.sequences
        }
    }

    var rowCount: Int {
        switch self {
        case .segment(let file): file.record.rows
        case .rows(let rows): rows.table.rowCount
        }
    }

    /// The rows' event times, from the first to the last; nil for a timeless view.
    var eventTimes: ClosedRange<Int64>? {
        switch self {
        case .segment(let file):
            file.record.timeRange.map { $0.lowerBound.microseconds...$0.upperBound.microseconds }
        case .rows(let rows): rows.eventTimes
        }
    }

    /// When the last of its rows became known; nil if the source does not say.
    var latestCreated: Int64? {
        switch self {
        case .segment(let file): file.latestCreated
        case .rows(let rows): rows.latestCreated
        }
    }

    // MARK: - Blocks, the units that are decoded at once

    var blockCount: Int {
        switch self {
        case .segment(let file): file.blockCount
        case .rows(let rows): rows.blockCount
        }
    }

    func rowCount(of block: Int) -> Int {
        switch self {
        case .segment(let file): file.rowCount(of: block)
        case .rows(let rows): rows.range(of: block).count
        }
    }

    /// The first key of a block.
    func firstKey(of block: Int) throws(DataError) -> EncodedKeys {
        switch self {
        case .segment(let file): try file.firstKey(of: block)
        case .rows(let rows): rows.keyRuns(of: block).keys.taking([0])
        }
    }

    /// The blocks that may hold one of the keys at `range`, which ascend in `keys`.
    func blocks(holding keys: EncodedKeys, _ range: Range<Int>) -> [Int] {
        switch self {
        case .segment(let file): file.blocks(holding: keys, range)
        case .rows(let rows): range.isEmpty ? [] : Array(0..<rows.blockCount)
        }
    }

    /// The runs of those rows of a block that may have one of the keys at `range`, which ascend in `keys`.
    func keyRuns(of block: Int, holding keys: EncodedKeys, _ range: Range<Int>) throws(DataError) -> [KeyRuns] {
        switch self {
        case .segment(let file): try file.keyRuns(of: block, holding: keys, range)
        case .rows(let rows): [rows.keyRuns(of: block)]
        }
    }

    func keyRuns(of block: Int) throws(DataError) -> KeyRuns {
        switch self {
        case .segment(let file): try file.keyRuns(of: block)
        case .rows(let rows): rows.keyRuns(of: block)
        }
    }

    /// Event times; nil for a timeless view.
    func events(of block: Int) throws(DataError) -> Column? {
        switch self {
        case .segment(let file): try file.events(of: block)
        case .rows(let rows): rows.events(of: block)
        }
    }

    /// When rows became known; nil if the source does not say, or did not when the rows were stored.
    func created(of block: Int) throws(DataError) -> Column? {
        switch self {
        case .segment(let file): try file.created(of: block)
        case .rows(let rows): rows.created(of: block)
        }
    }

    /// When rows ended, null where they hold; nil if the view's source does not say.
    func ends(of block: Int) throws(DataError) -> Column? {
        switch self {
        case .segment(let file): try file.ends(of: block)
        case .rows(let rows): rows.ends(of: block)
        }
    }

    /// All columns of a block in the view's present layout; features that the part lacks are null.
    func table(of block: Int) throws(DataError) -> Table {
        switch self {
        case .segment(let file): try file.table(of: block)
        case .rows(let rows): rows.table(of: block)
        }
    }

    /// A feature's values; nil if the rows were stored before the view had the feature.
    func values(of feature: Feature, block: Int) throws(DataError) -> Column? {
        switch self {
        case .segment(let file): try file.values(of: feature, block: block)
        case .rows(let rows): rows.values(of: feature, block: block)
        }
    }

    /// A feature's values, of which few are wanted; nil if the rows were stored before the view had the feature.
    func blockColumn(of feature: Feature, block: Int) throws(DataError) -> BlockColumn? {
        switch self {
        case .segment(let file): try file.blockColumn(of: feature, block: block)
        case .rows(let rows): rows.values(of: feature, block: block).map(BlockColumn.whole)
        }
    }

    /// Lets go of blocks' times: they can be read again, but need no memory meanwhile.
    func releaseTimes(of blocks: Range<Int>) {
        if case .segment(let file) = self { file.releaseTimes(of: blocks) }
    }

    /// Lets go of blocks' values of a feature.
    func release(_ feature: Feature, blocks: Range<Int>) {
        if case .segment(let file) = self { file.release(feature, blocks: blocks) }
    }
}
