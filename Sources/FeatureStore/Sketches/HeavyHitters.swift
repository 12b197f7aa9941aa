/// The most frequent values with their counts, exact while there are few different ones.
///
/// Space-Saving (Metwally, Agrawal, El Abbadi 2005) in batches: up to twice `capacity` values are counted, then the
/// rarest are dropped until `capacity` are left. Each kept value says by how much its count may be too large, which is 0
/// for one that was there from the beginning; a value that is not kept occurred at most `absentLimit` times, which is at
/// most `total / capacity`. Merging keeps these bounds (Agarwal et al. 2012, "Mergeable summaries", PODS).
///
/// While it is exact it does not depend on the order or grouping of what was added; afterwards the counts may, within
/// their stated errors. The same sequence of calls always gives the same result.
struct HeavyHitters<Item: HeavyHitter>: Sendable {
    struct Counter: Hashable, Sendable {
        /// At most this often.
        var count: Int64
        /// At least this much less often.
        var error: Int64
    }

    let capacity: Int
    /// How many values were added.
    private(set) var total: Int64 = 0
    /// How often a value that is not kept may have occurred; 0 while the counts are exact.
    private(set) var absentLimit: Int64 = 0
    private var counters: [Item: Counter] = [:]

    init(capacity: Int = 1024) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// Whether all values are kept, with their exact counts: so long as there are at most twice `capacity` different ones.
    var isExact: Bool { absentLimit == 0 }

    /// How many different values are kept.
    var keptCount: Int { counters.count }

    /// The values that are kept, in no order.
    var items: some Sequence<Item> { counters.keys }

    mutating func add(_ item: Item, count: Int64 = 1) {
        total += count
        counters[item, default: Counter(count: absentLimit, error: absentLimit)].count += count
        if counters.count > 2 * capacity { trim() }
    }

    /// Adds values that were counted elsewhere: `counted` exactly, and `others` more, each of which occurred at most `limit`
    /// times.
    mutating func add(_ counted: some Sequence<(item: Item, count: Int64)>, others: Int64, limit: Int64) {
        var batch = HeavyHitters(capacity: capacity)
        for (item, count) in counted {
            batch.counters[item, default: Counter(count: 0, error: 0)].count += count
            batch.total += count
        }
        batch.total += others
        batch.absentLimit = others > 0 ? limit : 0
        merge(batch)
    }

    /// The kept values, the most frequent first, equally frequent ones in ascending order. Those that may have occurred
    /// no more often than an absent one are left out: they say nothing.
    func top(_ limit: Int) -> [(item: Item, counter: Counter)] {
        counters.filter { $0.value.count - $0.value.error > absentLimit || isExact }.map {
            (item: $0.key, counter: $0.value)
        }
        .sorted { ($1.counter.count, $0.item) < ($0.counter.count, $1.item) }.prefix(limit).map { $0 }
    }

    /// The values that are kept with their counts, in no order: all of them, exactly, while `isExact`.
    var counted: some Sequence<(item: Item, count: Int64)> {
        counters.lazy.map { (item: $0.key, count: $0.value.count) }
    }

    /// The counter of `item`; nil if it is not kept.
    func counter(of item: Item) -> Counter? { counters[item] }

    /// Drops the rarest until `capacity` are left.
    private mutating func trim() {
        guard counters.count > capacity else { return }
        let sorted = counters.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        absentLimit = max(absentLimit, sorted[capacity].value.count)
        counters = Dictionary(uniqueKeysWithValues: sorted[..<capacity].map { ($0.key, $0.value) })
    }
}

/// A value that can be counted, put in order and kept as bytes.
protocol HeavyHitter: Hashable, Comparable, Sendable {
    func write(to writer: inout SketchWriter)
    init(reading reader: inout SketchReader) throws(SketchError)
}

extension HeavyHitters: Sketch {
    /// Both keep their bounds: what one does not keep occurred in it up to its `absentLimit` times.
    mutating func merge(_ other: HeavyHitters) {
        if !isExact || !other.isExact {
            for item in other.counters.keys where counters[item] == nil {
                counters[item] = Counter(count: absentLimit, error: absentLimit)
            }
            for item in counters.keys where other.counters[item] == nil {
                counters[item]?.count += other.absentLimit
                counters[item]?.error += other.absentLimit
            }
        }
        for (item, counter) in other.counters {
            counters[item, default: Counter(count: 0, error: 0)].count += counter.count
            counters[item]?.error += counter.error
        }
        total += other.total
        absentLimit += other.absentLimit
        if counters.count > (isExact ? 2 : 1) * capacity { trim() }
    }

    func write(to writer: inout SketchWriter) {
        writer.write(byte: Self.version)
        writer.write(UInt64(capacity))
        writer.write(UInt64(total))
        writer.write(UInt64(absentLimit))
        writer.write(UInt64(counters.count))
        for (item, counter) in counters.sorted(by: { $0.key < $1.key }) {
            item.write(to: &writer)
            writer.write(UInt64(counter.count))
            writer.write(UInt64(counter.error))
        }
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        try reader.readVersion(Self.version, of: "frequency table")
        capacity = Int(try reader.readCount(atMost: 1 << 24))
        guard capacity > 0 else { throw SketchError("it has no room for values") }
        total = try reader.readCount()
        absentLimit = try reader.readCount()
        for _ in 0..<(try reader.readCount(atMost: Int64(2 * capacity))) {
            let item = try Item(reading: &reader)
            let counter = Counter(count: try reader.readCount(), error: try reader.readCount())
            guard counters.updateValue(counter, forKey: item) == nil, counter.error <= counter.count else {
                throw SketchError("it counts a value twice")
            }
        }
    }

    private static var version: UInt8 { 1 }
}

extension HeavyHitters: Hashable {}

extension UInt64: HeavyHitter {
    func write(to writer: inout SketchWriter) { writer.write(longWord: self) }
    init(reading reader: inout SketchReader) throws(SketchError) { self = try reader.readLongWord() }
}
