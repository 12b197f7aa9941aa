import Foundation

/// Builds a column from the text of its fields.
///
/// Buffers grow before a loop and are written through pointers inside it, so that no row costs a call or a check.
final class CSVColumn {
    let name: String
    let type: DataType
    private let isText: Bool
    private let nullTexts: CSVNullTexts
    private var count = 0
    private var nullCount = 0
    private let values = MutableBuffer()
    private let offsets = MutableBuffer()
    private let validity = MutableBuffer()
    private let scratch = MutableBuffer()
    private var rejected: [Int] = []

    /// - Throws: if text cannot be read as `type`.
    init(name: String, type: DataType, file: String, nullTexts: CSVNullTexts) throws(DataError) {
        self.name = name
        self.type = type
        isText = type.isVariableWidth
        self.nullTexts = nullTexts
        if !Self.isReadable(type) {
            throw DataError("a column of type \(type) cannot be read from CSV; use Parquet", file: file, column: name)
        }
    }

    private static func isReadable(_ type: DataType) -> Bool {
        switch type {
        case .fixedSizeList(let element, let size):
            [.float32, .float64, .int32, .int64].contains(element) && size > 0
        case .list, .float16, .decimal, .time: false
        default: true
        }
    }

    /// Appends one value a span, and a null where the text is none; returns the positions in `spans` of those.
    func append(_ spans: UnsafeBufferPointer<CSVFieldSpan>, in bytes: UnsafePointer<UInt8>) -> [Int] {
        growBits(validity, by: spans.count)
        rejected.removeAll()
        let rows = Rows(spans: spans, bytes: bytes)
        switch type {
        case .bool: appendBools(rows)
        case .int8: appendFixed(rows) { NumberText.integer($0, as: Int8.self) }
        case .int16: appendFixed(rows) { NumberText.integer($0, as: Int16.self) }
        case .int32: appendFixed(rows) { NumberText.integer($0, as: Int32.self) }
        case .int64: appendFixed(rows) { NumberText.integer($0, as: Int64.self) }
        case .uint8: appendFixed(rows) { NumberText.integer($0, as: UInt8.self) }
        case .uint16: appendFixed(rows) { NumberText.integer($0, as: UInt16.self) }
        case .uint32: appendFixed(rows) { NumberText.integer($0, as: UInt32.self) }
        case .uint64: appendFixed(rows) { NumberText.integer($0, as: UInt64.self) }
        case .float32: appendFixed(rows) { NumberText.float($0) }
        case .float64: appendFixed(rows) { NumberText.double($0) }
        case .date32: appendFixed(rows) { CSVCell.date($0) }
        case .timestamp(let unit, zone: _): appendFixed(rows) { CSVCell.ticks($0, unit: unit) }
        case .string: appendStrings(rows)
        case .binary: appendBytes(rows)
        case .fixedSizeList(.float32, let size): appendVectors(rows, size) { NumberText.float($0) }
        case .fixedSizeList(.float64, let size): appendVectors(rows, size) { NumberText.double($0) }
        case .fixedSizeList(.int32, let size): appendVectors(rows, size) { NumberText.integer($0, as: Int32.self) }
        case .fixedSizeList(.int64, let size): appendVectors(rows, size) { NumberText.integer($0, as: Int64.self) }
        case .fixedSizeList, .list, .float16, .decimal, .time: preconditionFailure("init refuses \(type)")
        }
        count += spans.count
        return rejected
    }

    /// Why the text of a field that `append` has rejected is no value.
    func explanation(of span: CSVFieldSpan, in bytes: UnsafePointer<UInt8>) -> String {
        CSVCell.explanation(of: text(span, bytes), type: type)
    }

    /// The column of all rows appended; for once, at the end.
    func finish() -> Column {
        let valid = nullCount == 0 ? nil : Bitmap(buffer: validity.freeze(), count: count)
        switch type {
        case .bool: return Column(bits: Bitmap(buffer: values.freeze(), count: count), validity: valid)
        case .string, .binary:
            if count == 0 { offsets.append(Int64(0)) }
            return Column(type, count: count, offsets: offsets.freeze(), values: values.freeze(), validity: valid)
        case .fixedSizeList(let element, let size):
            let elements = Column(element, count: count * size, values: values.freeze())
            return Column(vectorsOf: elements, size: size, count: count, validity: valid)
        default: return Column(type, count: count, values: values.freeze(), validity: valid)
        }
    }

    /// What one call of `append` reads.
    private struct Rows {
        var spans: UnsafeBufferPointer<CSVFieldSpan>
        var bytes: UnsafePointer<UInt8>
    }

    /// Calls `read` for each row in order: with its text, to put its value in place and say whether it is one, or with
    /// nil for a null.
    @inline(__always)
    private func forEachRow(_ rows: Rows, read: (_ row: Int, _ text: UnsafeRawBufferPointer?) -> Bool) {
        let valid = validity.elements(as: UInt8.self)
        let first = count
        var nulls = 0
        for (row, span) in rows.spans.enumerated() {
            let text = self.text(span, rows.bytes)
            if isNull(text, span) {
                _ = read(row, nil)
                nulls += 1
            } else if read(row, text) {
                Self.setBit(valid, first + row)
            } else {
                nulls += 1
                rejected.append(row)
            }
        }
        nullCount += nulls
    }

    @inline(__always)
    private func appendFixed<T: BitwiseCopyable>(_ rows: Rows, parse: (UnsafeRawBufferPointer) -> T?) {
        let target = growValues(by: rows.spans.count, as: T.self)
        forEachRow(rows) { row, text in
            guard let text, let value = parse(CSVCell.trimmed(text)) else { return false }
            target[row] = value
            return true
        }
    }

    @inline(__always)
    private func appendVectors<T: BitwiseCopyable>(
        _ rows: Rows, _ size: Int, parse: (UnsafeRawBufferPointer) -> T?
    ) {
        let target = growValues(by: rows.spans.count * size, as: T.self)
        forEachRow(rows) { row, text in
            guard let text else { return false }
            var elements = 0
            let isList = CSVCell.forEachElement(CSVCell.trimmed(text)) { element in
                guard elements < size, let value = parse(element) else { return false }
                target[row * size + elements] = value
                elements += 1
                return true
            }
            return isList && elements == size
        }
    }

    private func appendBools(_ rows: Rows) {
        growBits(values, by: rows.spans.count)
        let bits = values.elements(as: UInt8.self)
        let first = count
        forEachRow(rows) { row, text in
            guard let text, let value = CSVCell.bool(CSVCell.trimmed(text)) else { return false }
            if value { Self.setBit(bits, first + row) }
            return true
        }
    }

    private func appendStrings(_ rows: Rows) {
        let ends = growOffsets(by: rows.spans.count)
        var end = values.count
        values.reserve(rows.spans.reduce(0) { $0 + Int($1.length) })
        let target = values.base
        forEachRow(rows) { row, text in
            defer { ends[row] = Int64(end) }
            guard let text, CSVCell.isUTF8(text) else { return false }
            UnsafeMutableRawBufferPointer(start: target + end, count: text.count).copyMemory(from: text)
            end += text.count
            return true
        }
        values.resize(to: end)
    }

    private func appendBytes(_ rows: Rows) {
        let ends = growOffsets(by: rows.spans.count)
        forEachRow(rows) { row, text in
            defer { ends[row] = Int64(values.count) }
            guard let text, let bytes = CSVCell.bytes(CSVCell.trimmed(text)) else { return false }
            bytes.withUnsafeBytes { values.append(contentsOf: $0) }
            return true
        }
    }

    /// Room for values, zero at first, so that what lies behind a null is the same in every run.
    private func growValues<T: BitwiseCopyable>(by rows: Int, as: T.Type) -> UnsafeMutableBufferPointer<T> {
        let start = values.count
        let added = rows * MemoryLayout<T>.stride
        values.resize(to: start + added)
        memset(values.base + start, 0, added)
        return UnsafeMutableBufferPointer(
            start: (values.base + start).assumingMemoryBound(to: T.self), count: rows)
    }

    /// Room for the ends of values, each the start of the next.
    private func growOffsets(by rows: Int) -> UnsafeMutableBufferPointer<Int64> {
        if offsets.count == 0 { offsets.append(Int64(0)) }
        offsets.resize(to: (1 + count + rows) * 8)
        return UnsafeMutableBufferPointer(rebasing: offsets.elements(as: Int64.self)[(1 + count)...])
    }

    /// Room for the bits of the next rows, all zero.
    private func growBits(_ buffer: MutableBuffer, by rows: Int) {
        let start = buffer.count
        buffer.resize(to: (count + rows + 7) / 8)
        memset(buffer.base + start, 0, buffer.count - start)
    }

    @inline(__always)
    private static func setBit(_ bits: UnsafeMutableBufferPointer<UInt8>, _ index: Int) {
        bits[index >> 3] |= 1 << UInt8(index & 7)
    }

    /// Quotes say that a text is meant, be it empty; for other types they say nothing.
    @inline(__always)
    private func isNull(_ text: UnsafeRawBufferPointer, _ span: CSVFieldSpan) -> Bool {
        if span.isQuoted, isText { return false }
        return nullTexts.contains(text) || span.isQuoted && text.isEmpty
    }

    @inline(__always)
    private func text(_ span: CSVFieldSpan, _ bytes: UnsafePointer<UInt8>) -> UnsafeRawBufferPointer {
        let raw = UnsafeRawBufferPointer(start: bytes + Int(span.start), count: Int(span.length))
        return span.isEscaped ? CSVScanner.unescaped(raw, into: scratch) : raw
    }
}
