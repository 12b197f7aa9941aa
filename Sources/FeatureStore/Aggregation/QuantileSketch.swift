/// A DDSketch of floats that may be infinite or NaN: they stand at the ends, NaN above all.
struct QuantileSketch: Hashable, Sendable {
    private(set) var finite = DDSketch()
    private(set) var negativeInfinities: Int64 = 0
    private(set) var positiveInfinities: Int64 = 0
    private(set) var nans: Int64 = 0

    mutating func add(_ number: Double) {
        if number.isFinite {
            finite.add(number)
        } else if number.isNaN {
            nans += 1
        } else if number > 0 {
            positiveInfinities += 1
        } else {
            negativeInfinities += 1
        }
    }

    /// About the number of rank `q (count - 1)`, rounded down, in ascending order; nil if there is none.
    func quantile(_ q: Double) -> Double? {
        let numbers = finite.count
        let count = negativeInfinities + numbers + positiveInfinities + nans
        guard count > 0 else { return nil }
        let rank = min(count - 1, Int64(q * Double(count - 1)))
        if rank < negativeInfinities { return -.infinity }
        if rank < negativeInfinities + numbers { return finite.number(atRank: rank - negativeInfinities) }
        return rank < negativeInfinities + numbers + positiveInfinities ? .infinity : .nan
    }
}

extension QuantileSketch: Sketch {
    mutating func merge(_ other: QuantileSketch) {
        finite.merge(other.finite)
        negativeInfinities += other.negativeInfinities
        positiveInfinities += other.positiveInfinities
        nans += other.nans
    }

    func write(to writer: inout SketchWriter) {
        for count in [negativeInfinities, positiveInfinities, nans] { writer.write(UInt64(count)) }
        finite.write(to: &writer)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        negativeInfinities = try reader.readCount()
        positiveInfinities = try reader.readCount()
        nans = try reader.readCount()
        finite = try DDSketch(reading: &reader)
    }
}
