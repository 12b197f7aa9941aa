import Foundation

/// Reads the text of a field as a value of a type; nil where it is none.
enum CSVCell {
    static func bool(_ text: UnsafeRawBufferPointer) -> Bool? {
        switch text.count {
        case 1:
            switch text[0] {
            case UInt8(ascii: "1"), UInt8(ascii: "t"), UInt8(ascii: "T"): return true
            case UInt8(ascii: "0"), UInt8(ascii: "f"), UInt8(ascii: "F"): return false
            default: return nil
            }
        case 4: return matches(text, "true") ? true : nil
        case 5: return matches(text, "false") ? false : nil
        default: return nil
        }
    }

    /// Whether `text` is `word`, letter case aside; `word` is lower case.
    static func matches(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        text.count == word.utf8CodeUnitCount && text.indices.allSatisfy { text[$0] | 0x20 == word.utf8Start[$0] }
    }

    /// Days since 1970-01-01 of a date without a time.
    static func date(_ text: UnsafeRawBufferPointer) -> Int32? {
        guard text.count == 10, let time = Timestamp(parsing: text) else { return nil }
        return Int32(exactly: time.microseconds / 86_400_000_000)
    }

    /// Ticks of a time; nil if it is unreadable or not a whole number of ticks.
    static func ticks(_ text: UnsafeRawBufferPointer, unit: TimeUnit) -> Int64? {
        guard let time = Timestamp(parsing: text)?.microseconds else { return nil }
        switch unit {
        case .microseconds: return time
        case .nanoseconds:
            let (product, overflows) = time.multipliedReportingOverflow(by: 1000)
            return overflows ? nil : product
        case .milliseconds: return time % 1000 == 0 ? time / 1000 : nil
        case .seconds: return time % 1_000_000 == 0 ? time / 1_000_000 : nil
        }
    }

    /// Bytes from `0x` and hexadecimal digits, two a byte.
    static func bytes(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count >= 2, text.count % 2 == 0, text[0] == UInt8(ascii: "0"), text[1] | 0x20 == UInt8(ascii: "x")
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for i in stride(from: 2, to: text.count, by: 2) {
            guard let high = hexDigit(text[i]), let low = hexDigit(text[i + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func hexDigit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Calls `take` for each element of `[1, 2.5, 3]`; false if the text is no such list or `take` returns false.
    static func forEachElement(
        _ text: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        guard text.count >= 2, text[0] == UInt8(ascii: "["), text[text.count - 1] == UInt8(ascii: "]") else {
            return false
        }
        let inner = UnsafeRawBufferPointer(rebasing: text[1..<text.count - 1])
        if trimmed(inner).isEmpty { return true }
        var start = 0
        for position in 0...inner.count where position == inner.count || inner[position] == UInt8(ascii: ",") {
            guard take(trimmed(UnsafeRawBufferPointer(rebasing: inner[start..<position]))) else { return false }
            start = position + 1
        }
        return true
    }

    /// The text without spaces and tabs around it.
    @inline(__always)
    static func trimmed(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let first = text.first, let last = text.last, first <= 32 || last <= 32 else { return text }
        func isBlank(_ character: UInt8) -> Bool { character == 32 || character == 9 }
        var (start, end) = (0, text.count)
        while start < end, isBlank(text[start]) { start += 1 }
        while end > start, isBlank(text[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: text[start..<end])
    }

    static func isUTF8(_ text: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position + 8 <= text.count {
            if text.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { break }
            position += 8
        }
        while position < text.count, text[position] < 0x80 { position += 1 }
        if position == text.count { return true }
        return String(validating: text, as: UTF8.self) != nil
    }
}
