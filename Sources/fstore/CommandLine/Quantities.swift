import Columnar
import Foundation

/// Numbers as people read them.
enum Quantities {
    /// `10,000,000`.
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0 && (digits.count - place) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// `1 row`, `2 rows`.
    static func count(_ number: Int, _ noun: String) -> String { "\(count(number)) \(noun)\(number == 1 ? "" : "s")" }

    /// `950`, `1.2 M`: a number of which the size counts.
    static func short(_ number: Double) -> String {
        scaled(number, units: ["", " k", " M", " G", " T"])
    }

    /// `0.1234`, `12.35`, `1,234,567`, `1.234e-09`: a number to four digits, or as many as it has before the point.
    static func number(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-∞" : "∞" }
        if number == 0 { return "0" }
        let magnitude = number.magnitude
        if magnitude >= 1e15 || magnitude < 1e-4 { return String(format: "%.3e", number) }
        if magnitude >= 999.5 { return count(Int(number.rounded())) }
        let decimals = magnitude >= 99.95 ? 1 : magnitude >= 9.995 ? 2 : magnitude >= 0.9995 ? 3 : 4
        var text = String(format: "%.\(decimals)f", number)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// A value of a table: numbers as `number(_:)` writes them, whole ones in full (but years without a comma).
    static func number(_ value: Value) -> String {
        switch value {
        case .int(let whole): whole.magnitude < 10_000 ? String(whole) : count(Int(whole))
        case .float32(let value): number(Double(value))
        case .float64(let value): number(value)
        default: value.description
        }
    }

    /// `1.2 MB`, in powers of 1000.
    static func bytes(_ number: Int) -> String {
        scaled(Double(number), units: [" bytes", " kB", " MB", " GB", " TB", " PB"])
    }

    /// `420 µs`, `350 ms`, `2.3 s`, `3 min 20 s`, `1 h 5 min`.
    static func seconds(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "–" }
        if seconds < 0.000_999_5 { return "\(Int((seconds * 1e6).rounded())) µs" }
        if seconds < 0.999_5 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 59.95 { return "\(oneDecimal(seconds)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    private static func scaled(_ number: Double, units: [String]) -> String {
        guard number.isFinite, number.magnitude < 1e18 else { return "–" }
        if number.magnitude < 1000 { return "\(Int(number))\(units[0])" }
        var value = number
        var unit = 0
        // 999.95 would be rounded to 1000.0 of the smaller unit.
        while value.magnitude >= 999.95, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return oneDecimal(value) + units[unit]
    }

    private static func oneDecimal(_ number: Double) -> String {
        let tenths = Int((number.magnitude * 10).rounded())
        return "\(number < 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
    }
}
