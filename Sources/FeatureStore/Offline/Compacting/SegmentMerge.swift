import Columnar

/// Merges sorted segments into one order of history, a batch of rows at a time.
///
/// Of keys, event times and created the next of each segment are compared; where keys of a segment have no like in the
/// others they are taken together. Then each column is put together on a core of its own: what a batch takes of a
/// segment stands together there, so it is copied as a whole, and put in order by one list of places for all columns.
/// Memory: two batches, and of each segment the blocks that a batch reaches into. Complexity: O(rows · segments) at worst.
struct SegmentMerge {
    private let layout: ViewLayout
    private let batchRows: Int
    private let sources: [MergeSource]
    /// Those that have rows left, the one with the least next row first.
    private var active: [MergeSource] = []
    /// What the last batch was made of, by source.
    private var used: [[MergeSource.Taken]] = []

    /// - Parameter segments: in order of arrival.
    init(_ segments: [SegmentFile], layout: ViewLayout, batchRows: Int) throws(DataError) {
        self.layout = layout
        self.batchRows = batchRows
        var sources: [MergeSource] = []
        for segment in segments { sources.append(try MergeSource(segment, number: sources.count)) }
        self.sources = sources
        active = sources.filter { !$0.isAtEnd }.sorted { $0.isBefore($1) }
    }

    /// Rows of one segment that stand together in a batch.
    private struct Span {
        let source: Int
        var count: Int
    }

    /// The next rows in order; nil if there are no more.
    mutating func next() throws(DataError) -> Table? {
        // The caller is done with the batch before, of which columns may lie in the files' maps.
        for (source, used) in zip(sources, used) { source.release(used) }
        var spans: [Span] = []
        var room = batchRows
        while room > 0, let first = active.first {
            let count = first.rows(before: active.count > 1 ? active[1] : nil, limit: room)
            try first.take(count)
            room -= count
            if spans.last?.source == first.number {
                spans[spans.count - 1].count += count
            } else {
                spans.append(Span(source: first.number, count: count))
            }
            placeFirst()
        }
        return spans.isEmpty ? nil : table(of: spans, rowCount: batchRows - room)
    }

    /// Puts the first source where its next row belongs.
    private mutating func placeFirst() {
        let moved = active[0]
        if moved.isAtEnd {
            active.removeFirst()
            return
        }
        var place = 0
        while place + 1 < active.count, active[place + 1].isBefore(moved) {
            active[place] = active[place + 1]
            place += 1
        }
        active[place] = moved
    }

    private mutating func table(of spans: [Span], rowCount: Int) -> Table {
        let taken = sources.map { $0.takenRows() }
        let parts = taken.flatMap(\.self)
        // In order as they are, if each segment comes once, and in its turn.
        let isInOrder = zip(spans, spans.dropFirst()).allSatisfy { $0.source < $1.source }
        let places = isInOrder ? nil : Self.places(of: spans, taken, rowCount: rowCount)
        let columns = Parallel.map(Array(layout.fields.indices)) { [layout] index in
            let joined = Column.concatenating(
                parts.map { $0.table.columns[index].slice($0.rows) }, type: layout.fields[index].type)
            return places?.withUnsafeBufferPointer { joined.taking($0) } ?? joined
        }
        used = taken
        return Table(fields: layout.fields, columns: columns, rowCount: rowCount)
    }

    /// Where the rows of the batch are, if those of each segment stand behind those of the one before.
    private static func places(of spans: [Span], _ taken: [[MergeSource.Taken]], rowCount: Int) -> [Int32] {
        var next = taken.reduce(into: [0]) { ends, parts in
            ends.append(ends[ends.count - 1] + parts.reduce(0) { $0 + $1.rows.count })
        }
        return [Int32](unsafeUninitializedCapacity: rowCount) { places, initialized in
            var row = 0
            for span in spans {
                let start = next[span.source]
                for place in start..<start + span.count {
                    places[row] = Int32(truncatingIfNeeded: place)
                    row += 1
                }
                next[span.source] = start + span.count
            }
            initialized = row
        }
    }
}
