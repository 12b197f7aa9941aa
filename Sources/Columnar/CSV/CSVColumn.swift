import Foundation

/// Builds a column from the text of its fields.
final class CSVColumn {
    let name: String
    let type: DataType
    private let file: String
    private let nullTexts: CSVNullTexts
    /// The values, or the elements of vectors.
    private var values: ColumnBuilder
    /// For vectors: whether each row is one.
    private var vectorValidity = ColumnBuilder(.bool)
    private let scratch = MutableBuffer()

    /// - Throws: if text cannot be read as `type`.
    init(name: String, type: DataType, file: String, nullTexts: CSVNullTexts) throws(DataError) {
        self.name = name
        self.type = type
        self.file = file
        self.nullTexts = nullTexts
        switch type {
        case .fixedSizeList(let element, let size):
            let isNumeric = [.float32, .float64, .int32, .int64].contains(element)
            guard isNumeric, size > 0 else { throw Self.unreadableType(type, name: name, file: file) }
            values = ColumnBuilder(element)
        case .list, .float16: throw Self.unreadableType(type, name: name, file: file)
        default: values = ColumnBuilder(type)
        }
    }

    private static func unreadableType(_ type: DataType, name: String, file: String) -> DataError {
        DataError("a column of type \(type) cannot be read from CSV; use Parquet", file: file, column: name)
    }

    /// Appends one value a span. Where the text is none it appends a null and calls `reject` with the row's position
    /// in `spans` and the text.
    func append(
        _ spans: UnsafeBufferPointer<CSVFieldSpan>, in bytes: UnsafePointer<UInt8>,
        reject: (Int, UnsafeRawBufferPointer) -> Void
    ) {
        switch type {
        case .bool:
            append(spans, bytes, reject) { text in
                CSVCell.bool(text)
            } put: {
                $0.append($1)
            }
        case .int8: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: Int8.self) }
        case .int16: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: Int16.self) }
        case .int32: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: Int32.self) }
        case .int64: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: Int64.self) }
        case .uint8: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: UInt8.self) }
        case .uint16: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: UInt16.self) }
        case .uint32: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: UInt32.self) }
        case .uint64: appendFixed(spans, bytes, reject) { NumberText.integer($0, as: UInt64.self) }
        case .float32: appendFixed(spans, bytes, reject) { NumberText.float($0) }
        case .float64: appendFixed(spans, bytes, reject) { NumberText.double($0) }
        case .date32: appendFixed(spans, bytes, reject) { CSVCell.date($0) }
        case .timestamp(let unit, zone: _): appendFixed(spans, bytes, reject) { CSVCell.ticks($0, unit: unit) }
        case .string: appendStrings(spans, bytes, reject)
        case .binary:
            append(spans, bytes, reject) { text in
                CSVCell.bytes(text)
            } put: { builder, cell in
                cell.withUnsafeBytes { builder.append(bytes: $0) }
            }
        case .fixedSizeList(.float32, let size):
            appendVectors(size, spans, bytes, reject) { NumberText.float($0) }
        case .fixedSizeList(.float64, let size):
            appendVectors(size, spans, bytes, reject) { NumberText.double($0) }
        case .fixedSizeList(.int32, let size):
            appendVectors(size, spans, bytes, reject) { NumberText.integer($0, as: Int32.self) }
        case .fixedSizeList(.int64, let size):
            appendVectors(size, spans, bytes, reject) { NumberText.integer($0, as: Int64.self) }
        case .fixedSizeList, .list, .float16: preconditionFailure("init refuses \(type)")
        }
    }

    /// The column of all rows appended; starts again, empty.
    func finish() -> Column {
        guard case .fixedSizeList(_, let size) = type else { return values.finish() }
        let isVector = vectorValidity.finish()
        let hasNulls = isVector.bits.countSetBits() < isVector.count
        return Column(
            vectorsOf: values.finish(), size: size, count: isVector.count, validity: hasNulls ? isVector.bits : nil)
    }

    @inline(__always)
    private func appendFixed<T: BitwiseCopyable>(
        _ spans: UnsafeBufferPointer<CSVFieldSpan>, _ bytes: UnsafePointer<UInt8>,
        _ reject: (Int, UnsafeRawBufferPointer) -> Void, parse: (UnsafeRawBufferPointer) -> T?
    ) {
        append(spans, bytes, reject, parse: parse, put: { $0.append(fixed: $1) })
    }

    /// The loop over the rows of a column of scalars other than strings.
    @inline(__always)
    private func append<T>(
        _ spans: UnsafeBufferPointer<CSVFieldSpan>, _ bytes: UnsafePointer<UInt8>,
        _ reject: (Int, UnsafeRawBufferPointer) -> Void, parse: (UnsafeRawBufferPointer) -> T?,
        put: (inout ColumnBuilder, T) -> Void
    ) {
        for (row, span) in spans.enumerated() {
            let text = self.text(span, bytes)
            if isNull(text, span) {
                values.appendNull()
            } else if let value = parse(CSVCell.trimmed(text)) {
                put(&values, value)
            } else {
                values.appendNull()
                reject(row, text)
            }
        }
    }

    private func appendStrings(
        _ spans: UnsafeBufferPointer<CSVFieldSpan>, _ bytes: UnsafePointer<UInt8>,
        _ reject: (Int, UnsafeRawBufferPointer) -> Void
    ) {
        for (row, span) in spans.enumerated() {
            let text = self.text(span, bytes)
            if !span.isQuoted, nullTexts.contains(text) {
                values.appendNull()
            } else if CSVCell.isUTF8(text) {
                values.append(bytes: text)
            } else {
                values.appendNull()
                reject(row, text)
            }
        }
    }

    @inline(__always)
    private func appendVectors<T: BitwiseCopyable>(
        _ size: Int, _ spans: UnsafeBufferPointer<CSVFieldSpan>, _ bytes: UnsafePointer<UInt8>,
        _ reject: (Int, UnsafeRawBufferPointer) -> Void, parse: (UnsafeRawBufferPointer) -> T?
    ) {
        var elements: [T] = []
        elements.reserveCapacity(size)
        for (row, span) in spans.enumerated() {
            let text = self.text(span, bytes)
            elements.removeAll(keepingCapacity: true)
            if !isNull(text, span) {
                let isList = CSVCell.forEachElement(CSVCell.trimmed(text)) { element in
                    guard elements.count < size, let value = parse(element) else { return false }
                    elements.append(value)
                    return true
                }
                if !isList || elements.count != size {
                    elements.removeAll(keepingCapacity: true)
                    reject(row, text)
                }
            }
            vectorValidity.append(!elements.isEmpty)
            if elements.isEmpty {
                for _ in 0..<size { values.appendNull() }
            } else {
                for element in elements { values.append(fixed: element) }
            }
        }
    }

    /// Quotes say that a text is text; for other types they say nothing.
    @inline(__always)
    private func isNull(_ text: UnsafeRawBufferPointer, _ span: CSVFieldSpan) -> Bool {
        if span.isQuoted, type == .binary { return false }
        return nullTexts.contains(text) || span.isQuoted && text.isEmpty
    }

    @inline(__always)
    private func text(_ span: CSVFieldSpan, _ bytes: UnsafePointer<UInt8>) -> UnsafeRawBufferPointer {
        let raw = UnsafeRawBufferPointer(start: bytes + Int(span.start), count: Int(span.length))
        return span.isEscaped ? CSVScanner.unescaped(raw, into: scratch) : raw
    }
}

/// The texts that stand for a null.
struct CSVNullTexts {
    private let includesEmpty: Bool
    private let others: [[UInt8]]

    init(_ texts: Set<String>) {
        includesEmpty = texts.contains("")
        others = texts.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    @inline(__always)
    func contains(_ text: UnsafeRawBufferPointer) -> Bool {
        if text.isEmpty { return includesEmpty }
        return !others.isEmpty && others.contains { $0.elementsEqual(text) }
    }
}
