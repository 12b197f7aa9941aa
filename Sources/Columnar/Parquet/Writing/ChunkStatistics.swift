import Foundation

/// The least and greatest value of a chunk, in PLAIN encoding (parquet.thrift, Statistics).
struct ChunkStatistics: Sendable {
    let minimum: [UInt8]
    let maximum: [UInt8]

    /// Of `values` without nulls; nil if there are none, or if the format gives them no order.
    init?(_ values: Column) {
        guard values.count > 0 else { return nil }
        switch values.type {
        case .int8: self.init(values, Int8.self) { Int32($0) }
        case .int16: self.init(values, Int16.self) { Int32($0) }
        case .int32, .date32: self.init(values, Int32.self) { $0 }
        case .int64, .timestamp(.milliseconds, zone: _), .timestamp(.microseconds, zone: _),
            .timestamp(.nanoseconds, zone: _):
            self.init(values, Int64.self) { $0 }
        case .uint8: self.init(values, UInt8.self) { UInt32($0) }
        case .uint16: self.init(values, UInt16.self) { UInt32($0) }
        case .uint32: self.init(values, UInt32.self) { $0 }
        case .uint64: self.init(values, UInt64.self) { $0 }
        case .float32: self.init(floats: values, Float.self)
        case .float64: self.init(floats: values, Double.self)
        case .string, .binary: self.init(bytes: values)
        default: return nil
        }
    }

    private init<T: Comparable & BitwiseCopyable, Stored: BitwiseCopyable>(
        _ values: Column, _: T.Type, _ stored: (T) -> Stored
    ) {
        let elements = values.elements(as: T.self)
        var (least, greatest) = (elements[0], elements[0])
        for row in 1..<max(1, values.count) {
            least = min(least, elements[row])
            greatest = max(greatest, elements[row])
        }
        minimum = withUnsafeBytes(of: stored(least)) { Array($0) }
        maximum = withUnsafeBytes(of: stored(greatest)) { Array($0) }
    }

    /// The format's rules for floats: no statistics where a NaN is; zeros are written as -0 and +0.
    private init?<T: BinaryFloatingPoint & BitwiseCopyable>(floats values: Column, _: T.Type) {
        let elements = values.elements(as: T.self)
        var (least, greatest) = (elements[0], elements[0])
        var sum: T = 0
        for row in 0..<values.count {
            let value = elements[row]
            // A NaN, or infinities of both signs, make the sum a NaN; the second is settled by looking again.
            sum += value
            least = value < least ? value : least
            greatest = value > greatest ? value : greatest
        }
        if sum.isNaN && (0..<values.count).contains(where: { elements[$0].isNaN }) { return nil }
        if least == 0 { least = -0.0 }
        if greatest == 0 { greatest = 0.0 }
        minimum = withUnsafeBytes(of: least) { Array($0) }
        maximum = withUnsafeBytes(of: greatest) { Array($0) }
    }

    private init?(bytes values: Column) {
        var (least, greatest) = (0, 0)
        for row in 0..<values.count {
            if Self.orders(values.bytes(at: row), before: values.bytes(at: least)) { least = row }
            if Self.orders(values.bytes(at: greatest), before: values.bytes(at: row)) { greatest = row }
        }
        // Long texts would bloat the footer.
        guard values.bytes(at: least).count <= 64, values.bytes(at: greatest).count <= 64 else { return nil }
        minimum = Array(values.bytes(at: least))
        maximum = Array(values.bytes(at: greatest))
    }

    private static func orders(_ a: UnsafeRawBufferPointer, before b: UnsafeRawBufferPointer) -> Bool {
        guard let left = a.baseAddress, let right = b.baseAddress else { return a.count < b.count }
        let order = memcmp(left, right, min(a.count, b.count))
        return order != 0 ? order < 0 : a.count < b.count
    }
}
