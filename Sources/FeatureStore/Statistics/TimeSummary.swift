import Columnar

/// Times: first and last, quantiles, how many are different, and the most frequent.
struct TimeSummary: Hashable, Sendable {
    /// In microseconds.
    var ends = Ends()
    /// In microseconds.
    var quantiles = UniformSketch()
    var frequencies = ValueFrequencies<UInt64>()

    var count: Int64 { quantiles.total }
}

extension TimeSummary: CountedSummary {
    var values: FeatureSummary.Values { .times(self) }

    mutating func merge(_ other: TimeSummary) {
        ends.merge(other.ends)
        quantiles.merge(other.quantiles)
        frequencies.merge(other.frequencies)
    }

    func write(to writer: inout SketchWriter) {
        ends.write(to: &writer)
        quantiles.write(to: &writer)
        frequencies.write(to: &writer)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        ends = try Ends(reading: &reader)
        quantiles = try UniformSketch(reading: &reader)
        frequencies = try ValueFrequencies(reading: &reader)
    }
}
