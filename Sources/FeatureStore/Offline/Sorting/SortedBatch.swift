import Columnar

/// A batch of rows in the order of history: by key, event time, created, order of arrival.
///
/// Rows that arrived in that order stay where they are. Others are dealt to buckets of neighbouring keys, and each bucket is
/// sorted alone, buckets side by side on the cores. Complexity: O(rows) for keys of few significant bits and rows that arrive
/// in order of time, else radix passes more.
struct SortedBatch {
    /// The columns: those of the layout, and behind them what else the rows have.
    let fields: [Field]
    let rowCount: Int
    private let layout: ViewLayout
    private let pieces: [SourcePiece]
    private let keys: KeyWordValues
    private let arrangement: Arrangement
    /// Where the words are; afterwards each feature in its turn.
    private let memory = DealingMemory()

    /// How the rows come into order.
    private enum Arrangement: Sendable {
        case arrived(ArrivedColumns)
        case dealt(DealtOrder)
    }

    private struct DealtOrder: Sendable {
        let distribution: BucketDistribution
        /// The words of the rows' keys, their event times and when they became known, as they were dealt.
        let words: DealtColumn
        let events: DealtColumn?
        let created: DealtColumn?
        /// The places of the rows in sorted order.
        let order: Buffer
    }

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
        let inOrder = try ArrivedColumns(
            words: arrived.pieces, eventIndex: layout.eventIndex, createdIndex: layout.createdIndex
        ) { (index) throws(DataError) in try Self.columns(index, pieces) }
        if let inOrder {
            arrangement = .arrived(inOrder)
            return
        }
        let distribution = BucketDistribution(of: arrived.pieces, bucketRows: bucketRows)
        let words = try DealtColumn(.uint64, of: pieces.count, by: distribution, memory: memory) { arrived.pieces[$0] }
        let events = try Self.deal(layout.eventIndex, pieces, distribution)
        let created = try Self.deal(layout.createdIndex, pieces, distribution)
        arrangement = .dealt(
            DealtOrder(
                distribution: distribution, words: words, events: events, created: created,
                order: BucketOrder.places(distribution, words: words, times: events, created: created)))
    }

    /// A column as it arrived, piece by piece.
    private static func columns(_ index: Int, _ pieces: [SourcePiece]) throws(DataError) -> [Column] {
        try Parallel.tryMap(pieces) { (piece) throws(DataError) in try piece.column(index) }
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
        fileprivate let content: Content
        /// Whose words the column holds, and which component it is to become; nil for values.
        fileprivate let key: (values: KeyWordValues, component: Int)?

        fileprivate enum Content: Sendable {
            case arrived([Column], type: DataType)
            case dealt(DealtColumn, order: Buffer)
        }

        func rows(_ range: Range<Int>) -> Column {
            let values = values(range)
            guard let key else { return values }
            return withExtendedLifetime(values) { key.values.column(key.component, of: values.elements()) }
        }

        private func values(_ range: Range<Int>) -> Column {
            switch content {
            case .arrived(let pieces, let type):
                var parts: [Column] = []
                var start = 0
                for piece in pieces {
                    let own = range.clamped(to: start..<start + piece.count)
                    if !own.isEmpty { parts.append(piece.slice(own.lowerBound - start..<own.upperBound - start)) }
                    start += piece.count
                }
                return parts.count == 1 ? parts[0] : .concatenating(parts, type: type)
            case .dealt(let column, let order):
                return withExtendedLifetime(order) {
                    column.taking(UnsafeBufferPointer(rebasing: order.elements(as: Int32.self)[range]))
                }
            }
        }
    }

    /// The column at `index` of `fields`.
    ///
    /// Columns are asked for in their order, and used before the next one is asked for: what was dealt before makes
    /// room for what comes.
    func column(_ index: Int) throws(DataError) -> SortedColumn {
        let key = layout.keyIndices.contains(index) ? (values: keys, component: index) : nil
        switch arrangement {
        case .arrived(let arrived):
            let known =
                key != nil
                ? arrived.words
                : index == layout.eventIndex ? arrived.events : index == layout.createdIndex ? arrived.created : nil
            let columns: [Column]
            if let known { columns = known } else { columns = try Self.columns(index, pieces) }
            return SortedColumn(content: .arrived(columns, type: key == nil ? fields[index].type : .uint64), key: key)
        case .dealt(let dealt):
            let known =
                key != nil
                ? dealt.words
                : index == layout.eventIndex ? dealt.events : index == layout.createdIndex ? dealt.created : nil
            if let known { return SortedColumn(content: .dealt(known, order: dealt.order), key: key) }
            let pieces = pieces
            let column = try DealtColumn(
                fields[index].type, of: pieces.count, by: dealt.distribution, memory: memory
            ) { (piece) throws(DataError) in try pieces[piece].column(index) }
            return SortedColumn(content: .dealt(column, order: dealt.order), key: key)
        }
    }

    /// Event times of the oldest and the newest row; nil for a timeless view.
    var timeRange: ClosedRange<Timestamp>? {
        switch arrangement {
        case .arrived(let arrived): arrived.timeRange
        case .dealt(let dealt): dealt.events.flatMap { timeRange(of: $0) }
        }
    }

    private func timeRange(of events: DealtColumn) -> ClosedRange<Timestamp>? {
        guard rowCount > 0 else { return nil }
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
