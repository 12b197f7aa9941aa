import Columnar

/// A column's values as numbers to compute with: float64 or int64, none of them null.
struct WindowNumbers {
    let isFloat: Bool
    let count: Int
    /// Double or Int64.
    private let buffer: Buffer

    /// Valid while the numbers live.
    var doubles: UnsafeBufferPointer<Double> { buffer.elements() }
    var integers: UnsafeBufferPointer<Int64> { buffer.elements() }

    /// - Precondition: the column is of numbers, booleans or times.
    init(_ column: Column) {
        count = column.count
        func converted<From: BitwiseCopyable, To: BitwiseCopyable>(_: From.Type, _ convert: (From) -> To) -> Buffer {
            let target = MutableBuffer(uninitialized: column.count * 8)
            let (source, output) = (column.elements(as: From.self), target.elements(as: To.self))
            for i in 0..<column.count { output[i] = convert(source[i]) }
            return target.freeze()
        }
        switch column.type {
        case .float64: (isFloat, buffer) = (true, column.values)
        case .float32: (isFloat, buffer) = (true, converted(Float.self) { Double($0) })
        case .int32: (isFloat, buffer) = (false, converted(Int32.self) { Int64($0) })
        case .bool:
            let target = MutableBuffer(uninitialized: column.count * 8)
            let output = target.elements(as: Int64.self)
            let bits = column.bits
            for i in 0..<column.count { output[i] = bits[i] ? 1 : 0 }
            (isFloat, buffer) = (false, target.freeze())
        default: (isFloat, buffer) = (false, column.values)
        }
    }

    /// The words whose order is that of the values (`AggregateScalar`), UInt64.
    func words() -> Buffer {
        let target = MutableBuffer(uninitialized: count * 8)
        let output = target.elements(as: UInt64.self)
        if isFloat {
            let numbers = doubles
            for i in 0..<count { output[i] = AggregateScalar.word(ofFloat: numbers[i]) }
        } else {
            let numbers = integers
            for i in 0..<count { output[i] = AggregateScalar.word(ofInteger: numbers[i]) }
        }
        return target.freeze()
    }
}
