/// Which neighbouring segments are merged: size-tiered, with a fan-in of four.
///
/// A segment of n rows is of level ⌊log₄ n⌋. Neighbours, in order of arrival, of which none is above a level and four are
/// of it, are merged. Four segments of a level hold enough rows for the next one, so that each time a row is written anew
/// it rises by a level or more. Two bounds follow:
///
/// - a row of a history of n rows is written anew at most ⌊log₄ n⌋ times: 13 times in 100 million;
/// - where nothing is left to merge, at most three segments of a level stand side by side. Ingestions of like size leave
///   three a level: 9 segments after 1000 of them.
///
/// Source: the size-tiered merges of log-structured stores (O'Neil 1996), kept to neighbours, since the order of arrival
/// must be kept.
enum CompactionPolicy {
    static let fanIn = 4

    static func level(rows: Int) -> Int {
        var (level, size) = (0, max(rows, 1))
        while size >= fanIn {
            size /= fanIn
            level += 1
        }
        return level
    }

    /// The groups of neighbours to merge, each once, so that nothing is left to merge.
    ///
    /// - Parameter rows: of the segments, in order of arrival.
    static func groups(_ rows: [Int]) -> [Range<Int>] {
        var groups = rows.enumerated().map { (range: $0..<$0 + 1, rows: $1) }
        while let run = next(groups.map { level(rows: $0.rows) }) {
            let merged = groups[run]
            let range = merged[run.lowerBound].range.lowerBound..<merged[run.upperBound - 1].range.upperBound
            groups.replaceSubrange(run, with: [(range, merged.reduce(0) { $0 + $1.rows })])
        }
        return groups.map(\.range).filter { $0.count > 1 }
    }

    /// Neighbours that are to be merged, of the lowest level where there are some.
    private static func next(_ levels: [Int]) -> Range<Int>? {
        for level in Set(levels).sorted() {
            for run in levels.split(whereSeparator: { $0 > level }) where run.count(where: { $0 == level }) >= fanIn {
                return run.startIndex..<run.endIndex
            }
        }
        return nil
    }
}
