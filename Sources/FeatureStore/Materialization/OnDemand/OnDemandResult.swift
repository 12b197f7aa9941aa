import Columnar
import Foundation

/// The values of one on-demand feature for the rows of a run, rounded to the feature's type and in the layout of a register,
/// so that another expression reads them as it would read a column.
final class OnDemandResult {
    let type: FeatureType
    private let memory: UnsafeMutableRawPointer
    private let valid: UnsafeMutablePointer<UInt8>
    private var hasNulls = false
    /// What a null vector points at.
    private let zeros: UnsafeMutablePointer<Float>

    init(_ type: FeatureType, capacity: Int) {
        self.type = type
        memory = .allocate(byteCount: 16 * capacity, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: 16 * capacity)
        valid = .allocate(capacity: capacity)
        valid.initialize(repeating: 1, count: capacity)
        let length = if case .vector(let count) = type { count } else { 1 }
        zeros = .allocate(capacity: length)
        zeros.initialize(repeating: 0, count: length)
    }

    deinit {
        memory.deallocate()
        valid.deallocate()
        zeros.deallocate()
    }

    private func values<T>(_: T.Type) -> UnsafeMutablePointer<T> { memory.assumingMemoryBound(to: T.self) }

    /// Takes over the result of a run, which is of type `computed`; texts and vectors stay where they are.
    func take(_ computed: ExpressionType, from frame: ExpressionFrame) {
        let (register, count) = (frame.program.result, frame.count)
        hasNulls = frame.hasNulls[register]
        if hasNulls { valid.update(from: frame.valid(register), count: count) }
        switch (type, computed) {
        case (_, .null):
            valid.update(repeating: 0, count: count)
            hasNulls = true
            clear(count)
        case (.float32, .float):
            let from = frame.values(register, Double.self)
            for row in 0..<count { values(Double.self)[row] = Double(Float(from[row])) }
        case (.float32, _):
            let from = frame.values(register, Int64.self)
            for row in 0..<count { values(Double.self)[row] = Double(Float(Double(from[row]))) }
        case (.float64, .integer):
            let from = frame.values(register, Int64.self)
            for row in 0..<count { values(Double.self)[row] = Double(from[row]) }
        case (.int32, _):
            let from = frame.values(register, Int64.self)
            for row in 0..<count {
                values(Int64.self)[row] = from[row]
                if Int32(exactly: from[row]) == nil { setNull(row, count) }
            }
        case (.string, _), (.bytes, _): memcpy(memory, frame.values(register, TextSlice.self), 16 * count)
        default: memcpy(memory, frame.values(register, Int64.self), 8 * count)
        }
    }

    private func setNull(_ row: Int, _ count: Int) {
        if !hasNulls {
            valid.update(repeating: 1, count: count)
            hasNulls = true
        }
        valid[row] = 0
    }

    /// Values that are null must still be readable.
    private func clear(_ count: Int) {
        switch type {
        case .string, .bytes: for row in 0..<count { values(TextSlice.self)[row] = .empty }
        case .vector: for row in 0..<count { values(UnsafeRawPointer.self)[row] = UnsafeRawPointer(zeros) }
        default: memset(memory, 0, 8 * count)
        }
    }

    /// Lets another expression read the values.
    func lend(to frame: ExpressionFrame, _ register: Int, count: Int) {
        frame.lend(memory, to: register)
        frame.hasNulls[register] = hasNulls
        if hasNulls { frame.valid(register).update(from: valid, count: count) }
    }

    /// A row's value; bytes are good until the next run.
    @inline(__always)
    func value(_ row: Int) -> ServedValue {
        if hasNulls && valid[row] == 0 { return .none }
        switch type {
        case .bool: return .bool(values(Int64.self)[row] != 0)
        case .int32, .int64: return .int(values(Int64.self)[row])
        case .float32: return .float32(Float(values(Double.self)[row]))
        case .float64: return .float64(values(Double.self)[row])
        case .timestamp: return .timestamp(values(Int64.self)[row])
        case .string: return .string(values(TextSlice.self)[row].bytes)
        case .bytes: return .bytes(values(TextSlice.self)[row].bytes)
        case .vector(let count):
            return .vector(UnsafeRawBufferPointer(start: values(UnsafeRawPointer.self)[row], count: 4 * count))
        }
    }

    /// Writes a row's numbers as float32: NaN for null.
    @inline(__always)
    func write(_ row: Int, to target: UnsafeMutablePointer<Float>) {
        switch value(row) {
        case .none: target.update(repeating: .nan, count: type.floatCount ?? 0)
        case .bool(let flag): target.pointee = flag ? 1 : 0
        case .int(let number): target.pointee = Float(number)
        case .float32(let number): target.pointee = number
        case .float64(let number): target.pointee = Float(number)
        case .vector(let elements): if let base = elements.baseAddress { memcpy(target, base, elements.count) }
        case .string, .bytes, .timestamp: break
        }
    }
}

extension ColumnBuilder {
    /// Appends a served value of the column's type.
    mutating func append(_ value: ServedValue, as type: FeatureType) {
        switch value {
        case .none: appendNull()
        case .bool(let flag): append(flag)
        case .int(let number):
            if type == .int32 {
                append(fixed: Int32(truncatingIfNeeded: number))
            } else {
                append(fixed: number)
            }
        case .float32(let number): append(fixed: number)
        case .float64(let number): append(fixed: number)
        case .timestamp(let time): append(fixed: time)
        case .string(let bytes), .bytes(let bytes): append(bytes: bytes)
        case .vector(let elements): append(vector: elements.bindMemory(to: Float.self))
        }
    }
}
