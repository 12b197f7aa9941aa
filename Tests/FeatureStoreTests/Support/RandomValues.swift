import Columnar

@testable import FeatureStore

extension FeatureType {
    static let allKinds: [FeatureType] = [
        .bool, .int32, .int64, .float32, .float64, .string, .bytes, .timestamp, .vector(count: 3), .vector(count: 1),
    ]
}

extension SeededGenerator {
    /// Any value of the type, null among them if `nulls`.
    mutating func value(_ type: FeatureType, nulls: Bool = true) -> Value {
        if nulls && chance(0.15) { return .null }
        switch type {
        case .bool: return .bool(chance(0.5))
        case .int32: return .int(Int64(Int32.random(in: .min ... .max, using: &self)))
        case .int64: return .int(.random(in: .min ... .max, using: &self))
        case .float32: return .float32(Float(bitPattern: .random(in: .min ... .max, using: &self)))
        case .float64: return .float64(Double(bitPattern: .random(in: .min ... .max, using: &self)))
        case .string: return .string(["", "a", "é😀", "\u{0}x", String(repeating: "long", count: 50)][number(0...4)])
        case .bytes: return .bytes((0..<number(0...9)).map { _ in UInt8.random(in: 0...255, using: &self) })
        case .timestamp: return .timestamp(Timestamp(microseconds: .random(in: .min ... .max, using: &self)))
        case .vector(let count): return .list((0..<count).map { _ in value(.float32, nulls: false) })
        }
    }
}

extension Value {
    /// A text that tells all bits apart: NaNs by payload, zeros by sign.
    var exactText: String {
        switch self {
        case .float32(let number): "f\(number.bitPattern)"
        case .float64(let number): "d\(number.bitPattern)"
        case .list(let values): "[" + values.map(\.exactText).joined(separator: ",") + "]"
        default: "\(self)"
        }
    }
}
