import Columnar

/// A batch of rows in the order of history: by key, event time, created, order of arrival.
///
/// Rows are dealt to buckets of neighbouring keys, and each bucket is sorted alone, buckets side by side on the cores.
/// Complexity: O(rows) for keys of few significant bits and rows that arrive in order of time, else radix passes more.
struct SortedBatch {
    /// The columns: those of the layout, and behind them what else the rows have.
    let fields: [Field]
    let rowCount: Int
    private let layout: ViewLayout
    private let pieces: [SourcePiece]
    private let keys: KeyWordValues
    private let distribution: BucketDistribution
    /// The words of the rows' keys, their event times and when they became known, as they were dealt.
    private let words: DealtColumn
    private let events: DealtColumn?
    private let created: DealtColumn?
    /// The places of the rows in sorted order.
    private let order: Buffer
    /// Where the words are; afterwards each feature in its turn.
    private let memory = DealingMemory()

    /// - Parameters:
    ///   - batch: rows that all fit.
    ///   - fields: the rows' columns, if they have more than the layout.
    ///   - bucketRows: how many rows a bucket should hold, about.
    init(
        _ batch: SortBatch, layout: ViewLayout, fields: [Field]? = nil, bucketRows: Int? = nil
    ) throws(DataError) {
        self.layout = layout
        self.fields = fields ?? layout.fields
        rowCount = batch.rowCount
        pieces = batch.pieces
        let (pieces, keyIndices) = (batch.pieces, layout.keyIndices)
        let arrived = try KeyWords(layout.keys.map(\.type), pieceCount: pieces.count) { (piece) throws(DataError) in
            var columns: [Column] = []
            for index in keyIndices { columns.append(try pieces[piece].column(index)) }
            return columns
        }
        keys = arrived.values
        distribution = BucketDistribution(of: arrived.pieces, bucketRows: bucketRows)
        words = try DealtColumn(.uint64, of: pieces.count, by: distribution, memory: memory) { arrived.pieces[$0] }
        events = try Self.deal(layout.eventIndex, pieces, distribution)
        created = try Self.deal(layout.createdIndex, pieces, distribution)
        order = BucketOrder.places(distribution, words: words, times: events, created: created)
    }

    private static func deal(
        _ index: Int?, _ pieces: [SourcePiece], _ distribution: BucketDistribution
    ) throws(DataError) -> DealtColumn? {
        guard let index else { return nil }
        return try DealtColumn(.instant, of: pieces.count, by: distribution, memory: DealingMemory()) {
            (piece) throws(DataError) in try pieces[piece].column(index)
        }
    }
}

// MARK: - Sorted columns

extension SortedBatch {
    /// A column in sorted order, of which any rows can be had, on any thread.
    struct SortedColumn: Sendable {
        fileprivate let dealt: DealtColumn
        fileprivate let order: Buffer
        /// Whose words the column holds, and which component it is to become; nil for values.
        fileprivate let key: (values: KeyWordValues, component: Int)?

        func rows(_ range: Range<Int>) -> Column {
            withExtendedLifetime(order) {
                let taken = dealt.taking(UnsafeBufferPointer(rebasing: order.elements(as: Int32.self)[range]))
                guard let key else { return taken }
                return withExtendedLifetime(taken) { key.values.column(key.component, of: taken.elements()) }
            }
        }
    }

    /// The column at `index` of `fields`.
    ///
    /// Columns are asked for in their order, and used before the next one is asked for: what was dealt before makes
    /// room for what comes.
    func column(_ index: Int) throws(DataError) -> SortedColumn {
        if layout.keyIndices.contains(index) {
            return SortedColumn(dealt: words, order: order, key: (keys, component: index))
        }
        if index == layout.eventIndex, let events { return SortedColumn(dealt: events, order: order, key: nil) }
        if index == layout.createdIndex, let created { return SortedColumn(dealt: created, order: order, key: nil) }
        let pieces = pieces
        let dealt = try DealtColumn(
            fields[index].type, of: pieces.count, by: distribution, memory: memory
        ) { (piece) throws(DataError) in try pieces[piece].column(index) }
        return SortedColumn(dealt: dealt, order: order, key: nil)
    }

    /// Event times of the oldest and the newest row; nil for a timeless view.
    var timeRange: ClosedRange<Timestamp>? {
        guard let events, rowCount > 0 else { return nil }
        return withExtendedLifetime(events) {
            let times = events.values(as: Int64.self)
            var (least, greatest) = (times[0], times[0])
            for row in 1..<rowCount {
                least = min(least, times[row])
                greatest = max(greatest, times[row])
            }
            return Timestamp(microseconds: least)...Timestamp(microseconds: greatest)
        }
    }
}
