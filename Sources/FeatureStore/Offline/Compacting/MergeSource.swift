import Columnar

/// A segment on its way through a merge: the row that comes next, and the blocks of which rows were taken.
///
/// Used by one thread. Invariant: `events` and `created` point into columns of `table`, `prefixes` into `runs`, which are
/// kept as long as they are.
final class MergeSource {
    /// Its place in the order of arrival.
    let number: Int
    private let segment: SegmentFile
    private var block = -1
    private var table: Table?
    private var runs: KeyRuns?
    private var run = 0
    /// The first row of each run of the block, and its end.
    private var starts: [Int] = [0]
    private var prefixes: UnsafeBufferPointer<UInt64>?
    /// Of the next row's key.
    private var prefix: UInt64 = 0
    private var prefixIsWhole = true
    private var events: UnsafeBufferPointer<Int64>?
    private var created: UnsafeBufferPointer<Int64>?
    /// The row of the block that comes next.
    private var row = 0
    /// The first row of the block that was taken and not handed out yet.
    private var firstTaken: Int?
    /// Rows of earlier blocks that were taken and not handed out yet.
    private var taken: [Taken] = []

    /// Rows of a block.
    struct Taken: Sendable {
        let table: Table
        let block: Int
        var rows: Range<Int>
    }

    init(_ segment: SegmentFile, number: Int) throws(DataError) {
        self.segment = segment
        self.number = number
        try open(blockFrom: 0)
    }

    var isAtEnd: Bool { table == nil }

    /// Opens the first block with rows.
    private func open(blockFrom start: Int) throws(DataError) {
        (table, runs, prefixes, events, created) = (nil, nil, nil, nil, nil)
        (block, row, run) = (start, 0, 0)
        while block < segment.blockCount, segment.rowCount(of: block) == 0 { block += 1 }
        guard block < segment.blockCount else { return }
        try Cancellation.check()
        let opened = try segment.table(of: block)
        let openedRuns = try segment.keyRuns(of: block)
        runs = openedRuns
        starts = openedRuns.starts.map(Int.init)
        prefixes = openedRuns.keys.prefixes.elements()
        prefixIsWhole = openedRuns.keys.prefixIsWhole
        prefix = prefixes?[0] ?? 0
        let layout = segment.layout
        events = layout.eventIndex.map { opened.columns[$0].elements() }
        created = layout.createdIndex.map { opened.columns[$0].elements() }
        table = opened
    }

    // MARK: - Order

    /// Whether this one's next row comes before the other's; neither is at its end.
    func isBefore(_ other: MergeSource) -> Bool {
        if prefix != other.prefix { return prefix < other.prefix }
        let order = prefixIsWhole ? 0 : compareKeys(run, with: other)
        return order != 0 ? order < 0 : isBefore(row, other)
    }

    /// Whether this one's key at `run` comes before the key of the other's next row.
    @inline(__always)
    private func keyIsBefore(_ run: Int, _ other: MergeSource) -> Bool {
        guard let prefixes else { return false }
        if prefixes[run] != other.prefix { return prefixes[run] < other.prefix }
        return prefixIsWhole ? false : compareKeys(run, with: other) < 0
    }

    /// How keys order whose prefixes are equal.
    private func compareKeys(_ run: Int, with other: MergeSource) -> Int {
        guard let runs, let theirs = other.runs else { return 0 }
        return runs.keys.compare(run, with: theirs.keys, other.run)
    }

    /// The order of rows of one key: by event time, created, order of arrival.
    @inline(__always)
    private func isBefore(_ row: Int, _ other: MergeSource) -> Bool {
        if let events, let theirs = other.events {
            let (a, b) = (events[row], theirs[other.row])
            if a != b { return a < b }
            if let created, let theirCreated = other.created {
                let (a, b) = (created[row], theirCreated[other.row])
                if a != b { return a < b }
            }
        }
        return number < other.number
    }

    /// How many rows from the next one on come before the other's next row, up to `limit` and the end of the block; at
    /// least one.
    ///
    /// - Precondition: the next row does.
    func rows(before other: MergeSource?, limit: Int) -> Int {
        guard let other else { return min(limit, starts[starts.count - 1] - row) }
        var end = run
        while end < starts.count - 1, starts[end] - row < limit, keyIsBefore(end, other) { end += 1 }
        if end > run { return min(limit, starts[end] - row) }
        let stop = min(row + limit, starts[run + 1])
        var next = row + 1
        while next < stop, isBefore(next, other) { next += 1 }
        return next - row
    }

    // MARK: - Taking

    /// Takes the next `count` rows, which must be of the block.
    func take(_ count: Int) throws(DataError) {
        if firstTaken == nil { firstTaken = row }
        row += count
        let runCount = starts.count - 1
        while run < runCount, starts[run + 1] <= row { run += 1 }
        if run < runCount {
            prefix = prefixes?[run] ?? 0
        } else {
            closeTaken()
            try open(blockFrom: block + 1)
        }
    }

    /// Notes what was taken of the block.
    private func closeTaken() {
        if let table, let first = firstTaken { taken.append(Taken(table: table, block: block, rows: first..<row)) }
        firstTaken = nil
    }

    /// The rows that were taken since the last call, in their order.
    func takenRows() -> [Taken] {
        closeTaken()
        defer { taken = [] }
        return taken
    }

    /// Lets go of the blocks of rows that were handed out and used, but for the one that is open.
    func release(_ used: [Taken]) {
        for part in used where part.block != block || isAtEnd { segment.release(part.block) }
    }
}
