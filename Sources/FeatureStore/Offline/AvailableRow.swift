/// Finds the last row that was known at a time, among rows sorted by event time.
///
/// Rows that became known late make the last one unusable; a plain scan backwards would then cost the length of the
/// backfill for each question. Beyond a short scan, minima of `created` over blocks of 64 rows, and of 64 blocks, and
/// so on, are made once a run and skip what is not known. Complexity: O(1) usually, O(64 log rows) at worst.
struct AvailableRow {
    private let created: UnsafeBufferPointer<Int64>
    private let rows: Range<Int>
    /// `levels[0][i]` is the least `created` of rows `64 i ..< 64 (i + 1)` of the run; each next level of 64 of those.
    private var levels: [[Int64]] = []
    private static let fanOut = 64

    init(created: UnsafeBufferPointer<Int64>, rows: Range<Int>) {
        self.created = created
        self.rows = rows
    }

    /// The greatest row below `end` whose `created` is at most `time`; nil if there is none.
    mutating func last(before end: Int, knownAt time: Int64) -> Int? {
        var row = end - 1
        let near = max(rows.lowerBound, end - Self.fanOut)
        while row >= near {
            if created[row] <= time { return row }
            row -= 1
        }
        if row < rows.lowerBound { return nil }
        if levels.isEmpty { makeLevels() }
        return searchDown(through: row - rows.lowerBound, time)
    }

    /// Goes up while whole blocks to the left hold nothing, then down into the last block that holds a known row.
    private func searchDown(through lastOffset: Int, _ time: Int64) -> Int? {
        var level = -1
        var index = lastOffset
        while true {
            // At `level`, entries at or left of `index` within its parent block are candidates.
            let parent = index / Self.fanOut
            var entry = index
            while entry >= parent * Self.fanOut {
                if value(level, entry) <= time { return descend(level, entry, time) }
                entry -= 1
            }
            if parent == 0 { return nil }
            index = parent - 1
            level += 1
        }
    }

    private func descend(_ level: Int, _ entry: Int, _ time: Int64) -> Int? {
        var (level, entry) = (level, entry)
        while level >= 0 {
            level -= 1
            let count = level < 0 ? rows.count : levels[level].count
            var child = min((entry + 1) * Self.fanOut, count) - 1
            while value(level, child) > time { child -= 1 }
            entry = child
        }
        return rows.lowerBound + entry
    }

    private func value(_ level: Int, _ entry: Int) -> Int64 {
        level < 0 ? created[rows.lowerBound + entry] : levels[level][entry]
    }

    private mutating func makeLevels() {
        var level = -1
        var count = rows.count
        repeat {
            var minima: [Int64] = []
            for start in stride(from: 0, to: count, by: Self.fanOut) {
                var least = Int64.max
                for entry in start..<min(start + Self.fanOut, count) { least = min(least, value(level, entry)) }
                minima.append(least)
            }
            levels.append(minima)
            count = minima.count
            level += 1
        } while count > 1
    }
}
