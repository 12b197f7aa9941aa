import Foundation

/// Writes tables as one CSV file (RFC 4180, lines end in LF), which appears under its name when `close` succeeds.
///
/// A null is an empty field, an empty string `""`; fields are quoted only where they must be. Numbers are written so
/// that reading them gives the same bits (a NaN stays a NaN), timestamps as RFC 3339 in UTC, bytes as `0x…`, lists and
/// vectors as `[1, 2.5]`. A path that ends in `.gz` is compressed, one in `.tsv` or `.tsv.gz` is tab-separated.
///
/// A writer that is let go before `close` leaves no file, and an older file of that name as it was.
public final class CSVWriter {
    private let fields: [Field]
    private let delimiter: UInt8
    private let file: FileByteSink
    private let line = MutableBuffer()

    /// Creates the file and writes the header.
    ///
    /// - Throws: if the file cannot be created.
    public init(path: String, fields: [Field], delimiter: UInt8? = nil) throws(DataError) {
        let isTabbed = [".tsv", ".tsv.gz", ".tab"].contains { path.lowercased().hasSuffix($0) }
        self.fields = fields
        self.delimiter = delimiter ?? UInt8(ascii: isTabbed ? "\t" : ",")
        file = try FileByteSink(path: path)
        for (i, field) in fields.enumerated() {
            if i > 0 { line.append(self.delimiter) }
            appendText(field.name)
        }
        try endBatch(withNewline: true)
    }

    /// Appends the rows of a table that has the writer's fields.
    public func write(_ table: Table) throws(DataError) {
        precondition(table.fields.map(\.type) == fields.map(\.type))
        for row in 0..<table.rowCount {
            for (i, column) in table.columns.enumerated() {
                if i > 0 { line.append(delimiter) }
                if !column.isNull(row) { appendCell(column, row) }
            }
            line.append(UInt8(ascii: "\n"))
            if line.count > 256 * 1024 { try endBatch(withNewline: false) }
        }
        try endBatch(withNewline: false)
    }

    /// Makes the file durable and gives it its name; nothing may be written afterwards.
    public func close() throws(DataError) { try file.close() }

    private func endBatch(withNewline: Bool) throws(DataError) {
        if withNewline { line.append(UInt8(ascii: "\n")) }
        try file.write(UnsafeRawBufferPointer(start: line.base, count: line.count))
        line.removeAll()
    }

    private func appendCell(_ column: Column, _ row: Int) {
        switch column.type {
        case .string: appendQuotedIfNeeded(column.bytes(at: row))
        case .int64: appendInteger(column.elements(as: Int64.self)[row])
        case .int32: appendInteger(Int64(column.elements(as: Int32.self)[row]))
        case .date32: appendPlain(CSVWriter.date(column.elements(as: Int32.self)[row]))
        case .timestamp(let unit, zone: _):
            appendPlain(CSVWriter.timestamp(column.elements(as: Int64.self)[row], unit: unit))
        case .list, .fixedSizeList: appendText(column.value(at: row).description)
        default: appendPlain(column.value(at: row).description)
        }
    }

    /// RFC 3339; nanoseconds with nine digits where microseconds do not hold them.
    private static func timestamp(_ ticks: Int64, unit: TimeUnit) -> String {
        switch unit {
        case .seconds: return Timestamp(microseconds: saturating(ticks, times: 1_000_000)).description
        case .milliseconds: return Timestamp(microseconds: saturating(ticks, times: 1000)).description
        case .microseconds: return Timestamp(microseconds: ticks).description
        case .nanoseconds:
            let (microseconds, rest) = ticks.quotientAndRemainder(dividingBy: 1000)
            if rest == 0 { return Timestamp(microseconds: microseconds).description }
            let seconds = ticks >= 0 ? ticks / 1_000_000_000 : (ticks - 999_999_999) / 1_000_000_000
            let fraction = String(ticks - seconds * 1_000_000_000)
            let whole = Timestamp(microseconds: seconds * 1_000_000).description.dropLast()
            return "\(whole).\(String(repeating: "0", count: 9 - fraction.count))\(fraction)Z"
        }
    }

    private static func saturating(_ ticks: Int64, times factor: Int64) -> Int64 {
        let (product, overflows) = ticks.multipliedReportingOverflow(by: factor)
        return overflows ? (ticks < 0 ? .min : .max) : product
    }

    private static func date(_ days: Int32) -> String {
        String(Timestamp(microseconds: Int64(days) * 86_400_000_000).description.prefix { $0 != "T" })
    }

    private func appendInteger(_ number: Int64) {
        if number < 0 { line.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = line.count
        repeat {
            line.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        var digits = UnsafeMutableRawBufferPointer(start: line.base + start, count: line.count - start)
        digits.reverse()
    }

    private func appendPlain(_ text: String) {
        var text = text
        text.withUTF8 { line.append(contentsOf: UnsafeRawBufferPointer($0)) }
    }

    private func appendText(_ text: String) {
        var text = text
        text.withUTF8 { appendQuotedIfNeeded(UnsafeRawBufferPointer($0)) }
    }

    private func appendQuotedIfNeeded(_ text: UnsafeRawBufferPointer) {
        let needsQuotes =
            text.isEmpty
            || text.contains {
                $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r")
            }
        guard needsQuotes else { return line.append(contentsOf: text) }
        line.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { line.append(byte) }
            line.append(byte)
        }
        line.append(UInt8(ascii: "\""))
    }
}
