/// How often values occur, and how many different ones there are: both exact while these are few.
struct ValueFrequencies<Item: HeavyHitter & StablyHashed>: Hashable, Sendable {
    private(set) var frequent = HeavyHitters<Item>()
    /// Nothing while `frequent` holds all values, since then it says it all.
    private var estimated = HyperLogLog()

    init() {}

    /// - Parameter estimated: has seen the same values as `frequent`.
    init(frequent: HeavyHitters<Item>, estimated: HyperLogLog) {
        self.frequent = frequent
        if !frequent.isExact { self.estimated = estimated }
    }

    /// About how many different values there are.
    var distinct: Int64 {
        frequent.isExact ? Int64(frequent.keptCount) : Int64(estimated.estimate.rounded())
    }

    /// Of `distinct`; 0 while it is a count.
    var standardError: Double { frequent.isExact ? 0 : estimated.standardError }

    /// A sketch that has seen all values.
    private var seen: HyperLogLog {
        guard frequent.isExact else { return estimated }
        var sketch = HyperLogLog()
        for item in frequent.items { sketch.add(hash: item.stableHash) }
        return sketch
    }
}

/// A value with a hash that is the same on every machine and for ever.
protocol StablyHashed {
    var stableHash: UInt64 { get }
}

extension UInt64: StablyHashed {
    var stableHash: UInt64 { StableHash.word(self) }
}

extension ValueFrequencies: Sketch {
    mutating func merge(_ other: ValueFrequencies) {
        var sketch = HyperLogLog()
        // The tables of both may be exact and that of both together not, so what they hold is noted before.
        if !frequent.isExact || !other.frequent.isExact
            || frequent.keptCount + other.frequent.keptCount > 2 * frequent.capacity
        {
            sketch = seen
            sketch.merge(other.seen)
        }
        frequent.merge(other.frequent)
        self = ValueFrequencies(frequent: frequent, estimated: sketch)
    }

    func write(to writer: inout SketchWriter) {
        frequent.write(to: &writer)
        estimated.write(to: &writer)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        frequent = try HeavyHitters(reading: &reader)
        estimated = try HyperLogLog(reading: &reader)
        guard estimated.precision == HyperLogLog.defaultPrecision, frequent.capacity == HeavyHitters<Item>().capacity
        else { throw SketchError("its frequencies are of another size") }
    }
}

extension HeavyHitters {
    mutating func add(_ batch: FrequencyBatch<Item>) {
        add(batch.counted, others: batch.others, limit: batch.limit)
    }
}
