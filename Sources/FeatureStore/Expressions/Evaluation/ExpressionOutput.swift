import Columnar

/// The column that an expression's batches become: of fixed width written in place, of texts and vectors part by part.
struct ExpressionOutput: @unchecked Sendable {
    // Invariant of the unchecked Sendable: distinct tasks write distinct rows, and tasks begin at whole words of bits.
    private let type: FeatureType
    private let rowCount: Int
    private let values: MutableBuffer
    private let validity: MutableBuffer

    /// What one task has made of its rows.
    struct Part {
        fileprivate var builder: ColumnBuilder?
        fileprivate var hasNulls = false

        /// The part once all its rows are stored.
        mutating func finish() -> FinishedPart { FinishedPart(column: builder?.finish(), hasNulls: hasNulls) }
    }

    /// A task's result: a column where values vary in width, else only whether there are nulls.
    struct FinishedPart: Sendable {
        fileprivate var column: Column?
        fileprivate var hasNulls: Bool
    }

    init(type: FeatureType, rowCount: Int) {
        self.type = type
        self.rowCount = rowCount
        let bits = (rowCount + 63) / 64 * 8
        validity = MutableBuffer(zeroed: bits)
        switch type {
        case .bool: values = MutableBuffer(zeroed: bits)
        case .int32, .float32: values = MutableBuffer(uninitialized: rowCount * 4)
        case .int64, .float64, .timestamp: values = MutableBuffer(uninitialized: rowCount * 8)
        case .string, .bytes, .vector: values = MutableBuffer()
        }
    }

    func part() -> Part {
        switch type {
        case .string, .bytes, .vector: Part(builder: ColumnBuilder(type.dataType))
        default: Part()
        }
    }

    /// Takes the result of a run over `rows`, which is of type `computed`.
    func store(_ rows: Range<Int>, of frame: ExpressionFrame, type computed: ExpressionType, into part: inout Part) {
        let register = frame.program.result
        if part.builder != nil { return append(rows.count, of: frame, register, to: &part) }
        switch (type, computed) {
        case (_, .null): break
        case (.float32, .float):
            convert(rows, of: frame, from: Double.self, to: Float.self) { Float($0) }
        case (.float32, _): convert(rows, of: frame, from: Int64.self, to: Float.self) { Float(Double($0)) }
        case (.float64, .integer): convert(rows, of: frame, from: Int64.self, to: Double.self) { Double($0) }
        case (.int32, _):
            narrow(rows, of: frame)
        case (.bool, _):
            let from = frame.values(register, Int64.self)
            let to = values.base.assumingMemoryBound(to: UInt8.self)
            for row in rows where from[row - rows.lowerBound] != 0 { to[row >> 3] |= 1 << UInt8(row & 7) }
        default: convert(rows, of: frame, from: Int64.self, to: Int64.self) { $0 }
        }
        storeNulls(rows, of: frame, register, into: &part)
    }

    @inline(__always)
    private func convert<A, R>(
        _ rows: Range<Int>, of frame: ExpressionFrame, from _: A.Type, to _: R.Type, _ body: (A) -> R
    ) {
        let from = frame.values(frame.program.result, A.self)
        let to = values.base.assumingMemoryBound(to: R.self) + rows.lowerBound
        for row in 0..<rows.count { to[row] = body(from[row]) }
    }

    /// Integers that do not fit 32 bits become null.
    private func narrow(_ rows: Range<Int>, of frame: ExpressionFrame) {
        let register = frame.program.result
        let from = frame.values(register, Int64.self)
        let to = values.base.assumingMemoryBound(to: Int32.self) + rows.lowerBound
        for row in 0..<rows.count {
            to[row] = Int32(truncatingIfNeeded: from[row])
            guard Int64(to[row]) != from[row] else { continue }
            frame.prepareNulls(register)
            frame.hasNulls[register] = true
            frame.valid(register)[row] = 0
        }
    }

    private func storeNulls(_ rows: Range<Int>, of frame: ExpressionFrame, _ register: Int, into part: inout Part) {
        let words = validity.base.assumingMemoryBound(to: UInt64.self)
        let valid = frame.valid(register)
        let mayHaveNulls = frame.hasNulls[register]
        for start in stride(from: 0, to: rows.count, by: 64) {
            let length = min(64, rows.count - start)
            var word: UInt64 = length == 64 ? .max : 1 << UInt64(length) - 1
            if mayHaveNulls {
                for bit in 0..<length where valid[start + bit] == 0 {
                    word &= ~(1 << UInt64(bit))
                    part.hasNulls = true
                }
            }
            words[(rows.lowerBound + start) >> 6] = word
        }
    }

    private func append(_ count: Int, of frame: ExpressionFrame, _ register: Int, to part: inout Part) {
        for row in 0..<count {
            if frame.isNull(register, row: row) {
                part.builder?.appendNull()
                continue
            }
            switch type {
            case .vector(let size):
                let elements = frame.values(register, UnsafePointer<Float>.self)[row]
                part.builder?.append(vector: UnsafeBufferPointer(start: elements, count: size))
            default: part.builder?.append(bytes: frame.values(register, TextSlice.self)[row].bytes)
            }
        }
    }

    func column(joining parts: [FinishedPart]) -> Column {
        switch type {
        case .string, .bytes, .vector:
            return Column.concatenating(parts.compactMap(\.column), type: type.dataType)
        default: break
        }
        let bits = parts.contains(where: \.hasNulls) ? Bitmap(buffer: validity.freeze(), count: rowCount) : nil
        if type == .bool { return Column(bits: Bitmap(buffer: values.freeze(), count: rowCount), validity: bits) }
        return Column(type.dataType, count: rowCount, values: values.freeze(), validity: bits)
    }
}
