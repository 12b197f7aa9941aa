/// Where the features of a row stand in its vector of float32s.
public struct VectorLayout: Hashable, Sendable {
    /// Floats of each feature; nil where it is no number.
    public let widths: [Int?]
    /// Floats of a row; nil if a feature of it is no number.
    public let width: Int?
    /// The first float of each feature, as far as all features before it are numbers.
    let offsets: [Int]

    init(_ types: [FeatureType]) {
        widths = types.map(\.floatCount)
        width = widths.reduce(0) { sum, width in sum.flatMap { sum in width.map { sum + $0 } } }
        var offsets: [Int] = []
        var next = 0
        for width in widths {
            offsets.append(next)
            next += width ?? 0
        }
        self.offsets = offsets
    }
}

extension FeatureType {
    /// Float32s that a value gives: 1 a scalar, `count` a vector; nil if it is no number.
    var floatCount: Int? {
        switch self {
        case .bool, .int32, .int64, .float32, .float64: 1
        case .vector(let count): count
        case .string, .bytes, .timestamp: nil
        }
    }
}
