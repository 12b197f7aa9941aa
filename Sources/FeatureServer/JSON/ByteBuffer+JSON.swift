import Columnar
import Foundation

/// JSON written straight into the bytes that are sent (RFC 8259), value by value; commas and brackets are the caller's.
extension ByteBuffer {
    func appendJSON(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let digits = appendUninitialized(Self.digitCount(of: rest))
        var place = digits + Self.digitCount(of: rest)
        repeat {
            place -= 1
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            place.storeBytes(of: UInt8(48 + remainder), as: UInt8.self)
            rest = quotient
        } while rest > 0
    }

    private static func digitCount(of number: UInt64) -> Int {
        var count = 1
        var limit: UInt64 = 10
        while count < 20, number >= limit {
            count += 1
            if count < 20 { limit *= 10 }
        }
        return count
    }

    /// The shortest decimal that reads back as the same double. JSON has no NaN and no infinities: they are the strings
    /// `"NaN"`, `"Infinity"` and `"-Infinity"`, as Feast writes them.
    func appendJSON(_ number: Double) {
        if number.isFinite {
            // A whole number below 2^53, which many features are, is written without the search for digits.
            if number == number.rounded(.towardZero), number.magnitude < 9_007_199_254_740_992,
                number != 0 || number.sign == .plus
            {
                appendJSON(Int64(number))
                append(".0")
            } else {
                append(number.description)
            }
        } else if number.isNaN {
            append("\"NaN\"" as StaticString)
        } else {
            append((number > 0 ? "\"Infinity\"" : "\"-Infinity\"") as StaticString)
        }
    }

    func appendJSON(_ flag: Bool) { append((flag ? "true" : "false") as StaticString) }

    /// A string with its quotes; bytes that are no UTF-8 become U+FFFD, so that the answer is always valid JSON.
    func appendJSON(utf8 text: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "\""))
        var start = 0
        var isASCII = true
        for (position, byte) in text.enumerated() {
            if byte >= 0x80 { isASCII = false }
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            if !isASCII { break }
            append(UnsafeRawBufferPointer(rebasing: text[start..<position]))
            appendEscape(byte)
            start = position + 1
        }
        if isASCII {
            append(UnsafeRawBufferPointer(rebasing: text[start...]))
        } else {
            appendUnicode(UnsafeRawBufferPointer(rebasing: text[start...]))
        }
        append(UInt8(ascii: "\""))
    }

    private func appendUnicode(_ text: UnsafeRawBufferPointer) {
        var valid = String(decoding: text, as: UTF8.self)
        valid.withUTF8 { repaired in
            for byte in repaired {
                if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    appendEscape(byte)
                } else {
                    append(byte)
                }
            }
        }
    }

    private func appendEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"" as StaticString)
        case UInt8(ascii: "\\"): append("\\\\" as StaticString)
        case UInt8(ascii: "\n"): append("\\n" as StaticString)
        case UInt8(ascii: "\r"): append("\\r" as StaticString)
        case UInt8(ascii: "\t"): append("\\t" as StaticString)
        default:
            append("\\u00" as StaticString)
            append(Self.hexDigit(byte >> 4))
            append(Self.hexDigit(byte & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    func appendJSON(_ text: String) {
        var text = text
        text.withUTF8 { appendJSON(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// Bytes as a string of base64.
    func appendJSON(base64 bytes: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "\""))
        append(Data(bytes).base64EncodedString())
        append(UInt8(ascii: "\""))
    }

    /// An instant as RFC 3339 in UTC, with as many fraction digits (0, 3 or 6) as it needs, in quotes.
    func appendJSON(_ time: Timestamp) {
        append(UInt8(ascii: "\""))
        reserve(Timestamp.maximumLength)
        let room = UnsafeMutableRawBufferPointer(start: base + count, count: Timestamp.maximumLength)
        advance(by: time.write(to: room))
        append(UInt8(ascii: "\""))
    }
}
