import Columnar
import Foundation

/// Collects vectors of float32.
struct VectorTally: Tally {
    private var summary: VectorSummary
    private let size: Int
    private var norms = FloatTally<DoubleHistogram>()
    private var least: [Int32]
    private var greatest: [Int32]
    /// For each dimension a sum of significands a sign and exponent (Neal 2015, large superaccumulator); 2^39 fit.
    private var sums: [Int64]

    private static let exponents = 1 << 9

    init(_ type: FeatureType) {
        guard case .vector(let size) = type else { preconditionFailure("\(type) is no vector") }
        self.size = size
        summary = VectorSummary(dimensions: size)
        least = [Int32](repeating: .max, count: summary.dimensions.count)
        greatest = [Int32](repeating: .min, count: summary.dimensions.count)
        sums = [Int64](repeating: 0, count: summary.dimensions.count * Self.exponents)
    }

    mutating func add(_ column: Column) -> FrequencyBatch<UInt64> {
        guard let child = column.child, column.count > 0 else { return FrequencyBatch() }
        let elements = child.elements(as: Float.self)
        var norms: [Double] = []
        norms.reserveCapacity(column.count)
        withExtendedLifetime(child) {
            for row in 0..<column.count where !column.isNull(row) {
                let vector = UnsafeBufferPointer(rebasing: elements[row * size..<(row + 1) * size])
                let norm = Self.norm(of: vector)
                guard norm.isFinite else {
                    summary.notFinite += 1
                    continue
                }
                norms.append(norm)
                if !summary.dimensions.isEmpty { addDimensions(of: vector) }
            }
        }
        return norms.withUnsafeBufferPointer { self.norms.add($0) }
    }

    /// Squares of float32 are exact in doubles, and summed in four lanes, so always in the same order.
    private static func norm(of vector: UnsafeBufferPointer<Float>) -> Double {
        var lanes = SIMD4<Double>()
        var i = 0
        while i + 4 <= vector.count {
            let part = SIMD4<Double>(
                Double(vector[i]), Double(vector[i + 1]), Double(vector[i + 2]), Double(vector[i + 3]))
            lanes += part * part
            i += 4
        }
        var sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
        for element in vector[i...] { sum += Double(element) * Double(element) }
        return sum.squareRoot()
    }

    private mutating func addDimensions(of vector: UnsafeBufferPointer<Float>) {
        least.withUnsafeMutableBufferPointer { least in
            for (i, element) in vector.enumerated() { least[i] = min(least[i], element.order) }
        }
        greatest.withUnsafeMutableBufferPointer { greatest in
            for (i, element) in vector.enumerated() { greatest[i] = max(greatest[i], element.order) }
        }
        sums.withUnsafeMutableBufferPointer { sums in
            for (i, element) in vector.enumerated() {
                let bits = element.bitPattern
                let exponent = Int(bits &>> 23)
                let implicit: UInt32 = exponent & 0xff == 0 ? 0 : 1 << 23
                sums[i &* Self.exponents &+ exponent] &+= Int64(bits & 0x7f_ffff | implicit)
            }
        }
    }

    mutating func finish() -> (summary: VectorSummary, seen: HyperLogLog) {
        let (norms, seen) = norms.finish()
        summary.norms = norms
        for i in summary.dimensions.indices where least[i] <= greatest[i] {
            summary.dimensions[i].ends.include(Int64(least[i]), Int64(greatest[i]))
            for exponent in 0..<Self.exponents {
                let sum = sums[i * Self.exponents + exponent]
                guard sum != 0 else { continue }
                summary.dimensions[i].sum.add(
                    magnitude: UInt128(sum), exponent: max(exponent & 0xff, 1) - 150, isNegative: exponent >= 1 << 8)
            }
        }
        return (summary, seen)
    }
}
