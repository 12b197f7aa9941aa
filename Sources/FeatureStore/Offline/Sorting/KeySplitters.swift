/// Cuts the words of keys into ranges that hold about as many rows each, by a sample of the words.
///
/// Splitters are the sample's quantiles (Frazer and McKellar 1970, samplesort). A table of the upper bits answers where a
/// range begins, so that a word is compared with the few splitters of its own cell only.
struct KeySplitters: Sendable {
    /// Ascending and different; a bucket begins at each.
    private let splitters: [UInt64]
    private let least: UInt64
    private let shift: UInt64
    /// For each cell of the table, the splitters below it; and their number.
    private let splittersBelow: [UInt16]

    static let maximumBuckets = 512
    private static let cellBits = 12

    var bucketCount: Int { splitters.count + 1 }

    /// - Parameter sample: words of some rows, in any order.
    init(sample: [UInt64], buckets: Int) {
        let sorted = sample.sorted()
        var splitters: [UInt64] = []
        for i in 1..<max(1, min(buckets, Self.maximumBuckets, sorted.count)) {
            let word = sorted[i * sorted.count / min(buckets, Self.maximumBuckets, sorted.count)]
            if word > splitters.last ?? sorted[0] { splitters.append(word) }
        }
        self.splitters = splitters
        least = splitters.first ?? 0
        let bits = 64 - ((splitters.last ?? 0) - least).leadingZeroBitCount
        shift = UInt64(max(0, bits - Self.cellBits))
        var below: [UInt16] = []
        var next = 0
        for cell in 0..<UInt64(1 << Self.cellBits) {
            while next < splitters.count, (splitters[next] - least) &>> shift < cell { next += 1 }
            below.append(UInt16(next))
        }
        below.append(UInt16(splitters.count))
        splittersBelow = below
    }

    /// Writes the bucket of each of `words` to `buckets`, and counts them.
    func assign(
        _ words: UnsafeBufferPointer<UInt64>, to buckets: UnsafeMutableBufferPointer<UInt16>, counts: inout [Int]
    ) {
        let last = splittersBelow.count - 2
        splitters.withUnsafeBufferPointer { splitters in
            splittersBelow.withUnsafeBufferPointer { below in
                counts.withUnsafeMutableBufferPointer { counts in
                    for row in 0..<words.count {
                        let word = words[row]
                        // What lies beyond the splitters belongs to the first or the last cell.
                        let offset = word < least ? 0 : (word &- least) &>> shift
                        let cell = Int(truncatingIfNeeded: min(offset, UInt64(last)))
                        var bucket = Int(below[cell])
                        let end = Int(below[cell &+ 1])
                        while bucket < end && splitters[bucket] <= word { bucket &+= 1 }
                        buckets[row] = UInt16(truncatingIfNeeded: bucket)
                        counts[bucket] &+= 1
                    }
                }
            }
        }
    }
}
