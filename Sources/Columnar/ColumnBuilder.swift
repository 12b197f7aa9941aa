import Foundation

/// Appends rows to a column one value at a time.
///
/// For readers of row-shaped input (CSV, JSON) and for tests; Parquet and joins fill buffers directly.
public struct ColumnBuilder {
    public let type: DataType
    public private(set) var count = 0
    private var nullCount = 0
    private let values = MutableBuffer()
    private let offsets = MutableBuffer()
    /// Empty until there is a null.
    private let validity = MutableBuffer()
    private var children: [ColumnBuilder] = []

    public init(_ type: DataType) {
        self.type = type
        switch type {
        case .string, .binary: offsets.append(Int64(0))
        case .list(let element):
            offsets.append(Int64(0))
            children = [ColumnBuilder(element)]
        case .fixedSizeList(let element, _): children = [ColumnBuilder(element)]
        default: break
        }
    }

    public mutating func appendNull() {
        switch type {
        case .bool: appendBit(false, to: values)
        case .string, .binary: offsets.append(Int64(values.count))
        case .list: offsets.append(Int64(children[0].count))
        case .fixedSizeList(_, let size): for _ in 0..<size { children[0].appendNull() }
        default:
            let start = values.count
            values.resize(to: start + type.byteWidth!)
            for i in start..<values.count { values.base.storeBytes(of: 0, toByteOffset: i, as: UInt8.self) }
        }
        if nullCount == 0 { beginValidity() }
        nullCount += 1
        finishRow(isValid: false)
    }

    /// Marks the rows so far, all of which are there.
    private func beginValidity() {
        validity.resize(to: count / 8)
        memset(validity.base, 0xff, count / 8)
        if count & 7 > 0 { validity.append(UInt8(1 << (count & 7) - 1)) }
    }

    /// Appends a fixed-width value; `T` must be the type's own layout (Int64 for a timestamp, UInt16 for float16).
    @inlinable
    public mutating func append<T: BitwiseCopyable>(fixed value: T) {
        appendFixed(value)
    }

    @usableFromInline mutating func appendFixed<T: BitwiseCopyable>(_ value: T) {
        precondition(MemoryLayout<T>.size == type.byteWidth)
        values.append(value)
        finishRow(isValid: true)
    }

    public mutating func append(_ value: Bool) {
        precondition(type == .bool)
        appendBit(value, to: values)
        finishRow(isValid: true)
    }

    public mutating func append(bytes: UnsafeRawBufferPointer) {
        precondition(type.isVariableWidth)
        values.append(contentsOf: bytes)
        offsets.append(Int64(values.count))
        finishRow(isValid: true)
    }

    /// Appends a vector of float32 to a column of vectors of as many elements.
    public mutating func append(vector elements: UnsafeBufferPointer<Float>) {
        precondition(type == .fixedSizeList(.float32, elements.count))
        for element in elements { children[0].append(fixed: element) }
        finishRow(isValid: true)
    }

    /// Appends any value that fits the type exactly; returns false, and appends nothing, if it does not.
    public mutating func append(_ value: Value) -> Bool {
        switch (type, value) {
        case (_, .null): appendNull()
        case (.bool, .bool(let bit)): append(bit)
        case (.int8, .int(let number)): return append(exactly: number, as: Int8.self)
        case (.int16, .int(let number)): return append(exactly: number, as: Int16.self)
        case (.int32, .int(let number)), (.date32, .int(let number)), (.time(.seconds), .int(let number)),
            (.time(.milliseconds), .int(let number)):
            return append(exactly: number, as: Int32.self)
        case (.int64, .int(let number)): append(fixed: number)
        case (.uint8, .uint(let number)): return append(exactly: number, as: UInt8.self)
        case (.uint16, .uint(let number)): return append(exactly: number, as: UInt16.self)
        case (.uint32, .uint(let number)): return append(exactly: number, as: UInt32.self)
        case (.uint64, .uint(let number)): append(fixed: number)
        case (.float16, .float32(let number)):
            let half = Float16(number)
            guard Float(half) == number || number.isNaN else { return false }
            append(fixed: half.bitPattern)
        case (.float32, .float32(let number)): append(fixed: number)
        case (.float64, .float64(let number)): append(fixed: number)
        case (.timestamp(.microseconds, zone: _), .timestamp(let time)): append(fixed: time.microseconds)
        case (.timestamp, .int(let ticks)), (.time, .int(let ticks)): append(fixed: ticks)
        case (.decimal(let precision, let scale), .decimal(let number)):
            guard number.scale == scale, number.unscaled.magnitude < FixedPoint.power(precision).magnitude else {
                return false
            }
            append(fixed: number.unscaled)
        case (.string, .string(var text)): text.withUTF8 { append(bytes: UnsafeRawBufferPointer($0)) }
        case (.binary, .bytes(let bytes)): bytes.withUnsafeBytes { append(bytes: $0) }
        case (.list, .list(let elements)):
            for element in elements { guard children[0].append(element) else { return false } }
            offsets.append(Int64(children[0].count))
            finishRow(isValid: true)
        case (.fixedSizeList(_, let size), .list(let elements)):
            guard elements.count == size else { return false }
            for element in elements { guard children[0].append(element) else { return false } }
            finishRow(isValid: true)
        default: return false
        }
        return true
    }

    private mutating func append<T: FixedWidthInteger & BitwiseCopyable>(
        exactly number: some BinaryInteger, as: T.Type
    ) -> Bool {
        guard let exact = T(exactly: number) else { return false }
        append(fixed: exact)
        return true
    }

    private mutating func appendBit(_ bit: Bool, to buffer: MutableBuffer) {
        if count & 7 == 0 { buffer.append(UInt8(0)) }
        guard bit else { return }
        let byte = buffer.base + count >> 3
        byte.storeBytes(of: byte.load(as: UInt8.self) | 1 << UInt8(count & 7), as: UInt8.self)
    }

    private mutating func finishRow(isValid: Bool) {
        if nullCount > 0 { appendBit(isValid, to: validity) }
        count += 1
    }

    /// Takes the last rows away, so that `newCount` remain.
    public mutating func truncate(to newCount: Int) {
        precondition((0...count).contains(newCount))
        guard newCount < count else { return }
        switch type {
        case .bool: Self.truncateBits(of: values, to: newCount)
        case .string, .binary:
            offsets.resize(to: (newCount + 1) * 8)
            values.resize(to: Int(offsets.elements(as: Int64.self)[newCount]))
        case .list:
            offsets.resize(to: (newCount + 1) * 8)
            children[0].truncate(to: Int(offsets.elements(as: Int64.self)[newCount]))
        case .fixedSizeList(_, let size): children[0].truncate(to: newCount * size)
        default: values.resize(to: newCount * (values.count / count))
        }
        if nullCount > 0 {
            let bits = validity.elements(as: UInt8.self)
            nullCount -= (newCount..<count).count { bits[$0 >> 3] & 1 << UInt8($0 & 7) == 0 }
            if nullCount == 0 { validity.removeAll() } else { Self.truncateBits(of: validity, to: newCount) }
        }
        count = newCount
    }

    /// Bits behind the end are 0, for those that are appended later.
    private static func truncateBits(of buffer: MutableBuffer, to count: Int) {
        buffer.resize(to: (count + 7) / 8)
        if count & 7 > 0 { buffer.elements(as: UInt8.self)[count >> 3] &= UInt8(1 << (count & 7) - 1) }
    }

    /// The finished column; the builder starts again, empty.
    public mutating func finish() -> Column {
        let rows = count
        let bitmap = nullCount == 0 ? nil : Bitmap(buffer: validity.freeze(), count: rows)
        let column: Column
        switch type {
        case .bool: column = Column(bits: Bitmap(buffer: values.freeze(), count: rows), validity: bitmap)
        case .string, .binary:
            column = Column(type, count: rows, offsets: offsets.freeze(), values: values.freeze(), validity: bitmap)
        case .list:
            column = Column(
                listOf: children[0].finish(), count: rows, offsets: offsets.freeze(), validity: bitmap)
        case .fixedSizeList(_, let size):
            column = Column(vectorsOf: children[0].finish(), size: size, count: rows, validity: bitmap)
        default: column = Column(type, count: rows, values: values.freeze(), validity: bitmap)
        }
        (count, nullCount) = (0, 0)
        if type.isVariableWidth { offsets.append(Int64(0)) } else if case .list = type { offsets.append(Int64(0)) }
        return column
    }
}

extension Column {
    /// A column of `values`, each of which must fit `type` exactly. For tests and small tables.
    public init(_ type: DataType, _ values: [Value]) {
        var builder = ColumnBuilder(type)
        for value in values { precondition(builder.append(value), "\(value) does not fit \(type)") }
        self = builder.finish()
    }
}
