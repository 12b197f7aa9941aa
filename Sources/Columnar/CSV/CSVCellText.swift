/// Appends the text of a column's cells to a line; the type is looked at once for a column, not for each cell.
struct CSVCellText {
    /// Appends the text of a row that is not null.
    typealias Append = (_ row: Int, MutableBuffer) -> Void

    let delimiter: UInt8

    func append(of column: Column) -> Append {
        switch column.type {
        case .string: { row, line in appendQuotedIfNeeded(column.bytes(at: row), to: line) }
        case .bool: { row, line in Self.append(column.bits[row] ? "true" : "false", to: line) }
        case .int32: integers(column, Int32.self)
        case .int64: integers(column, Int64.self)
        case .float32: { row, line in Self.append(column.elements(as: Float.self)[row].description, to: line) }
        case .float64: { row, line in Self.append(column.elements(as: Double.self)[row].description, to: line) }
        case .date32: { row, line in Self.appendDate(Int64(column.elements(as: Int32.self)[row]), to: line) }
        case .time(let unit): { row, line in Self.appendTime(column.value(at: row), unit: unit, to: line) }
        case .timestamp(let unit, zone: _):
            { row, line in Self.appendTimestamp(column.elements(as: Int64.self)[row], unit: unit, to: line) }
        case .list, .fixedSizeList:
            { row, line in appendQuotedIfNeeded(column.value(at: row).description, to: line) }
        case .int8, .int16, .uint8, .uint16, .uint32, .uint64, .float16, .decimal, .binary:
            { row, line in Self.append(column.value(at: row).description, to: line) }
        }
    }

    private func integers<T: FixedWidthInteger>(_ column: Column, _: T.Type) -> Append {
        { row, line in
            let number = column.elements(as: T.self)[row]
            if number < 0 { line.append(UInt8(ascii: "-")) }
            Self.appendDigits(UInt64(number.magnitude), atLeast: 1, to: line)
        }
    }

    func appendQuotedIfNeeded(_ text: String, to line: MutableBuffer) {
        var text = text
        text.withUTF8 { appendQuotedIfNeeded(UnsafeRawBufferPointer($0), to: line) }
    }

    private func appendQuotedIfNeeded(_ text: UnsafeRawBufferPointer, to line: MutableBuffer) {
        let quote = UInt8(ascii: "\"")
        let needsQuotes =
            text.isEmpty
            || text.contains { $0 == delimiter || $0 == quote || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard needsQuotes else { return line.append(contentsOf: text) }
        line.append(quote)
        for byte in text {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        line.append(quote)
    }

    /// `10:30:00`, with as many digits of a second's fraction as the unit has.
    private static func appendTime(_ value: Value, unit: TimeUnit, to line: MutableBuffer) {
        guard case .int(let ticks) = value else { return }
        let perSecond = unit.ticksPerSecond
        let (hours, rest) = ticks.quotientAndRemainder(dividingBy: 3600 * perSecond)
        let (minutes, ticksOfMinute) = rest.quotientAndRemainder(dividingBy: 60 * perSecond)
        let (seconds, fraction) = ticksOfMinute.quotientAndRemainder(dividingBy: perSecond)
        if ticks < 0 { line.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(hours.magnitude), atLeast: 2, to: line)
        line.append(UInt8(ascii: ":"))
        appendDigits(UInt64(minutes.magnitude), atLeast: 2, to: line)
        line.append(UInt8(ascii: ":"))
        appendDigits(UInt64(seconds.magnitude), atLeast: 2, to: line)
        guard perSecond > 1 else { return }
        line.append(UInt8(ascii: "."))
        appendDigits(UInt64(fraction.magnitude), atLeast: String(perSecond).count - 1, to: line)
    }

    private static func append(_ text: String, to line: MutableBuffer) {
        var text = text
        text.withUTF8 { line.append(contentsOf: UnsafeRawBufferPointer($0)) }
    }

    private static func appendDigits(_ number: UInt64, atLeast width: Int, to line: MutableBuffer) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var start = digits.count
            while rest > 0 || digits.count - start < width {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            line.append(contentsOf: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: digits[start...])))
        }
    }

    private static func appendDate(_ days: Int64, to line: MutableBuffer) {
        let (year, month, day) = CivilDate.fromDays(days)
        if year < 0 { line.append(UInt8(ascii: "-")) }
        appendDigits(year.magnitude, atLeast: 4, to: line)
        line.append(UInt8(ascii: "-"))
        appendDigits(UInt64(month), atLeast: 2, to: line)
        line.append(UInt8(ascii: "-"))
        appendDigits(UInt64(day), atLeast: 2, to: line)
    }

    /// RFC 3339 in UTC, with as many fraction digits (0, 3, 6 or 9) as it needs.
    private static func appendTimestamp(_ ticks: Int64, unit: TimeUnit, to line: MutableBuffer) {
        let ticksPerSecond: Int64 =
            switch unit {
            case .seconds: 1
            case .milliseconds: 1000
            case .microseconds: 1_000_000
            case .nanoseconds: 1_000_000_000
            }
        let (seconds, fraction) = flooredDivision(ticks, ticksPerSecond)
        let (days, second) = flooredDivision(seconds, 86_400)
        appendDate(days, to: line)
        line.append(UInt8(ascii: "T"))
        appendDigits(UInt64(second / 3600), atLeast: 2, to: line)
        line.append(UInt8(ascii: ":"))
        appendDigits(UInt64(second / 60 % 60), atLeast: 2, to: line)
        line.append(UInt8(ascii: ":"))
        appendDigits(UInt64(second % 60), atLeast: 2, to: line)
        if fraction != 0 {
            let nanoseconds = UInt64(fraction * (1_000_000_000 / ticksPerSecond))
            line.append(UInt8(ascii: "."))
            if nanoseconds % 1_000_000 == 0 {
                appendDigits(nanoseconds / 1_000_000, atLeast: 3, to: line)
            } else if nanoseconds % 1000 == 0 {
                appendDigits(nanoseconds / 1000, atLeast: 6, to: line)
            } else {
                appendDigits(nanoseconds, atLeast: 9, to: line)
            }
        }
        line.append(UInt8(ascii: "Z"))
    }

    private static func flooredDivision(_ number: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
