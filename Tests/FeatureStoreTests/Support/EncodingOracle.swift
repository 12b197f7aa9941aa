import Columnar
import Foundation

@testable import FeatureStore

/// What fitted steps make of one value, as plainly as docs/reference/encoders.md reads.
struct EncodingOracle {
    let feature: FittedFeature

    private enum Piece {
        case missing
        case number(Double)
        case category(Category)
        case time(Int64)
        case vector([Float])
    }

    func slots(_ value: Value) -> [Float] {
        var piece = start(value)
        var slots: [Float]?
        var wasMissing = false
        for step in feature.fitted {
            if step.hasIndicator, case .missing = piece { wasMissing = true }
            switch step {
            case .oneHot(let categories):
                slots = [Float](repeating: 0, count: categories.count + 2)
                if let category = category(piece) {
                    slots?[categories.firstIndex(of: category) ?? categories.count] = 1
                } else {
                    slots?[categories.count + 1] = 1
                }
            case .hashed(let buckets):
                slots = [Float](repeating: 0, count: buckets)
                if let category = category(piece) {
                    slots?[Int(category.raw.withUnsafeBytes { XXHash64.hash($0) } % UInt64(buckets))] = 1
                }
            case .cyclic(let cycles): slots = cycles.flatMap { circle($0, piece) }
            case .normalize:
                if case .vector(let elements) = piece {
                    let length = elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
                    piece = .vector(elements.map { length == 0 ? $0 : Float(Double($0) / length) })
                }
            default: piece = numeric(step, piece)
            }
            if case .number(let number) = piece, number.isNaN { piece = .missing }
        }
        return (slots ?? end(piece)) + (feature.hasIndicator ? [wasMissing ? 1 : 0] : [])
    }

    private func start(_ value: Value) -> Piece {
        switch value {
        case .bool(let flag): .category(.integer(flag ? 1 : 0))
        case .int(let number): .category(.integer(number))
        case .float32(let number): number.isNaN ? .missing : .number(Double(number))
        case .float64(let number): number.isNaN ? .missing : .number(number)
        case .string(let text): .category(.text(text))
        case .bytes(let bytes): .category(.bytes(Data(bytes)))
        case .timestamp(let time): .time(time.microseconds)
        case .list(let values): .vector(values.map { if case .float32(let element) = $0 { element } else { .nan } })
        default: .missing
        }
    }

    private func number(_ piece: Piece) -> Double? {
        switch piece {
        case .number(let number): number
        case .category(.integer(let number)): Double(number)
        default: nil
        }
    }

    private func category(_ piece: Piece) -> Category? {
        switch piece {
        case .number(let number): .integer(Int64(number))
        case .category(let category): category
        default: nil
        }
    }

    private func numeric(_ step: FittedStep, _ piece: Piece) -> Piece {
        switch step {
        case .imputeNumber(let with, _): number(piece).map { .number($0) } ?? .number(with)
        case .imputeCategory(let with, _): if case .missing = piece { .category(with) } else { piece }
        case .ordinal(let categories):
            category(piece).map { .number(categories.firstIndex(of: $0).map { Double($0) } ?? -1) } ?? .missing
        case .numbers(let categories, let values, let unknown, let missing):
            .number(category(piece).map { categories.firstIndex(of: $0).map { values[$0] } ?? unknown } ?? missing)
        default: number(piece).map { .number(changed($0, step)) } ?? piece
        }
    }

    private func changed(_ x: Double, _ step: FittedStep) -> Double {
        switch step {
        case .affine(let shift, let scale): (x - shift) / scale
        case .log1p: Foundation.log1p(x)
        case .clip(let least, let greatest): min(max(x, least ?? -.infinity), greatest ?? .infinity)
        case .bucketize(let edges): Double(edges.count { $0 <= x })
        default: x
        }
    }

    private func circle(_ cycle: EncodingStep.TimeCycle, _ piece: Piece) -> [Float] {
        guard case .time(let microseconds) = piece else { return [.nan, .nan] }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        let parts = calendar.dateComponents(
            [.month, .day, .hour, .minute, .second, .weekday],
            from: Date(timeIntervalSince1970: (Double(microseconds) / 1e6).rounded(.down)))
        let second = Double(parts.second ?? 0) + Double((microseconds % 1_000_000 + 1_000_000) % 1_000_000) / 1e6
        let minute = Double(parts.minute ?? 0) + second / 60
        let hour = Double(parts.hour ?? 0) + minute / 60
        let day = Double((parts.day ?? 1) - 1) + hour / 24
        let share =
            switch cycle {
            case .minute: minute / 60
            case .hour: hour / 24
            case .weekday: (Double(((parts.weekday ?? 1) + 5) % 7) + hour / 24) / 7
            case .day: day / 31
            case .month: (Double((parts.month ?? 1) - 1) + day / 31) / 12
            }
        return [Float(sin(2 * .pi * share)), Float(cos(2 * .pi * share))]
    }

    private func end(_ piece: Piece) -> [Float] {
        let width = feature.valueWidth
        switch piece {
        case .vector(let elements): return elements
        case .missing, .time: return [Float](repeating: .nan, count: width)
        default: return [number(piece).map { Float($0) } ?? .nan]
        }
    }
}

extension SeededGenerator {
    /// Steps that a feature of a type can take.
    mutating func steps(for type: FeatureType) -> [EncodingStep] {
        let fill: EncodingStep.Imputation =
            [.mean, .median, .number(3.5), .number(7)].randomElement(using: &self) ?? .mean
        let categories: [[EncodingStep]] = [
            [.oneHot(maximumCategories: 3)], [.ordinal], [.ordinal, .minMax], [.frequency], [.hashed(buckets: 16)],
            [.impute(.mostFrequent, hasIndicator: chance(0.5)), .oneHot(maximumCategories: 2)],
            [.impute(.mostFrequent, hasIndicator: chance(0.5)), .frequency, .standardize],
            [.target(label: "y", smoothing: 1, folds: 2)], [.target(label: "y", smoothing: 0, folds: 3), .standardize],
            [.impute(.mostFrequent, hasIndicator: true), .target(label: "y", smoothing: 2, folds: 2)],
        ]
        let numbers: [[EncodingStep]] = [
            [.pass], [.standardize], [.minMax], [.robust], [.log1p],
            [.log1p, .impute(fill, hasIndicator: true), .minMax],
            [.impute(fill, hasIndicator: chance(0.5)), .standardize], [.impute(fill, hasIndicator: false), .robust],
            [.clip(least: -5, greatest: chance(0.5) ? 5 : nil), .standardize],
            [.bucketize(edges: [-1, 0, 1]), .oneHot(maximumCategories: 9)],
            [.quantileBucketize(count: 4)], [.quantileBucketize(count: 3), .oneHot(maximumCategories: 2)],
            [.quantileBucketize(count: 30), .impute(.number(2), hasIndicator: true), .ordinal],
            [.standardize, .clip(least: -1, greatest: 1), .bucketize(edges: [0]), .hashed(buckets: 5)],
        ]
        let choices: [[EncodingStep]] =
            switch EncodingDomain(type) {
            case .number: numbers
            case .integer:
                numbers + categories + [[.impute(.number(1), hasIndicator: true), .oneHot(maximumCategories: 4)]]
            case .text: categories + [[.impute(.text("none"), hasIndicator: true), .oneHot(maximumCategories: 3)]]
            case .time: [[.cyclic([.hour, .weekday])], [.cyclic(EncodingStep.TimeCycle.allCases)]]
            case .vector, .slots: [[.pass], [.normalize]]
            }
        return choices.randomElement(using: &self) ?? [.pass]
    }

    /// A value of the type that models see: small numbers and few categories, and now and then one that is not.
    mutating func modelValue(_ type: FeatureType) -> Value {
        if chance(0.1) { return .null }
        switch type {
        case .int32, .int64: return .int(Int64(number(-4...4)))
        case .float32:
            let choices: [Float] = [
                Float(number(-9...9)), .random(in: -3...3, using: &self), .nan, .infinity, -.infinity, -0,
                Float(bitPattern: 700),
            ]
            return .float32(chance(0.6) ? choices[number(0...1)] : choices[number(2...6)])
        case .float64:
            let choices: [Double] = [
                Double(number(-9...9)), .random(in: -3...3, using: &self), .nan, .infinity, -.infinity,
                Double(bitPattern: 1),
            ]
            return .float64(chance(0.6) ? choices[number(0...1)] : choices[number(2...5)])
        case .string:
            return .string(["", "a", "b", "Ａ", "e\u{301}", "\u{e9}", String(repeating: "x", count: 17)][number(0...6)])
        case .bytes: return .bytes((0..<number(0...2)).map { _ in UInt8(number(0...1)) })
        case .timestamp:
            return .timestamp(Timestamp(microseconds: Int64(number(-4_000_000_000...4_000_000_000)) * 999_983))
        case .vector(let count): return .list((0..<count).map { _ in .float32(Float(number(-2...2))) })
        case .bool: return .bool(chance(0.5))
        }
    }
}
