import Columnar

/// History cut into ranges of keys that hold about as many rows each, so that one after the other can be worked on in
/// bounded memory.
struct KeyRangePlan: Sendable {
    /// Keys from one on, up to another that is not in it any more; nil for no bound.
    struct KeyRange: Sendable {
        let from: EncodedKeys?
        let to: EncodedKeys?

        static let all = KeyRange(from: nil, to: nil)
    }

    /// In the order of keys; together they hold every key once.
    let ranges: [KeyRange]
    /// Of each part, the first key of each of its blocks.
    private let firstKeys: [[EncodedKeys]]

    /// The blocks that begin in a range.
    private static let blocksOfRange = 4

    /// Complexity: O(blocks).
    init(of parts: [HistoryPart]) throws(DataError) {
        var blocks: [(part: Int, block: Int)] = []
        for (number, part) in parts.enumerated() { blocks += (0..<part.blockCount).map { (number, $0) } }
        let keys = try Parallel.tryMap(blocks) { place throws(DataError) in
            try parts[place.part].firstKey(of: place.block)
        }
        var firstKeys = parts.map { _ in [EncodedKeys]() }
        for (place, key) in zip(blocks, keys) { firstKeys[place.part].append(key) }
        self.firstKeys = firstKeys
        let ascending = keys.sorted { $0.compare(0, with: $1, 0) < 0 }
        var bounds: [EncodedKeys] = []
        for place in stride(from: Self.blocksOfRange, to: ascending.count, by: Self.blocksOfRange) {
            let key = ascending[place]
            if let last = bounds.last ?? ascending.first, last.compare(0, with: key, 0) == 0 { continue }
            bounds.append(key)
        }
        ranges = (0...bounds.count).map { i in
            KeyRange(from: i == 0 ? nil : bounds[i - 1], to: i == bounds.count ? nil : bounds[i])
        }
    }

    /// The blocks of a part that may hold keys of a range.
    func blocks(of part: Int, in range: KeyRange) -> Range<Int> {
        let keys = firstKeys[part]
        func firstBlock(notBefore key: EncodedKeys) -> Int {
            var (low, high) = (0, keys.count)
            while low < high {
                let middle = (low + high) / 2
                if keys[middle].compare(0, with: key, 0) < 0 { low = middle + 1 } else { high = middle }
            }
            return low
        }
        // The block before the first that begins in the range may go on into it.
        let start = range.from.map { max(0, firstBlock(notBefore: $0) - 1) } ?? 0
        return start..<max(start, range.to.map(firstBlock) ?? keys.count)
    }
}

extension KeyRuns {
    /// The runs whose keys are in a range.
    func runs(in range: KeyRangePlan.KeyRange) -> Range<Int> {
        func firstRun(notBefore key: EncodedKeys) -> Int {
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                if keys.compare(middle, with: key, 0) < 0 { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let start = range.from.map(firstRun) ?? 0
        return start..<max(start, range.to.map(firstRun) ?? count)
    }
}
