import Foundation

/// Neighbouring values of a row that become neighbouring float32s of a vector.
struct FloatRun {
    enum Kind: UInt8 {
        /// The schema lacks the feature: NaN.
        case missing
        /// `count` features, each of one float.
        case scalars
        /// One feature of `count` floats.
        case vector
        case bool
        case int32
        case int64
        case float64
    }

    var kind: Kind
    /// The first feature's bit in the null bitmap.
    var bit: Int32
    /// From the row's start.
    var source: Int32
    /// From the vector's start.
    var target: Int32
    /// Floats.
    var count: Int32
}

extension FloatRun {
    /// Nil for a feature that is no number.
    init?(_ slot: RowProjection.Slot, target: Int) {
        guard let count = slot.type.floatCount else { return nil }
        let kind: Kind
        switch slot.type {
        case .float32: kind = .scalars
        case .vector: kind = .vector
        case .bool: kind = .bool
        case .int32: kind = .int32
        case .int64: kind = .int64
        case .float64: kind = .float64
        case .string, .bytes, .timestamp: return nil
        }
        self.init(
            kind: slot.offset < 0 ? .missing : kind, bit: Int32(slot.bit), source: Int32(max(slot.offset, 0)),
            target: Int32(target), count: Int32(count))
    }

    /// Whether `next` follows in the row, in its bitmap and in the vector.
    func isContinued(by next: FloatRun) -> Bool {
        guard kind == next.kind, target + count == next.target else { return false }
        return kind == .missing || (kind == .scalars && bit + count == next.bit && source + 4 * count == next.source)
    }

    /// Writes the values, none of which is null.
    @inline(__always)
    func write(_ base: UnsafeRawPointer, to target: UnsafeMutablePointer<Float>) {
        let source = base + Int(source)
        switch kind {
        case .scalars, .vector: memcpy(target, source, Int(count) * 4)
        case .missing: target.update(repeating: .nan, count: Int(count))
        case .bool: target.pointee = source.load(as: UInt8.self) == 0 ? 0 : 1
        case .int32: target.pointee = Float(source.loadUnaligned(as: Int32.self))
        case .int64: target.pointee = Float(source.loadUnaligned(as: Int64.self))
        case .float64: target.pointee = Float(source.loadUnaligned(as: Double.self))
        }
    }
}
