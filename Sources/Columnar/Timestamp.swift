import Foundation

/// An instant: microseconds since 1970-01-01T00:00:00 UTC.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    /// The present, by the machine's clock.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public static let distantPast = Timestamp(microseconds: .min)
    public static let distantFuture = Timestamp(microseconds: .max)

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }

    public init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, with as many fraction digits (0, 3 or 6) as it needs: `2013-01-01T10:00:00Z`.
    public var description: String {
        String(unsafeUninitializedCapacity: Self.maximumLength) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Bytes of the longest description, of a time beyond the year 9999 or before 0.
    public static let maximumLength = 32

    /// Writes the description as ASCII; returns its length.
    ///
    /// - Parameter target: `maximumLength` bytes.
    public func write(to target: UnsafeMutableRawBufferPointer) -> Int {
        precondition(target.count >= Self.maximumLength)
        let dayLength: Int64 = 86_400_000_000
        var days = microseconds / dayLength
        var rest = microseconds % dayLength
        if rest < 0 {
            rest += dayLength
            days -= 1
        }
        let (year, month, day) = CivilDate.fromDays(days)
        let seconds = rest / 1_000_000
        let fraction = rest % 1_000_000
        var writer = DigitWriter(target)
        writer.year(year)
        writer.put("-", month, digits: 2)
        writer.put("-", day, digits: 2)
        writer.put("T", seconds / 3600, digits: 2)
        writer.put(":", seconds / 60 % 60, digits: 2)
        writer.put(":", seconds % 60, digits: 2)
        if fraction % 1000 != 0 {
            writer.put(".", fraction, digits: 6)
        } else if fraction != 0 {
            writer.put(".", fraction / 1000, digits: 3)
        }
        writer.put("Z")
        return writer.count
    }
}

/// Writes numbers of fixed width, left to right, into memory that has room for them.
private struct DigitWriter {
    private let target: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    mutating func put(_ character: Unicode.Scalar) {
        target[count] = UInt8(ascii: character)
        count += 1
    }

    mutating func put(_ separator: Unicode.Scalar, _ number: Int64, digits: Int) {
        put(separator)
        put(number, digits: digits)
    }

    private mutating func put(_ number: Int64, digits: Int) {
        var rest = number
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            target[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// A year has four places, counting its sign, or as many as it needs.
    mutating func year(_ year: Int64) {
        if year < 0 { put("-") }
        var (digits, limit) = (year < 0 ? 3 : 4, Int64(year < 0 ? 1000 : 10_000))
        while year.magnitude >= limit {
            digits += 1
            limit *= 10
        }
        put(Int64(year.magnitude), digits: digits)
    }
}

extension Timestamp {
    /// Reads an ISO 8601 date or date and time: `2013-01-01`, `2013-01-01 10:00`, `2013-01-01T10:00:00.123456+01:00`.
    ///
    /// Without an offset the time is UTC. Digits beyond microseconds are refused unless they are zeros, so that no
    /// precision is lost unseen. Returns nil for anything else, and for dates that do not exist.
    public init?(parsing text: UnsafeRawBufferPointer) {
        var scanner = DigitScanner(text)
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), let days = CivilDate.days(year: year, month: month, day: day)
        else { return nil }
        var seconds: Int64 = 0
        var micros: Int64 = 0
        if !scanner.isAtEnd {
            guard scanner.take("T") || scanner.take("t") || scanner.take(" ") else { return nil }
            guard let hour = scanner.digits(2), hour < 24, scanner.take(":"), let minute = scanner.digits(2),
                minute < 60
            else { return nil }
            seconds = hour * 3600 + minute * 60
            if scanner.take(":") {
                guard let second = scanner.digits(2), second < 60 else { return nil }
                seconds += second
                if scanner.take(".") {
                    guard let fraction = scanner.fraction(6) else { return nil }
                    micros = fraction
                }
            }
            guard let offset = scanner.zoneOffsetSeconds(), scanner.isAtEnd else { return nil }
            seconds -= offset
        }
        self.init(microseconds: (days * 86_400 + seconds) * 1_000_000 + micros)
    }

    public init?(parsing text: String) {
        var copy = text
        let parsed = copy.withUTF8 { Timestamp(parsing: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }
}

/// The proleptic Gregorian calendar (algorithms: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
package enum CivilDate {
    package static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= lastDay(year: year, month: month) else { return nil }
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func fromDays(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let mp = (5 * dayOfYear + 2) / 153
        let month = mp + (mp < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
    }

    private static func lastDay(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Reads fixed runs of digits from text, left to right.
private struct DigitScanner {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        guard position + count <= text.count else { return nil }
        var number: Int64 = 0
        for _ in 0..<count {
            let digit = text[position] &- 48
            guard digit < 10 else { return nil }
            number = number * 10 + Int64(digit)
            position += 1
        }
        return number
    }

    /// A decimal fraction of any length as a count of 10^-places; digits beyond must be zeros.
    mutating func fraction(_ places: Int) -> Int64? {
        var number: Int64 = 0
        var seen = 0
        while position < text.count, case let digit = text[position] &- 48, digit < 10 {
            if seen < places {
                number = number * 10 + Int64(digit)
            } else if digit != 0 {
                return nil
            }
            seen += 1
            position += 1
        }
        guard seen > 0 else { return nil }
        for _ in min(seen, places)..<places { number *= 10 }
        return number
    }

    /// `Z`, `UTC`, `+01:00`, `+0100`, `+01`, or nothing (UTC).
    mutating func zoneOffsetSeconds() -> Int64? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        if take(" ") { return take("U") && take("T") && take("C") ? 0 : nil }
        let sign: Int64
        if take("+") {
            sign = 1
        } else if take("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = digits(2), hours < 24 else { return nil }
        var minutes: Int64 = 0
        if !isAtEnd {
            _ = take(":")
            guard let parsed = digits(2), parsed < 60 else { return nil }
            minutes = parsed
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}
