import Columnar

/// A value as aggregates compare and keep it: a word, or bytes, whose order is the order of the values.
///
/// Integers, timestamps and booleans are words with the sign bit turned over; floats are words in the total order of
/// their bits, with one NaN above all numbers. Strings, bytes and vectors are bytes.
enum AggregateScalar: Hashable, Comparable, Sendable {
    case word(UInt64)
    case bytes([UInt8])

    static func < (a: AggregateScalar, b: AggregateScalar) -> Bool {
        switch (a, b) {
        case (.word(let a), .word(let b)): a < b
        case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
        case (.word, .bytes): true
        case (.bytes, .word): false
        }
    }

    @inline(__always)
    static func word(ofInteger number: Int64) -> UInt64 { UInt64(bitPattern: number) ^ 1 << 63 }

    @inline(__always)
    static func integer(ofWord word: UInt64) -> Int64 { Int64(bitPattern: word ^ 1 << 63) }

    @inline(__always)
    static func word(ofFloat number: Double) -> UInt64 {
        let bits = number.isNaN ? Double.nan.bitPattern : number.bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    @inline(__always)
    static func float(ofWord word: UInt64) -> Double {
        Double(bitPattern: word >> 63 == 1 ? word ^ 1 << 63 : ~word)
    }

    /// A hash for counting different values, the same for ever: zeros of both signs are one value.
    func stableHash(isFloat: Bool) -> UInt64 {
        switch self {
        case .word(let word):
            StableHash.word(isFloat && Self.float(ofWord: word) == 0 ? Self.word(ofFloat: 0) : word)
        case .bytes(let bytes): bytes.withUnsafeBytes { StableHash.bytes($0) }
        }
    }
}

extension AggregateScalar {
    /// The value in a row of a column; nil if it is null.
    ///
    /// - Precondition: the column holds features of some type: no other widths of numbers.
    init?(_ column: Column, row: Int) {
        guard !column.isNull(row) else { return nil }
        switch column.type {
        case .bool: self = .word(Self.word(ofInteger: column.bits[row] ? 1 : 0))
        case .int32: self = .word(Self.word(ofInteger: Int64(column.elements(as: Int32.self)[row])))
        case .float32: self = .word(Self.word(ofFloat: Double(column.elements(as: Float.self)[row])))
        case .float64: self = .word(Self.word(ofFloat: column.elements(as: Double.self)[row]))
        case .string, .binary: self = .bytes(Array(column.bytes(at: row)))
        case .fixedSizeList(_, let size):
            guard let child = column.child else { return nil }
            let elements = child.elements(as: Float.self)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(4 * size)
            for element in elements[row * size..<(row + 1) * size] {
                for shift in stride(from: 0, to: 32, by: 8) {
                    bytes.append(UInt8(truncatingIfNeeded: element.bitPattern >> UInt32(shift)))
                }
            }
            self = .bytes(bytes)
        default: self = .word(Self.word(ofInteger: column.elements(as: Int64.self)[row]))
        }
    }

    /// A value of a feature of `type`; nil if it is null, or not of that type.
    init?(_ value: Value, of type: FeatureType) {
        switch (value, type) {
        case (.bool(let value), .bool): self = .word(Self.word(ofInteger: value ? 1 : 0))
        case (.int(let value), .int32), (.int(let value), .int64): self = .word(Self.word(ofInteger: value))
        case (.float32(let value), .float32): self = .word(Self.word(ofFloat: Double(value)))
        case (.float64(let value), .float64): self = .word(Self.word(ofFloat: value))
        case (.timestamp(let value), .timestamp): self = .word(Self.word(ofInteger: value.microseconds))
        case (.string(let value), .string): self = .bytes(Array(value.utf8))
        case (.bytes(let value), .bytes): self = .bytes(value)
        default: return nil
        }
    }

    /// The value as a feature of `type` has it.
    func value(of type: FeatureType) -> Value {
        switch self {
        case .word(let word):
            switch type {
            case .bool: return .bool(Self.integer(ofWord: word) != 0)
            case .float32: return .float32(Float(Self.float(ofWord: word)))
            case .float64: return .float64(Self.float(ofWord: word))
            case .timestamp: return .timestamp(Timestamp(microseconds: Self.integer(ofWord: word)))
            default: return .int(Self.integer(ofWord: word))
            }
        case .bytes(let bytes):
            switch type {
            case .bytes: return .bytes(bytes)
            case .vector(let count):
                return .list(
                    (0..<count).map { element in
                        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * element + $1]) << UInt32(8 * $1) }
                        return .float32(Float(bitPattern: bits))
                    })
            default: return .string(String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
