import Columnar

/// Vectors: their lengths (Euclidean norms) as numbers, and of each dimension the ends and the exact mean.
///
/// A vector with an element that is not finite has no norm; it is counted, and left out.
struct VectorSummary: Hashable, Sendable {
    struct Dimension: Hashable, Sendable {
        /// As `Float.order` numbers them.
        var ends = Ends()
        var sum = ExactSum()
    }

    /// Of the vectors that are finite.
    var norms = NumberSummary(kind: .double)
    var notFinite: Int64 = 0
    /// Of the vectors that are finite; empty if there are more than `maximumDimensions`.
    var dimensions: [Dimension]

    /// Of longer vectors only the norms are summarised.
    static let maximumDimensions = 1024

    init(dimensions: Int) {
        let dimensions = dimensions <= Self.maximumDimensions ? dimensions : 0
        self.dimensions = [Dimension](repeating: Dimension(), count: dimensions)
    }

    var count: Int64 { norms.count }
}

extension VectorSummary: CountedSummary {
    var values: FeatureSummary.Values { .vectors(self) }

    /// Of the norms.
    var frequencies: ValueFrequencies<UInt64> {
        get { norms.frequencies }
        set { norms.frequencies = newValue }
    }

    /// - Precondition: both have as many dimensions.
    mutating func merge(_ other: VectorSummary) {
        precondition(dimensions.count == other.dimensions.count)
        norms.merge(other.norms)
        notFinite += other.notFinite
        for i in dimensions.indices {
            dimensions[i].ends.merge(other.dimensions[i].ends)
            dimensions[i].sum.merge(other.dimensions[i].sum)
        }
    }

    func write(to writer: inout SketchWriter) {
        norms.write(to: &writer)
        writer.write(UInt64(notFinite))
        writer.write(UInt64(dimensions.count))
        for dimension in dimensions {
            dimension.ends.write(to: &writer)
            dimension.sum.write(to: &writer)
        }
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        norms = try NumberSummary(reading: &reader)
        notFinite = try reader.readCount()
        dimensions = []
        for _ in 0..<(try reader.readCount(atMost: Int64(Self.maximumDimensions))) {
            dimensions.append(Dimension(ends: try Ends(reading: &reader), sum: try ExactSum(reading: &reader)))
        }
    }
}
