import Foundation

/// Where a field's text lies in the window.
struct CSVFieldSpan {
    /// First byte, behind an opening quote.
    var start: UInt32
    /// Bytes, without quotes around them.
    var length: UInt32
    var isQuoted: Bool
    /// Whether quotes within are doubled.
    var isEscaped: Bool
}

/// Splits bytes into records and fields (RFC 4180).
///
/// Beyond the RFC: LF ends a record as CRLF does; a quote inside an unquoted field stands for itself; a blank line is
/// skipped, unless the file has one column, where it is a null.
struct CSVScanner {
    let delimiter: UInt8

    /// How a try to read one record ended.
    enum Outcome {
        case record(end: Int, next: Int, newlines: Int)
        /// The record can be left out and reading goes on at `next`.
        case malformed(end: Int, next: Int, newlines: Int, message: String)
        /// The record goes on behind the bytes at hand; `openQuoteNewlines` counts the line ends before a quote that
        /// is still open.
        case incomplete(openQuoteNewlines: Int?)
    }

    /// Reads the record at `start`, one call of `take` a field, with the field's position in the record.
    @inline(__always)
    func scanRecord(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, isAtEnd: Bool,
        take: (_ field: Int, CSVFieldSpan) -> Void
    ) -> (outcome: Outcome, fields: Int) {
        var position = start
        var field = 0
        var newlines = 0
        while true {
            let fieldEnd: Int
            if position < end, bytes[position] == UInt8(ascii: "\"") {
                let quoted = scanQuoted(bytes, from: position + 1, to: end, isAtEnd: isAtEnd)
                guard let quoted else { return (.incomplete(openQuoteNewlines: newlines), field) }
                newlines += quoted.newlines
                take(
                    field,
                    CSVFieldSpan(
                        start: UInt32(position + 1), length: UInt32(quoted.end - position - 1), isQuoted: true,
                        isEscaped: quoted.isEscaped))
                fieldEnd = quoted.end + 1
                let isClosed =
                    fieldEnd == end || bytes[fieldEnd] == delimiter || bytes[fieldEnd] == newline
                    || isLineEnd(bytes, at: fieldEnd, to: end)
                if !isClosed {
                    let outcome = skipLine(bytes, from: fieldEnd, to: end, isAtEnd: isAtEnd, newlines: newlines)
                    return (outcome, field + 1)
                }
            } else {
                fieldEnd = endOfField(bytes, from: position, to: end)
                if fieldEnd == end, !isAtEnd { return (.incomplete(openQuoteNewlines: nil), field) }
                let isBeforeLineEnd = fieldEnd == end || bytes[fieldEnd] == newline
                let hasReturn = isBeforeLineEnd && fieldEnd > position && bytes[fieldEnd - 1] == carriageReturn
                take(
                    field,
                    CSVFieldSpan(
                        start: UInt32(position), length: UInt32(fieldEnd - position - (hasReturn ? 1 : 0)),
                        isQuoted: false, isEscaped: false))
            }
            field += 1
            if fieldEnd < end, bytes[fieldEnd] == delimiter {
                position = fieldEnd + 1
                continue
            }
            return (recordEnd(bytes, from: start, at: fieldEnd, to: end, newlines: newlines), field)
        }
    }

    /// The record that ends at `lineEnd`, which is at CR LF, at LF, or at the end of the bytes.
    @inline(__always)
    private func recordEnd(
        _ bytes: UnsafePointer<UInt8>, from start: Int, at lineEnd: Int, to end: Int, newlines: Int
    ) -> Outcome {
        var next = lineEnd
        if next < end, bytes[next] == carriageReturn { next += 1 }
        if next < end { return .record(end: lineEnd, next: next + 1, newlines: newlines + 1) }
        return .record(end: lineEnd, next: next, newlines: newlines)
    }

    /// Where the line behind a blank line starts; nil if there is text at `position`.
    @inline(__always)
    func blankLineEnd(_ bytes: UnsafePointer<UInt8>, at position: Int, to end: Int) -> Int? {
        if bytes[position] == newline { return position + 1 }
        let isBlank = bytes[position] == carriageReturn && position + 1 < end && bytes[position + 1] == newline
        return isBlank ? position + 2 : nil
    }

    /// CR LF, or CR as the last byte.
    private func isLineEnd(_ bytes: UnsafePointer<UInt8>, at position: Int, to end: Int) -> Bool {
        bytes[position] == carriageReturn && (position + 1 == end || bytes[position + 1] == newline)
    }

    /// Finds the closing quote; nil if it is not among the bytes, or may be the first of a doubled one.
    private func scanQuoted(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, isAtEnd: Bool
    ) -> (end: Int, isEscaped: Bool, newlines: Int)? {
        var position = start
        var isEscaped = false
        while let found = memchr(bytes + position, Int32(UInt8(ascii: "\"")), end - position) {
            let quote = UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
            // What follows the quote decides, and a CR's LF decides about the CR.
            let lookahead = quote + 2 < end || isAtEnd
            guard lookahead else { return nil }
            if quote + 1 < end, bytes[quote + 1] == UInt8(ascii: "\"") {
                isEscaped = true
                position = quote + 2
                continue
            }
            return (quote, isEscaped, countNewlines(bytes, from: start, to: quote))
        }
        return nil
    }

    private func countNewlines(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        var count = 0
        var position = start
        while let found = memchr(bytes + position, Int32(newline), end - position) {
            count += 1
            position = UnsafeRawPointer(found) - UnsafeRawPointer(bytes) + 1
        }
        return count
    }

    /// Leaves out the rest of a line whose closing quote is followed by text.
    private func skipLine(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, isAtEnd: Bool, newlines: Int
    ) -> Outcome {
        let message = "text follows a closing quote; double the quotes that belong to the text"
        guard let found = memchr(bytes + start, Int32(newline), end - start) else {
            if !isAtEnd { return .incomplete(openQuoteNewlines: nil) }
            return .malformed(end: end, next: end, newlines: newlines, message: message)
        }
        let lineEnd = UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
        return .malformed(end: lineEnd, next: lineEnd + 1, newlines: newlines + 1, message: message)
    }

    /// The text of a quoted field with its doubled quotes made one, kept in `scratch`.
    static func unescaped(_ text: UnsafeRawBufferPointer, into scratch: MutableBuffer) -> UnsafeRawBufferPointer {
        scratch.removeAll()
        var isSecond = false
        for byte in text {
            isSecond = byte == UInt8(ascii: "\"") && !isSecond
            if byte != UInt8(ascii: "\"") || isSecond { scratch.append(byte) }
        }
        return UnsafeRawBufferPointer(start: scratch.base, count: scratch.count)
    }

    /// The first delimiter or LF from `start` on, or `end`. Eight bytes at a time (Mycroft's test for a zero byte:
    /// its lowest set bit is exact).
    @inline(__always)
    private func endOfField(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let delimiters = ones &* UInt64(delimiter)
        let newlines = ones &* UInt64(newline)
        var position = start
        while position < end {
            // Behind `end` the window has 64 readable bytes.
            let word = UnsafeRawPointer(bytes + position).loadUnaligned(as: UInt64.self)
            let a = word ^ delimiters
            let b = word ^ newlines
            let hits = ((a &- ones) & ~a | (b &- ones) & ~b) & highs
            if hits != 0 { return min(position + hits.trailingZeroBitCount >> 3, end) }
            position += 8
        }
        return end
    }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
