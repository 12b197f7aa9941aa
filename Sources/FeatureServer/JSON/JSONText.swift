import Foundation

/// A string in JSON as it stands between its quotes; valid as long as the text it lies in.
struct JSONText {
    let raw: UnsafeRawBufferPointer
    let hasEscapes: Bool

    @inline(__always)
    static func == (text: JSONText, word: StaticString) -> Bool {
        guard !text.hasEscapes, text.raw.count == word.utf8CodeUnitCount else { return false }
        guard let base = text.raw.baseAddress else { return true }
        return memcmp(base, word.utf8Start, text.raw.count) == 0
    }

    @inline(__always)
    static func == (text: JSONText, name: String) -> Bool {
        if text.hasEscapes { return text.string == name }
        return name.utf8.count == text.raw.count && name.utf8.elementsEqual(text.raw)
    }

    /// The characters; what is no UTF-8, or half a surrogate pair, becomes U+FFFD.
    var string: String {
        hasEscapes ? String(decoding: unescaped, as: UTF8.self) : String(decoding: raw, as: UTF8.self)
    }

    /// The characters' bytes, with half a surrogate pair as U+FFFD.
    var unescaped: [UInt8] {
        guard hasEscapes else { return Array(raw) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(raw.count)
        var position = 0
        while position < raw.count {
            guard raw[position] == UInt8(ascii: "\\"), position + 1 < raw.count else {
                decoded.append(raw[position])
                position += 1
                continue
            }
            let escape = raw[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "b"): decoded.append(8)
            case UInt8(ascii: "f"): decoded.append(12)
            case UInt8(ascii: "n"): decoded.append(10)
            case UInt8(ascii: "r"): decoded.append(13)
            case UInt8(ascii: "t"): decoded.append(9)
            case UInt8(ascii: "u"): decoded.append(contentsOf: Array(String(scalar(at: &position)).utf8))
            default: decoded.append(escape)
            }
        }
        return decoded
    }

    /// The scalar of a `\u` escape whose digits begin at `position`, with the second half of a pair; moves behind it.
    private func scalar(at position: inout Int) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{fffd}"
        guard let first = hexadecimal(at: position) else { return replacement }
        position += 4
        guard (0xd800..<0xdc00).contains(first) else { return Unicode.Scalar(first) ?? replacement }
        guard position + 1 < raw.count, raw[position] == UInt8(ascii: "\\"), raw[position + 1] == UInt8(ascii: "u"),
            let second = hexadecimal(at: position + 2), (0xdc00..<0xe000).contains(second)
        else { return replacement }
        position += 6
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) ?? replacement
    }

    private func hexadecimal(at position: Int) -> UInt32? {
        guard position + 4 <= raw.count else { return nil }
        return UInt32(String(decoding: raw[position..<position + 4], as: UTF8.self), radix: 16)
    }
}
