import Columnar

/// Finds the rows of a key in history.
struct RowSearch {
    let pattern: KeyPattern

    /// The rows of a block that are not of the key, and how many are; nil if none is.
    func rest(of part: HistoryPart, _ block: Int) throws(DataError) -> (kept: [Int32], found: Int)? {
        let runs = try part.keyRuns(of: block)
        var found: [Range<Int>] = []
        withExtendedLifetime(runs) {
            if let key = pattern.wholeKey {
                key.withUnsafeBytes { key in
                    if let run = Self.run(of: key, in: runs) { found.append(runs.rows(of: run)) }
                }
            } else {
                for run in 0..<runs.count where pattern.matches(runs.keys.bytes(at: run)) {
                    found.append(runs.rows(of: run))
                }
            }
        }
        guard !found.isEmpty else { return nil }
        var kept: [Int32] = []
        var next = 0
        for range in found {
            kept.append(contentsOf: Int32(next)..<Int32(range.lowerBound))
            next = range.upperBound
        }
        kept.append(contentsOf: Int32(next)..<Int32(part.rowCount(of: block)))
        return (kept, found.reduce(0) { $0 + $1.count })
    }

    /// The run of a key, which ascend by their bytes. Complexity: O(log runs).
    private static func run(of key: UnsafeRawBufferPointer, in runs: KeyRuns) -> Int? {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs.keys.bytes(at: middle).lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && runs.keys.bytes(at: low).elementsEqual(key) ? low : nil
    }

    /// How many rows of a history are of the key.
    func count(in parts: [HistoryPart]) throws(DataError) -> Int {
        var count = 0
        for part in parts {
            for block in 0..<part.blockCount { count += try rest(of: part, block)?.found ?? 0 }
        }
        return count
    }

    /// The rows of `table`, whose first columns are the layout's keys, that are not of the key; nil if all are not.
    func rest(of table: Table, layout: ViewLayout) -> [Int32]? {
        let keys = KeyEncoder(layout.keys.map(\.type)).encode(layout.keyIndices.map { table.columns[$0] })
        let kept = withExtendedLifetime(keys) {
            (0..<Int32(table.rowCount)).filter { !pattern.matches(keys.bytes(at: Int($0))) }
        }
        return kept.count == table.rowCount ? nil : kept
    }
}
