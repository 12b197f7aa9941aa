import Columnar

/// Numbers: exact moments and ends, quantiles, how many are different, and the most frequent.
///
/// NaNs are counted and otherwise left out; infinities count as ends and as values, but not in moments and quantiles.
struct NumberSummary: Hashable, Sendable {
    /// How the bits of a value are to be read.
    enum Kind: UInt8, Sendable {
        case integer, single, double
    }

    let kind: Kind
    var nans: Int64 = 0
    var positiveInfinities: Int64 = 0
    var negativeInfinities: Int64 = 0
    /// As `order(of:)` numbers them.
    var ends = Ends()
    /// Of the finite values.
    var moments = ExactMoments()
    /// Of the finite values.
    var quantiles = DDSketch()
    /// Of all values, by their bits; -0 counts as 0.
    var frequencies = ValueFrequencies<UInt64>()

    init(kind: Kind) { self.kind = kind }

    /// All values, without NaNs.
    var count: Int64 { moments.count + positiveInfinities + negativeInfinities }

    /// The value that an end of `ends` stands for.
    func value(atOrder order: Int64) -> Value {
        switch kind {
        case .integer: .int(order)
        case .single: .float32(Float(order: Int32(truncatingIfNeeded: order)))
        case .double: .float64(Double(order: order))
        }
    }

    /// The value that an item of `frequencies` stands for.
    func value(ofItem item: UInt64) -> Value {
        switch kind {
        case .integer: .int(Int64(bitPattern: item))
        case .single: .float32(Float(bitPattern: UInt32(truncatingIfNeeded: item)))
        case .double: .float64(Double(bitPattern: item))
        }
    }
}

extension Float {
    /// Numbers that order as the floats do; -0 comes right before 0.
    @inline(__always)
    var order: Int32 {
        let bits = Int32(bitPattern: bitPattern)
        return bits ^ (bits &>> 31 & .max)
    }

    init(order: Int32) { self.init(bitPattern: UInt32(bitPattern: order ^ (order >> 31 & .max))) }
}

extension Double {
    /// Numbers that order as the doubles do; -0 comes right before 0.
    @inline(__always)
    var order: Int64 {
        let bits = Int64(bitPattern: bitPattern)
        return bits ^ (bits &>> 63 & .max)
    }

    init(order: Int64) { self.init(bitPattern: UInt64(bitPattern: order ^ (order >> 63 & .max))) }
}

extension NumberSummary: CountedSummary {
    var values: FeatureSummary.Values { .numbers(self) }

    /// - Precondition: both are of one kind.
    mutating func merge(_ other: NumberSummary) {
        precondition(kind == other.kind)
        nans += other.nans
        positiveInfinities += other.positiveInfinities
        negativeInfinities += other.negativeInfinities
        ends.merge(other.ends)
        moments.merge(other.moments)
        quantiles.merge(other.quantiles)
        frequencies.merge(other.frequencies)
    }

    func write(to writer: inout SketchWriter) {
        writer.write(byte: kind.rawValue)
        writer.write(UInt64(nans))
        writer.write(UInt64(positiveInfinities))
        writer.write(UInt64(negativeInfinities))
        ends.write(to: &writer)
        moments.write(to: &writer)
        quantiles.write(to: &writer)
        frequencies.write(to: &writer)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        guard let kind = Kind(rawValue: try reader.readByte()) else {
            throw SketchError("its numbers are of no known kind")
        }
        self.kind = kind
        nans = try reader.readCount()
        positiveInfinities = try reader.readCount()
        negativeInfinities = try reader.readCount()
        ends = try Ends(reading: &reader)
        moments = try ExactMoments(reading: &reader)
        quantiles = try DDSketch(reading: &reader)
        frequencies = try ValueFrequencies(reading: &reader)
    }
}
