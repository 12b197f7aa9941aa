import Columnar

/// Entity rows sorted by (key, time) and grouped by key: one side of the merge.
///
/// Rows with a null key are left out; they can match nothing. Made once for all views with the same join keys.
/// Complexity: that of sorting by buckets, O(rows) where keys repeat little.
struct EntityOrder: Sendable {
    /// Rows with a null key.
    let keyNullCount: Int
    /// The other entity rows (Int32), by key, then time; ties in the caller's order.
    let rows: Buffer
    /// The time of each of `rows` (Int64).
    let times: Buffer
    /// Where in `rows` each group of equal keys starts, and the end.
    let groupStarts: [Int32]
    /// The key of each group; they ascend.
    let keys: EncodedKeys

    var rowCount: Int { rows.count / 4 }
    var groupCount: Int { groupStarts.count - 1 }

    /// Rows that are dealt to buckets at once.
    private static let pieceRows = 131_072

    /// - Parameters:
    ///   - columns: the join keys, in the types `types`.
    ///   - times: a time for each row, without nulls; nil if they do not matter.
    init(keys columns: [Column], types: [FeatureType], times: Column?) throws(DataError) {
        let count = columns[0].count
        let kept = Self.rowsWithKeys(columns)
        keyNullCount = kept.map { count - $0.count } ?? 0
        func taken(_ column: Column) -> Column {
            kept.map { $0.withUnsafeBufferPointer { column.taking($0) } } ?? column
        }
        let keyColumns = columns.map(taken)
        let rowCount = count - keyNullCount
        let keptTimes =
            times.map(taken) ?? Column(.instant, count: rowCount, values: MutableBuffer(zeroed: rowCount * 8).freeze())
        let numbers = MutableBuffer(uninitialized: rowCount * 4)
        let rowNumbers = numbers.elements(as: Int32.self)
        for i in 0..<rowCount { rowNumbers[i] = kept?[i] ?? Int32(truncatingIfNeeded: i) }
        let rowColumn = Column(.int32, count: rowCount, values: numbers.freeze())

        let pieces = stride(from: 0, to: rowCount, by: Self.pieceRows).map {
            $0..<min($0 + Self.pieceRows, rowCount)
        }
        let words = try KeyWords(types, pieceCount: pieces.count) { (piece) throws(DataError) in
            keyColumns.map { $0.slice(pieces[piece]) }
        }
        let distribution = BucketDistribution(of: words.pieces)
        func deal(_ column: Column) throws(DataError) -> DealtColumn {
            try DealtColumn(column.type, of: pieces.count, by: distribution, memory: DealingMemory()) {
                column.slice(pieces[$0])
            }
        }
        let dealtWords = try DealtColumn(.uint64, of: pieces.count, by: distribution, memory: DealingMemory()) {
            words.pieces[$0]
        }
        let dealtTimes = try deal(keptTimes)
        let places = BucketOrder.places(distribution, words: dealtWords, times: dealtTimes, created: nil)
        let sorted = Self.taking(places, [try deal(rowColumn), dealtTimes, dealtWords])
        rows = sorted[0].values
        self.times = sorted[1].values
        (groupStarts, keys) = Self.groups(of: sorted[2], words.values, types)
    }

    /// The rows whose key is whole; nil if all are.
    private static func rowsWithKeys(_ columns: [Column]) -> [Int32]? {
        let nullable = columns.filter { $0.nullCount > 0 }
        guard !nullable.isEmpty else { return nil }
        return (0..<Int32(columns[0].count)).filter { row in nullable.allSatisfy { !$0.isNull(Int(row)) } }
    }

    /// Each column in the order of `places`, ranges of rows side by side on the cores.
    private static func taking(_ places: Buffer, _ columns: [DealtColumn]) -> [Column] {
        let count = places.count / 4
        let ranges = stride(from: 0, to: count, by: pieceRows).map { $0..<min($0 + pieceRows, count) }
        let parts = Parallel.map(ranges) { range in
            withExtendedLifetime(places) {
                let taken = UnsafeBufferPointer(rebasing: places.elements(as: Int32.self)[range])
                return columns.map { $0.taking(taken) }
            }
        }
        return columns.indices.map { i in Column.concatenating(parts.map { $0[i] }, type: columns[i].type) }
    }

    private static func groups(
        of sortedWords: Column, _ values: KeyWordValues, _ types: [FeatureType]
    ) -> (starts: [Int32], keys: EncodedKeys) {
        var starts: [Int32] = []
        var different: [UInt64] = []
        withExtendedLifetime(sortedWords) {
            let words = sortedWords.elements(as: UInt64.self)
            for i in 0..<sortedWords.count where i == 0 || words[i] != words[i - 1] {
                starts.append(Int32(truncatingIfNeeded: i))
                different.append(words[i])
            }
        }
        starts.append(Int32(truncatingIfNeeded: sortedWords.count))
        let columns = different.withUnsafeBufferPointer { words in
            types.indices.map { values.column($0, of: words) }
        }
        return (starts, KeyEncoder(types).encode(columns))
    }
}
