import Columnar
import Foundation

/// Texts and numbers as they may stand in a page.
enum HTML {
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // HTML has no such characters, not even by number.
            case _ where scalar.value < 32 && scalar != "\t" && scalar != "\n": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Three digits that count: `0.123`, `12.3`, `1,230`, `1.23e-7`.
    static func number(_ number: Double?) -> String {
        guard let number else { return "–" }
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "−∞" : "∞" }
        let magnitude = abs(number)
        if number == number.rounded(), magnitude < 1e9 { return count(Int(number)) }
        if magnitude >= 1e9 || magnitude < 1e-3 { return minus(String(format: "%.2e", number)) }
        if magnitude >= 100 { return count(Int(number.rounded())) }
        return minus(String(format: magnitude >= 10 ? "%.1f" : magnitude >= 1 ? "%.2f" : "%.3f", number))
    }

    /// A measure of drift, to a thousandth.
    static func measure(_ number: Double?) -> String { number.map { String(format: "%.3f", $0) } ?? "–" }

    static func count(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return (number < 0 ? "−" : "") + digits
    }

    static func percent(_ share: Double) -> String {
        let percent = share * 100
        return String(format: percent == 0 || percent == 100 ? "%.0f %%" : "%.1f %%", percent)
    }

    /// Seconds since 1970 as a date with minutes.
    static func time(_ seconds: Double?) -> String {
        guard let seconds else { return "–" }
        guard abs(seconds) < 9e12 else { return number(seconds) }
        let text = Timestamp(microseconds: Int64((seconds * 1e6).rounded())).description
        return String(text.prefix(16)).replacingOccurrences(of: "T", with: " ")
    }

    /// A place in a drawing, in tenths.
    static func coordinate(_ number: Double) -> String {
        let text = String(format: "%.1f", number)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func minus(_ text: String) -> String { text.hasPrefix("-") ? "−" + text.dropFirst() : text }
}
