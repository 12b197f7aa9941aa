import Columnar

/// A feature's column as cells: the memory is looked up once, and no reference counted in a loop.
///
/// Invariant: the column outlives it, and has the type of the feature.
struct ColumnCells {
    let type: FeatureType
    private let values: UnsafeRawPointer
    private let bitOffset: Int
    private let offsets: UnsafePointer<Int64>?
    private let validity: UnsafeRawPointer?
    private let validityOffset: Int

    init(_ column: Column, _ type: FeatureType) {
        precondition(column.type == type.dataType)
        self.type = type
        values = column.child?.values.base ?? column.values.base
        bitOffset = column.bitOffset
        offsets = column.offsetElements.baseAddress
        validity = column.validity?.buffer.base
        validityOffset = column.validity?.bitOffset ?? 0
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        let bit = validityOffset &+ row
        return validity.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1 == 0
    }

    /// The value of a row.
    @inline(__always)
    func cell(_ row: Int) -> EncodingCell {
        if isNull(row) { return EncodingCell() }
        switch type {
        case .bool: return EncodingCell(integer: bool(row))
        case .int32: return EncodingCell(integer: Int64(element(row, as: Int32.self)))
        case .int64, .timestamp: return EncodingCell(integer: element(row, as: Int64.self))
        case .float32: return EncodingCell(number: Double(element(row, as: Float.self)))
        case .float64: return EncodingCell(number: element(row, as: Double.self))
        case .string, .bytes: return text(row)
        case .vector(let count):
            return EncodingCell(bytes: UnsafeRawBufferPointer(start: values + row * count * 4, count: count * 4))
        }
    }

    @inline(__always)
    func text(_ row: Int) -> EncodingCell {
        guard let offsets else { return EncodingCell() }
        let start = Int(offsets[row])
        return EncodingCell(
            bytes: UnsafeRawBufferPointer(start: values + start, count: Int(offsets[row + 1]) - start))
    }

    @inline(__always)
    private func bool(_ row: Int) -> Int64 {
        let bit = bitOffset + row
        return Int64(values.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1)
    }

    @inline(__always)
    private func element<Element: BitwiseCopyable>(_ row: Int, as: Element.Type) -> Element {
        values.load(fromByteOffset: row &* MemoryLayout<Element>.stride, as: Element.self)
    }

    /// Takes numbers of some rows as doubles, NaN for nulls. The type is a number's.
    func load(_ rows: Range<Int>, into target: UnsafeMutablePointer<Double>) {
        switch type {
        case .bool: for row in rows { target[row - rows.lowerBound] = Double(bool(row)) }
        case .int32: convert(rows, target) { (value: Int32) in Double(value) }
        case .int64: convert(rows, target) { (value: Int64) in Double(value) }
        case .float32: convert(rows, target) { (value: Float) in Double(value) }
        case .float64: convert(rows, target) { (value: Double) in value }
        case .string, .bytes, .timestamp, .vector: preconditionFailure("\(type) is no number")
        }
        guard validity != nil else { return }
        for row in rows where isNull(row) { target[row - rows.lowerBound] = .nan }
    }

    @inline(__always)
    private func convert<Element>(
        _ rows: Range<Int>, _ target: UnsafeMutablePointer<Double>, _ number: (Element) -> Double
    ) {
        let source = values.assumingMemoryBound(to: Element.self) + rows.lowerBound
        for i in 0..<rows.count { target[i] = number(source[i]) }
    }
}
