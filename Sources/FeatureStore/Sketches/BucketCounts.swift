/// Counts of numbered buckets, of which only the greatest are kept apart: lower ones are collapsed into the lowest kept.
///
/// Which buckets are kept follows from the greatest bucket alone, so the result does not depend on the order in which
/// counts came. Memory: 8 bytes a bucket between the lowest and the greatest in use.
struct BucketCounts: Hashable, Sendable {
    /// How many buckets are kept apart.
    let limit: Int
    private var counts: [Int64] = []
    /// The bucket of the first count.
    private var first = 0
    private(set) var total: Int64 = 0

    init(limit: Int) { self.limit = limit }

    mutating func add(_ count: Int64, to bucket: Int) {
        guard count != 0 else { return }
        makeRoom(for: bucket)
        counts[max(bucket, first) - first] += count
        total += count
    }

    /// Makes sure that `bucket`, or the one that it is collapsed into, has a place.
    private mutating func makeRoom(for bucket: Int) {
        if counts.isEmpty {
            first = bucket
            counts = [0]
            return
        }
        let greatest = first + counts.count - 1
        if bucket > greatest {
            counts.append(contentsOf: repeatElement(0, count: min(bucket - greatest, limit)))
            if bucket - first >= limit { collapse(below: bucket - limit + 1, greatest: bucket) }
        } else if bucket < first {
            let lowest = max(bucket, greatest - limit + 1)
            guard lowest < first else { return }
            counts.insert(contentsOf: repeatElement(0, count: first - lowest), at: 0)
            first = lowest
        }
    }

    /// Takes all counts below bucket `floor` into it; `counts` was lengthened by as many as there was room for.
    private mutating func collapse(below floor: Int, greatest: Int) {
        let dropped = min(floor - first, counts.count)
        let collapsed = counts[..<dropped].reduce(0, +)
        counts.removeFirst(dropped)
        first = floor
        let missing = greatest - floor + 1 - counts.count
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
        if missing < 0 { counts.removeLast(-missing) }
        counts[0] += collapsed
    }

    mutating func merge(_ other: BucketCounts) {
        for (bucket, count) in other.used { add(count, to: bucket) }
    }

    mutating func subtract(_ other: BucketCounts) {
        for (bucket, count) in other.used { add(-count, to: bucket) }
    }

    /// The buckets whose count is not zero, ascending, with their counts.
    var used: some Sequence<(bucket: Int, count: Int64)> {
        counts.enumerated().lazy.filter { $0.element != 0 }.map { [first] in
            (bucket: first + $0.offset, count: $0.element)
        }
    }

    /// The bucket of the number with so many before it, in ascending order of buckets; nil beyond the end.
    func bucket(atRank rank: Int64) -> Int? {
        var before: Int64 = 0
        for (bucket, count) in used {
            before += count
            if before > rank { return bucket }
        }
        return nil
    }

    /// How many there are in the buckets up to `bucket`.
    func total(through bucket: Int) -> Int64 {
        guard !counts.isEmpty, bucket >= first else { return 0 }
        return counts.prefix(bucket - first + 1).reduce(0, +)
    }

    static func == (a: BucketCounts, b: BucketCounts) -> Bool {
        a.total == b.total && a.used.elementsEqual(b.used) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(total) }
}

extension BucketCounts {
    /// The number of buckets in use, then each one's distance from the one before and its count.
    func write(to writer: inout SketchWriter) {
        let used = Array(used)
        writer.write(UInt64(used.count))
        var previous = 0
        for (bucket, count) in used {
            writer.write(UInt64(bucket - previous))
            writer.write(signed: count)
            previous = bucket
        }
    }

    init(reading reader: inout SketchReader, limit: Int, within range: Range<Int>) throws(SketchError) {
        self.init(limit: limit)
        var bucket = 0
        for _ in 0..<(try reader.readCount(atMost: Int64(limit))) {
            bucket += Int(try reader.readCount(atMost: Int64(range.upperBound)))
            guard range.contains(bucket) else { throw SketchError("it holds a bucket that is out of range") }
            add(try reader.readSignedCount(), to: bucket)
        }
    }
}
