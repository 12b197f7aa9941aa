import Columnar

/// A column as an expression's input.
struct ExpressionSource: Sendable {
    private let column: Column
    private let isInPlace: Bool

    /// - Precondition: the column's values are of `type`, which `ExpressionType(reading:)` tells.
    init(_ column: Column, type: ExpressionType) {
        self.column = Self.readable(column, as: type)
        switch self.column.type {
        case .int64, .float64, .timestamp: isInPlace = true
        default: isInPlace = false
        }
    }

    /// The column in one of the layouts that `load` knows.
    private static func readable(_ column: Column, as type: ExpressionType) -> Column {
        switch (type, column.type) {
        case (.integer, .int32), (.float, .float32), (.string, .binary), (.bytes, .string): return column
        default: break
        }
        guard let target = type.featureType?.dataType, column.type != target else { return column }
        guard let converted = column.converted(to: target) else {
            preconditionFailure("\(column.type) is not readable as \(type)")
        }
        return converted.column
    }

    /// Hands the rows `range` to a register, in place where its layout is the column's own.
    func load(_ range: Range<Int>, into register: Int, of frame: ExpressionFrame) {
        loadNulls(range, into: register, of: frame)
        let start = range.lowerBound
        switch column.type {
        case .int32:
            let (from, to) = (column.elements(as: Int32.self).baseAddress! + start, frame.fill(register, Int64.self))
            for row in 0..<range.count { to[row] = Int64(from[row]) }
        case .float32:
            let (from, to) = (column.elements(as: Float.self).baseAddress! + start, frame.fill(register, Double.self))
            for row in 0..<range.count { to[row] = Double(from[row]) }
        case .bool:
            let (bits, to) = (column.bits, frame.fill(register, Int64.self))
            for row in 0..<range.count { to[row] = bits[start + row] ? 1 : 0 }
        case .string, .binary:
            let (offsets, to) = (column.offsetElements, frame.fill(register, TextSlice.self))
            for row in 0..<range.count {
                let first = Int(offsets[start + row])
                to[row] = TextSlice(base: column.values.base + first, count: Int(offsets[start + row + 1]) - first)
            }
        case .fixedSizeList(_, let size):
            guard let child = column.child else { return }
            let to = frame.fill(register, UnsafePointer<Float>.self)
            let elements = child.elements(as: Float.self).baseAddress!
            for row in 0..<range.count { to[row] = elements + (start + row) * size }
        default: frame.lend(column.values.base + start * 8, to: register)
        }
    }

    private func loadNulls(_ range: Range<Int>, into register: Int, of frame: ExpressionFrame) {
        frame.hasNulls[register] = false
        guard let validity = column.validity else { return }
        let valid = frame.valid(register)
        var areAll = true
        for start in stride(from: 0, to: range.count, by: 64) {
            let word = validity.word(at: range.lowerBound + start)
            let length = min(64, range.count - start)
            guard word != .max else {
                (valid + start).update(repeating: 1, count: length)
                continue
            }
            for bit in 0..<length { valid[start + bit] = UInt8(truncatingIfNeeded: word >> UInt64(bit)) & 1 }
            areAll = false
        }
        frame.hasNulls[register] = !areAll
    }
}

extension ExpressionType {
    /// The type in which a column's values are computed with; nil where expressions cannot read them.
    package init?(reading type: DataType) {
        switch type {
        case .bool: self = .bool
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32: self = .integer
        case .float16, .float32, .float64: self = .float
        case .string: self = .string
        case .binary: self = .bytes
        case .date32, .timestamp: self = .timestamp
        case .fixedSizeList(.float32, let count): self = .vector(count: count)
        case .uint64, .decimal, .time, .list, .fixedSizeList: return nil
        }
    }
}
