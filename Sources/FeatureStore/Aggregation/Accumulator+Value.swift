import Columnar
import Foundation

extension Accumulator {
    /// A function's value of the events that were added; null of none, but for counts and rates, which are 0.
    ///
    /// - Parameters:
    ///   - function: one that the layout keeps the parts of.
    ///   - length: of the window; nil for a lifetime.
    ///   - time: of asking.
    func value(of function: AggregateFunction, over length: TimeSpan?, at time: Timestamp) -> Value {
        switch function {
        case .count: return .int(count)
        case .rate:
            guard let length, length.microseconds > 0 else { return .null }
            return .float64(Double(count) / (Double(length.microseconds) / 1e6))
        default: return isEmpty ? .null : valueOfSome(function, at: time)
        }
    }

    private func valueOfSome(_ function: AggregateFunction, at time: Timestamp) -> Value {
        let type = layout.type ?? .int64
        switch function {
        case .count, .rate: return .null
        case .sum:
            if layout.isFloat { return .float64(sum.rounded) }
            return Int64(exactly: wholeSum).map { .int($0) } ?? .null
        case .mean:
            let count = UInt64(count)
            return .float64(
                layout.isFloat
                    ? sum.rounded(dividingBy: count) : Double(nearestTo: wholeSum, scaledBy: 0, dividedBy: count))
        case .variance: return moments.sampleVariance.map { .float64($0) } ?? .null
        case .stddev: return moments.standardDeviation.map { .float64($0) } ?? .null
        case .min: return minimum.value(of: type)
        case .max: return maximum.value(of: type)
        case .first: return firsts.first?.scalar.value(of: type) ?? .null
        case .last: return lasts.last?.scalar.value(of: type) ?? .null
        case .lastN(let count):
            return .string(AggregateText.list(lasts.reversed().prefix(count).map { $0.scalar.value(of: type) }))
        case .distinctCount: return .int(Int64(distinct.estimate.rounded()))
        case .quantile(let q): return sketch.quantile(q).map { .float64($0) } ?? .null
        case .timeSinceLast: return .float64(Double(time.microseconds - lastTime) / 1e6)
        }
    }

    /// Count, sum and squares as exact moments, of integers too.
    private var moments: ExactMoments {
        var total = sum
        if !layout.isFloat { total.add(whole: wholeSum) }
        return ExactMoments(count: count, sum: total, squares: squares)
    }
}

/// Lists and maps of values as text: JSON without blanks, of which the same values have one spelling.
enum AggregateText {
    static func list(_ values: [Value]) -> String { "[" + values.map(text).joined(separator: ",") + "]" }

    /// Keys as strings, in the given order.
    static func map(_ entries: [(key: Value, value: Value)]) -> String {
        let fields = entries.map { quoted($0.key.description) + ":" + text($0.value) }
        return "{" + fields.joined(separator: ",") + "}"
    }

    /// JSON has no NaN and no infinities: they are null.
    private static func text(_ value: Value) -> String {
        switch value {
        case .float32(let number): number.isFinite ? "\(number)" : "null"
        case .float64(let number): number.isFinite ? "\(number)" : "null"
        case .string, .bytes, .timestamp: quoted(value.description)
        case .null, .bool, .int, .uint, .decimal, .list: value.description
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
