/// How many numbers, their exact sum and the exact sum of their squares: mean and variance without rounding on the way.
///
/// The variance is n Σx² - (Σx)² in whole numbers, so that it does not suffer where the mean is large against the
/// spread, does not depend on order or grouping, and numbers can be taken away again.
struct ExactMoments: Hashable, Sendable {
    private(set) var count: Int64 = 0
    private(set) var sum = ExactSum()
    private(set) var squares = ExactSum()

    init() {}

    init(count: Int64, sum: ExactSum, squares: ExactSum) {
        self.count = count
        self.sum = sum
        self.squares = squares
    }

    mutating func add(_ number: Double) {
        count += 1
        sum.add(number)
        squares.addSquare(of: number)
    }

    mutating func subtract(_ number: Double) {
        count -= 1
        sum.subtract(number)
        squares.subtractSquare(of: number)
    }

    mutating func subtract(_ other: ExactMoments) {
        count -= other.count
        sum.subtract(other.sum)
        squares.subtract(other.squares)
    }

    /// The double nearest to the mean; nil of nothing.
    var mean: Double? { count > 0 ? sum.rounded(dividingBy: UInt64(count)) : nil }

    /// The mean of the squared distances from the mean, within one unit in the last place; nil of nothing, NaN where the
    /// numbers are not all finite.
    var populationVariance: Double? { count > 0 ? scatter / Double(count) : nil }

    /// The unbiased estimate, which divides by one less; nil of fewer than two numbers.
    var sampleVariance: Double? { count > 1 ? scatter / Double(count - 1) : nil }

    /// The square root of the sample variance.
    var standardDeviation: Double? { sampleVariance?.squareRoot() }

    /// The sum of squared distances from the mean: (n Σx² - (Σx)²) / n, rounded once.
    private var scatter: Double {
        guard sum.isFinite, squares.isFinite else { return .nan }
        let total = sum.exact
        return (ScaledInteger(count) * squares.exact - total * total).rounded(dividingBy: UInt64(count))
    }
}

extension ExactMoments: Sketch {
    mutating func merge(_ other: ExactMoments) {
        count += other.count
        sum.merge(other.sum)
        squares.merge(other.squares)
    }

    func write(to writer: inout SketchWriter) {
        writer.write(UInt64(count))
        sum.write(to: &writer)
        squares.write(to: &writer)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        count = try reader.readCount()
        sum = try ExactSum(reading: &reader)
        squares = try ExactSum(reading: &reader)
    }
}
