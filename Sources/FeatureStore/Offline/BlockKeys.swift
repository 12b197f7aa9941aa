import Columnar

/// The keys of one block of a segment, of which those rows are read that may have wanted keys.
struct BlockKeys {
    private let segment: SegmentFile
    private let block: Int
    private let columns: [ColumnPages]
    private let firstColumn: Int

    /// Keys of a page up to which each is looked for by itself; of more, all runs of the page are read.
    private static let searchedKeys = 4

    /// - Parameter keyColumns: the file's columns of the key components.
    init(of block: Int, in segment: SegmentFile, _ keyColumns: [Int]) throws(DataError) {
        self.segment = segment
        self.block = block
        firstColumn = keyColumns[0]
        columns = try keyColumns.map { (column) throws(DataError) in
            try segment.file.pages(of: column, rowGroup: block)
        }
    }

    /// The runs of all rows.
    func runs() throws(DataError) -> KeyRuns { try runs(rows: 0..<segment.rowCount(of: block)) }

    /// The first row's key.
    func first() throws(DataError) -> EncodedKeys { try runs(rows: 0..<1).keys }

    /// The runs of those rows that may have one of the keys at `range`, which ascend in `keys`; in the order of rows.
    func runs(holding keys: EncodedKeys, _ range: Range<Int>) throws(DataError) -> [KeyRuns] {
        let pages = columns[0]
        guard let bounds = try segment.file.pageBounds(of: firstColumn, rowGroup: block), bounds.count == pages.count,
            let keyBounds = KeyBounds(bounds, types: segment.encoder.types)
        else { return [try runs()] }
        var found: [KeyRuns] = []
        // Rows of neighbouring pages that are read at once.
        var pending = 0..<0
        func readPending() throws(DataError) {
            if !pending.isEmpty { found.append(try runs(rows: pending)) }
            pending = 0..<0
        }
        var dictionary: EncodedKeys?
        for (page, own) in keyBounds.stretches(holding: keys, range) {
            if own.count <= Self.searchedKeys {
                if dictionary == nil { dictionary = try firstComponents() }
                if let dictionary, let places = try places(ofPage: page, holding: keys, own, dictionary) {
                    try readPending()
                    for (index, rows) in places {
                        // One component is the key.
                        found.append(
                            columns.count == 1
                                ? KeyRuns(key: dictionary.taking([index]), rows: rows) : try runs(rows: rows))
                    }
                    continue
                }
            }
            let rows = pages.rows(of: page)
            if pending.upperBound != rows.lowerBound { try readPending() }
            pending = (pending.isEmpty ? rows.lowerBound : pending.lowerBound)..<rows.upperBound
        }
        try readPending()
        return found
    }

    /// The different values of the first component, which ascend as rows do, as keys; nil if the file has no such list.
    private func firstComponents() throws(DataError) -> EncodedKeys? {
        guard let values = try columns[0].readDictionary() else { return nil }
        return KeyEncoder([segment.encoder.types[0]]).encode([values])
    }

    /// The rows of a page that have the first component of one of the keys `own`, with its place in the dictionary; nil if
    /// they cannot be looked for.
    private func places(
        ofPage page: Int, holding keys: EncodedKeys, _ own: Range<Int>, _ dictionary: EncodedKeys
    ) throws(DataError) -> [(index: Int, rows: Range<Int>)]? {
        var found: [(index: Int, rows: Range<Int>)] = []
        var previous = -1
        for key in own {
            let index = Self.index(of: key, keys, in: dictionary)
            guard let index, index != previous else { continue }
            previous = index
            guard let rows = try columns[0].rows(ofIndex: index, page: page) else { return nil }
            if !rows.isEmpty { found.append((index, rows)) }
        }
        return found
    }

    /// The place of a key's first component among those that ascend in `dictionary`. Complexity: O(log dictionary).
    private static func index(of key: Int, _ keys: EncodedKeys, in dictionary: EncodedKeys) -> Int? {
        withExtendedLifetime((keys, dictionary)) {
            var (low, high) = (0, dictionary.count)
            while low < high {
                let middle = (low + high) / 2
                if dictionary.compareComponent(middle, with: keys, key) < 0 { low = middle + 1 } else { high = middle }
            }
            return low < dictionary.count && dictionary.compareComponent(low, with: keys, key) == 0 ? low : nil
        }
    }

    private func runs(rows: Range<Int>) throws(DataError) -> KeyRuns {
        var runs: [DictionaryRuns] = []
        for pages in columns {
            guard let columnRuns = try pages.readRuns(rows: rows) else {
                let columns = try segment.keyColumnsPlain(of: block).map { $0.slice(rows) }
                return KeyRuns(plain: columns, encoder: segment.encoder, firstRow: rows.lowerBound)
            }
            runs.append(columnRuns)
        }
        return KeyRuns(runs, encoder: segment.encoder, rowCount: rows.count, firstRow: rows.lowerBound)
    }
}
