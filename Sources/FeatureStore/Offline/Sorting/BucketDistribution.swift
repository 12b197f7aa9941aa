import Columnar

/// Where the rows of a batch go when they are dealt to buckets of neighbouring keys, each bucket's in order of arrival.
///
/// A bucket's rows fit a core's cache, so what is then done within buckets, sorting and taking rows in sorted order, costs no
/// access to memory at random: each column passes through memory twice, in sequence (a distribution sort, Knuth, TAOCP vol.
/// 3, §5.2.5).
struct BucketDistribution: Sendable {
    let rowCount: Int
    /// The first place of each bucket, and the end.
    let bucketStarts: [Int]
    /// The bucket of each row, piece by piece.
    private let buckets: [Buffer]
    /// For each piece, the place of its first row of each bucket.
    private let places: [[Int]]

    /// Rows that are meant to share a bucket: what sorting needs of them is a megabyte.
    private static let bucketRows = 32_768
    private static let sampledRows = 64

    /// - Parameters:
    ///   - words: the words of the rows' keys, piece by piece.
    ///   - bucketRows: how many rows a bucket should hold, about.
    init(of words: [Column], bucketRows: Int? = nil) {
        rowCount = words.reduce(0) { $0 + $1.count }
        let splitters = KeySplitters(
            sample: Self.sample(words, rowCount: rowCount, bucketRows ?? Self.bucketRows),
            buckets: max(1, rowCount / (bucketRows ?? Self.bucketRows)))
        let dealt = Parallel.map(words) { words -> (buckets: Buffer, counts: [Int]) in
            let buckets = MutableBuffer(uninitialized: words.count * 2)
            var counts = [Int](repeating: 0, count: splitters.bucketCount)
            withExtendedLifetime(words) {
                splitters.assign(words.elements(), to: buckets.elements(), counts: &counts)
            }
            return (buckets.freeze(), counts)
        }
        buckets = dealt.map(\.buckets)
        var places = words.map { _ in [Int](repeating: 0, count: splitters.bucketCount) }
        var starts: [Int] = []
        var place = 0
        for bucket in 0..<splitters.bucketCount {
            starts.append(place)
            for piece in dealt.indices {
                places[piece][bucket] = place
                place += dealt[piece].counts[bucket]
            }
        }
        bucketStarts = starts + [place]
        self.places = places
    }

    /// Words of rows at even distances.
    private static func sample(_ words: [Column], rowCount: Int, _ bucketRows: Int) -> [UInt64] {
        let step = max(1, bucketRows / sampledRows)
        var sample: [UInt64] = []
        for words in words {
            let elements = words.elements(as: UInt64.self)
            withExtendedLifetime(words) {
                // Steps that vary a little do not fall in with a period of the rows.
                var row = sample.count % step
                while row < elements.count {
                    sample.append(elements[row])
                    row += step + sample.count & 1
                }
            }
        }
        return sample
    }

    /// Deals the values of a piece's rows to their places in `target`.
    @inline(__always)
    func deal<Value: BitwiseCopyable>(
        _ values: UnsafeBufferPointer<Value>, ofPiece piece: Int, to target: UnsafeMutablePointer<Value>
    ) {
        let buckets = buckets[piece]
        let numbers = buckets.elements(as: UInt16.self)
        precondition(values.count >= numbers.count)
        forEachPlace(ofPiece: piece) { row, place in target[place] = values[row] }
    }

    /// Hands each row of a piece, and its place, to `body`.
    @inline(__always)
    func forEachPlace(ofPiece piece: Int, _ body: (_ row: Int, _ place: Int) -> Void) {
        let buckets = buckets[piece]
        withExtendedLifetime(buckets) {
            let numbers = buckets.elements(as: UInt16.self)
            withUnsafeTemporaryAllocation(of: Int.self, capacity: bucketStarts.count) { next in
                _ = next.initialize(from: places[piece])
                for row in 0..<numbers.count {
                    let bucket = Int(numbers[row])
                    let place = next[bucket]
                    body(row, place)
                    next[bucket] = place &+ 1
                }
            }
        }
    }
}
