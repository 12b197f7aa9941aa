import Columnar
import Foundation

/// A value on its way into a vector, where it lies; bytes are valid only during the call.
enum EncoderInput {
    case missing
    case number(Double)
    case integer(Int64)
    case text(UnsafeRawBufferPointer)
    /// Microseconds UTC.
    case time(Int64)
    /// float32, unaligned.
    case vector(UnsafeRawBufferPointer)
}

/// A fitted service compiled into a flat plan: one kernel for training sets and for online reads, so that both have the
/// same bits. It allocates nothing, and any thread may use it.
///
/// NaN is missing, as null is. Arithmetic is in float64 and rounded once, to float32.
final class VectorEncoder: Sendable {
    let width: Int
    private let features: [Feature]

    struct Feature: Sendable {
        let type: FeatureType
        let ops: [Op]
        /// Its first slot.
        let start: Int
        /// Slots before the indicator's.
        let width: Int
        let hasIndicator: Bool
    }

    enum Op: Sendable {
        case affine(shift: Double, scale: Double)
        case log1p
        case clip(least: Double, greatest: Double)
        case imputeNumber(Double)
        case imputeInteger(Int64)
        case imputeText(CategoryIndex)
        case bucketize([Double])
        case oneHot(CategoryIndex)
        case ordinal(CategoryIndex)
        case numbers(CategoryIndex, values: [Double], unknown: Double, missing: Double)
        case hashed(UInt64)
        case cyclic([EncodingStep.TimeCycle])
        case normalize
    }

    convenience init(_ state: EncoderState) { self.init(state.features) }

    init(_ fitted: [FittedFeature]) {
        var start = 0
        features = fitted.map { feature in
            let hasIndicator = feature.fitted.contains(where: \.hasIndicator)
            let slots = feature.slots.count
            defer { start += slots }
            return Feature(
                type: feature.type, ops: feature.fitted.compactMap(Self.op), start: start,
                width: hasIndicator ? slots - 1 : slots, hasIndicator: hasIndicator)
        }
        width = start
    }

    private static func op(_ step: FittedStep) -> Op? {
        func index(_ categories: [FittedStep.Category]) -> CategoryIndex { CategoryIndex(categories.map(\.indexed)) }
        return switch step {
        case .pass: nil
        case .affine(let shift, let scale): .affine(shift: shift, scale: scale)
        case .log1p: .log1p
        case .clip(let least, let greatest): .clip(least: least, greatest: greatest)
        case .imputeNumber(let number, _): .imputeNumber(number)
        case .imputeInteger(let number, _): .imputeInteger(number)
        case .imputeText(let category, _): .imputeText(index([category]))
        case .bucketize(let edges): .bucketize(edges)
        case .oneHot(let categories): .oneHot(index(categories))
        case .ordinal(let categories): .ordinal(index(categories))
        case .numbers(let categories, let values, let unknown, let missing):
            .numbers(index(categories), values: values, unknown: unknown, missing: missing)
        case .hashed(let buckets): .hashed(UInt64(buckets))
        case .cyclic(let cycles): .cyclic(cycles)
        case .normalize: .normalize
        }
    }

    var featureCount: Int { features.count }
    func type(of feature: Int) -> FeatureType { features[feature].type }

    /// Encodes one feature's value into its slots.
    @inline(__always)
    func encode(_ input: EncoderInput, feature number: Int, into sink: inout some EncodingSink) {
        let feature = features[number]
        var value = input
        if case .number(let number) = value, number.isNaN { value = .missing }
        if feature.hasIndicator, case .missing = value { sink.set(feature.start + feature.width, 1) }
        for op in feature.ops {
            guard Self.apply(op, to: &value, feature, &sink) else { return }
        }
        Self.finish(value, feature, &sink)
    }

    /// Takes one step; false if it has set the slots, and nothing is left to do.
    @inline(__always)
    private static func apply(
        _ op: Op, to value: inout EncoderInput, _ feature: Feature, _ sink: inout some EncodingSink
    ) -> Bool {
        switch op {
        case .affine(let shift, let scale):
            if let number = value.asNumber { value = .number((number - shift) / scale) }
        case .log1p:
            if let number = value.asNumber { value = .number(Foundation.log1p(number)) }
        case .clip(let least, let greatest):
            // Whole numbers stay whole, so that they may name categories.
            if case .integer(let number) = value {
                value = clipped(number, least, greatest)
            } else if let number = value.asNumber {
                value = .number(max(least, min(greatest, number)))
            }
        case .imputeNumber(let number): if value.isMissing { value = .number(number) }
        case .imputeInteger(let number): if value.isMissing { value = .integer(number) }
        case .imputeText(let index): if value.isMissing { value = .text(index.first) }
        case .bucketize(let edges):
            if let number = value.asNumber { value = .integer(Int64(bucket(of: number, edges))) }
        case .oneHot(let index):
            let place = value.place(in: index)
            let slot = value.isMissing ? index.count + 1 : place < 0 ? index.count : place
            sink.set(feature.start + slot, 1)
            return false
        case .ordinal(let index): if !value.isMissing { value = .number(Double(value.place(in: index))) }
        case .numbers(let index, let values, let unknown, let missing):
            if value.isMissing {
                value = .number(missing)
            } else {
                let place = value.place(in: index)
                value = .number(place < 0 ? unknown : values[place])
            }
        case .hashed(let buckets):
            if let hash = value.hash { sink.set(feature.start + Int(hash % buckets), 1) }
            return false
        case .cyclic(let cycles):
            encode(cycles, value, feature, &sink)
            return false
        case .normalize:
            encodeNormalized(value, feature, &sink)
            return false
        }
        // What a step could not make a number of, such as a logarithm of -1, is missing from there on.
        if case .number(let number) = value, number.isNaN { value = .missing }
        return true
    }

    private static func clipped(_ number: Int64, _ least: Double, _ greatest: Double) -> EncoderInput {
        let clipped = max(least, min(greatest, Double(number)))
        if clipped == Double(number) { return .integer(number) }
        return Int64(exactly: clipped).map { .integer($0) } ?? .number(clipped)
    }

    /// How many edges are at or below `number`, by bisection.
    @inline(__always)
    static func bucket(of number: Double, _ edges: [Double]) -> Int {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] <= number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    @inline(__always)
    private static func finish(_ value: EncoderInput, _ feature: Feature, _ sink: inout some EncodingSink) {
        switch value {
        case .number(let number): sink.set(feature.start, Float(number))
        case .integer(let number): sink.set(feature.start, Float(number))
        case .vector(let elements):
            for place in 0..<min(feature.width, elements.count / 4) {
                sink.set(feature.start + place, elements.loadUnaligned(fromByteOffset: place * 4, as: Float.self))
            }
        case .missing, .text, .time:
            for place in 0..<feature.width { sink.set(feature.start + place, .nan) }
        }
    }

    private static func encodeNormalized(
        _ value: EncoderInput, _ feature: Feature, _ sink: inout some EncodingSink
    ) {
        guard case .vector(let elements) = value else { return finish(.missing, feature, &sink) }
        var sum = 0.0
        let count = min(feature.width, elements.count / 4)
        for place in 0..<count {
            let element = Double(elements.loadUnaligned(fromByteOffset: place * 4, as: Float.self))
            sum += element * element
        }
        // A vector of zeros stays one, as in scikit-learn's Normalizer.
        let length = sum == 0 ? 1 : sum.squareRoot()
        for place in 0..<count {
            let element = Double(elements.loadUnaligned(fromByteOffset: place * 4, as: Float.self))
            sink.set(feature.start + place, Float(element / length))
        }
    }

    private static func encode(
        _ cycles: [EncodingStep.TimeCycle], _ value: EncoderInput, _ feature: Feature, _ sink: inout some EncodingSink
    ) {
        guard case .time(let microseconds) = value else { return finish(.missing, feature, &sink) }
        for (place, cycle) in cycles.enumerated() {
            let angle = 2 * Double.pi * cycle.position(of: microseconds) / cycle.length
            sink.set(feature.start + 2 * place, Float(sin(angle)))
            sink.set(feature.start + 2 * place + 1, Float(cos(angle)))
        }
    }
}

extension EncoderInput {
    @inline(__always)
    var isMissing: Bool {
        if case .missing = self { return true }
        return false
    }

    @inline(__always)
    fileprivate var asNumber: Double? {
        switch self {
        case .number(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
    }

    @inline(__always)
    fileprivate func place(in index: CategoryIndex) -> Int {
        switch self {
        case .text(let bytes): index.place(of: bytes)
        case .integer(let number): index.place(of: number)
        default: -1
        }
    }

    /// XXH64 of the text, or of the whole number's eight little-endian bytes; nil if it is missing.
    @inline(__always)
    fileprivate var hash: UInt64? {
        switch self {
        case .text(let bytes): XXHash64.hash(bytes)
        case .integer(let number): withUnsafeBytes(of: number.littleEndian) { XXHash64.hash($0) }
        default: nil
        }
    }
}

extension CategoryIndex {
    /// The bytes of the first category.
    fileprivate var first: UnsafeRawBufferPointer { bytes(of: 0) }
}

extension EncodingStep.TimeCycle {
    /// Where in the cycle an instant lies, in units with fractions: 13.5 for half past one in the afternoon.
    fileprivate func position(of microseconds: Int64) -> Double {
        let day: Int64 = 86_400_000_000
        let days = microseconds / day - (microseconds % day < 0 ? 1 : 0)
        let inDay = microseconds - days * day
        switch self {
        case .minute: return Double(inDay % 3_600_000_000) / 60_000_000
        case .hour: return Double(inDay) / 3_600_000_000
        // 1970-01-01 was a Thursday; Monday is 0.
        case .weekday: return Double((days % 7 + 7 + 3) % 7) + Double(inDay) / Double(day)
        case .day: return Double(CivilDate.fromDays(days).day - 1) + Double(inDay) / Double(day)
        case .month:
            let date = CivilDate.fromDays(days)
            return Double(date.month - 1) + Double(date.day - 1) / 31
        }
    }
}
