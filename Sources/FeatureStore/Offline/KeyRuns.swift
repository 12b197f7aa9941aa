import Columnar

/// The keys of consecutive rows of a block of sorted history: each different key once, and where its rows start.
struct KeyRuns: Sendable {
    let keys: EncodedKeys
    /// The first row's place in the block.
    private let firstRow: Int
    /// Where each run starts, from the first row, and the end: `keys.count + 1` numbers.
    let starts: [Int32]

    var count: Int { keys.count }

    /// The rows of a run in the block.
    func rows(of run: Int) -> Range<Int> { firstRow + Int(starts[run])..<firstRow + Int(starts[run + 1]) }

    /// Runs of equal rows over key columns that are each given as runs.
    init(_ columns: [DictionaryRuns], encoder: KeyEncoder, rowCount: Int, firstRow: Int = 0) {
        self.firstRow = firstRow
        if columns.count == 1 {
            keys = encoder.encode([columns[0].values])
            starts = columns[0].starts
            return
        }
        var starts: [Int32] = [0]
        var indices = columns.map { _ in [Int32]() }
        var run = columns.map { _ in 0 }
        var end = columns.map { Int32($0.lengths.first ?? 0) }
        var row: Int32 = 0
        while row < Int32(rowCount) {
            let next = end.min() ?? 0
            for (i, column) in columns.enumerated() {
                indices[i].append(column.indices[run[i]])
                if end[i] == next && next < Int32(rowCount) {
                    run[i] += 1
                    end[i] += column.lengths[run[i]]
                }
            }
            row = next
            starts.append(row)
        }
        keys = encoder.encode(
            zip(columns, indices).map { column, indices in
                indices.withUnsafeBufferPointer { column.dictionary.taking($0) }
            })
        self.starts = starts
    }

    /// The run of one key.
    init(key: EncodedKeys, rows: Range<Int>) {
        keys = key
        firstRow = rows.lowerBound
        starts = [0, Int32(truncatingIfNeeded: rows.count)]
    }

    /// Runs of equal neighbours in plain key columns.
    init(plain columns: [Column], encoder: KeyEncoder, firstRow: Int = 0) {
        self.firstRow = firstRow
        let rowKeys = encoder.encode(columns)
        var starts: [Int32] = []
        for row in 0..<rowKeys.count where row == 0 || rowKeys.compare(row - 1, with: rowKeys, row) != 0 {
            starts.append(Int32(row))
        }
        keys = encoder.encode(columns.map { column in starts.withUnsafeBufferPointer { column.taking($0) } })
        starts.append(Int32(rowKeys.count))
        self.starts = starts
    }
}

extension DictionaryRuns {
    /// The value of each run.
    fileprivate var values: Column {
        // Values of a sorted column stand in the dictionary as they do in the rows.
        if let first = indices.first, let last = indices.last, indices.count == Int(last - first) + 1,
            zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 })
        {
            return dictionary.slice(Int(first)..<Int(last) + 1)
        }
        return indices.withUnsafeBufferPointer { dictionary.taking($0) }
    }

    /// The first row of each run, and the end.
    fileprivate var starts: [Int32] {
        var starts: [Int32] = [0]
        starts.reserveCapacity(lengths.count + 1)
        var row: Int32 = 0
        for length in lengths {
            row += length
            starts.append(row)
        }
        return starts
    }
}
