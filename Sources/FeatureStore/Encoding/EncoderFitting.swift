import Columnar
import Foundation

/// Why encoders cannot be fitted.
public struct EncodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence that says what is wrong and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Fits a feature's steps, one after the other, each on what the one before made of the rows.
///
/// Nulls and NaN are missing; statistics are of finite numbers. Memory is one column in float64 or as category numbers,
/// whatever the number of features. Quantiles and medians are exact (selection, not sorting: O(rows) each).
struct EncoderFitting: Sendable {
    /// Rows' labels for `target`, by column name; NaN where there is none.
    let label: @Sendable (String) throws(EncodingError) -> [Double]

    /// - Throws: `EncodingError` if nothing can be learned, such as the mean of no number.
    func fit(
        _ feature: FeatureReference, type: FeatureType, steps: [EncodingStep], column: Column
    ) throws(EncodingError) -> FittedFeature {
        var values = EncodedValues(column, type, for: steps)
        var fitted: [FittedStep] = []
        for step in steps {
            let made = try fit(step, on: values, feature)
            fitted.append(made)
            if step != steps.last { values.apply(made) }
        }
        return FittedFeature(feature: feature, type: type, steps: steps, fitted: fitted)
    }

    private func fit(
        _ step: EncodingStep, on values: EncodedValues, _ feature: FeatureReference
    ) throws(EncodingError) -> FittedStep {
        func numbers() throws(EncodingError) -> [Double] {
            let finite = values.finiteNumbers
            guard !finite.isEmpty else {
                throw EncodingError(
                    "\(feature) has no number in these rows, so '\(step)' cannot be fitted; fit on others")
            }
            return finite
        }
        switch step {
        case .pass: return .pass
        case .log1p: return .log1p
        case .normalize: return .normalize
        case .clip(let least, let greatest):
            return .clip(least: least ?? -.greatestFiniteMagnitude, greatest: greatest ?? .greatestFiniteMagnitude)
        case .bucketize(let edges): return .bucketize(edges: edges)
        case .hashed(let buckets): return .hashed(buckets: buckets)
        case .cyclic(let cycles): return .cyclic(cycles)
        case .standardize:
            let (mean, deviation) = Self.moments(of: try numbers())
            return .affine(shift: mean, scale: deviation == 0 ? 1 : deviation)
        case .minMax:
            let all = try numbers()
            let (least, greatest) = (all.min() ?? 0, all.max() ?? 0)
            return .affine(shift: least, scale: greatest == least ? 1 : greatest - least)
        case .robust:
            var all = try numbers()
            let (first, middle, third) = (
                Self.quantile(0.25, of: &all), Self.quantile(0.5, of: &all), Self.quantile(0.75, of: &all)
            )
            return .affine(shift: middle, scale: third == first ? 1 : third - first)
        case .quantileBucketize(let count):
            var all = try numbers()
            let edges = (1..<count).map { Self.quantile(Double($0) / Double(count), of: &all) }
            return .bucketize(edges: edges.reduce(into: []) { if $0.last != $1 { $0.append($1) } })
        case .impute(let imputation, let hasIndicator):
            return try fit(imputation, hasIndicator, on: values, numbers)
        case .oneHot(let maximum):
            // The most frequent ones; of equally frequent ones the first in order.
            let counts = values.categoryCounts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            return .oneHot(counts.prefix(maximum).map(\.key).sorted())
        case .ordinal: return .ordinal(values.categoryCounts.keys.sorted())
        case .frequency:
            let counts = values.categoryCounts
            let categories = counts.keys.sorted()
            let total = Double(max(1, values.count))
            return .numbers(
                categories, values: categories.map { Double(counts[$0] ?? 0) / total }, unknown: 0,
                missing: Double(values.missingCount) / total)
        case .target(let name, let smoothing, _):
            return try target(values, try label(name), smoothing, feature)
        }
    }

    private func fit(
        _ imputation: EncodingStep.Imputation, _ hasIndicator: Bool, on values: EncodedValues,
        _ numbers: () throws(EncodingError) -> [Double]
    ) throws(EncodingError) -> FittedStep {
        switch imputation {
        case .mean: return .imputeNumber(Self.moments(of: try numbers()).mean, hasIndicator: hasIndicator)
        case .median:
            var all = try numbers()
            return .imputeNumber(Self.quantile(0.5, of: &all), hasIndicator: hasIndicator)
        case .number(let number):
            if values.isInteger, let whole = Int64(exactly: number) {
                return .imputeInteger(whole, hasIndicator: hasIndicator)
            }
            return .imputeNumber(number, hasIndicator: hasIndicator)
        case .text(let text):
            return .imputeText(
                values.type == .bytes ? .bytes(Data(text.utf8)) : .text(text), hasIndicator: hasIndicator)
        case .mostFrequent:
            let best = values.categoryCounts.max { $0.value != $1.value ? $0.value < $1.value : $1.key < $0.key }
            guard let category = best?.key else { throw EncodingError("all values are null, so none is most frequent") }
            if case .integer(let number) = category { return .imputeInteger(number, hasIndicator: hasIndicator) }
            return .imputeText(category, hasIndicator: hasIndicator)
        }
    }

    /// Mean and population standard deviation, in two passes.
    static func moments(of numbers: [Double]) -> (mean: Double, deviation: Double) {
        let count = Double(numbers.count)
        let mean = numbers.reduce(0, +) / count
        var squares = 0.0
        for number in numbers { squares += (number - mean) * (number - mean) }
        return (mean, (squares / count).squareRoot())
    }

    /// The quantile between the two nearest ranks (Hyndman and Fan 1996, definition 7, numpy's default); moves `numbers`.
    static func quantile(_ share: Double, of numbers: inout [Double]) -> Double {
        let position = share * Double(numbers.count - 1)
        let low = Int(position.rounded(.down))
        let value = numbers.withUnsafeMutableBufferPointer { select(low, in: $0) }
        let fraction = position - Double(low)
        guard fraction > 0, low + 1 < numbers.count else { return value }
        // What follows the selected place is not less, so the next rank is its least.
        let next = numbers[(low + 1)...].min() ?? value
        return value + (next - value) * fraction
    }

    /// Moves the value of rank `rank` to its place, and none greater before it (Hoare 1961, FIND).
    private static func select(_ rank: Int, in numbers: UnsafeMutableBufferPointer<Double>) -> Double {
        var (left, right) = (0, numbers.count - 1)
        while left < right {
            let pivot = numbers[left + (right - left) / 2]
            var (low, high) = (left, right)
            while low <= high {
                while numbers[low] < pivot { low += 1 }
                while numbers[high] > pivot { high -= 1 }
                if low <= high {
                    numbers.swapAt(low, high)
                    low += 1
                    high -= 1
                }
            }
            if rank <= high { right = high } else if rank >= low { left = low } else { break }
        }
        return numbers[rank]
    }
}
