import Foundation

/// Reads JSON (RFC 8259) from its bytes, value after value, without building a tree.
///
/// The caller says what it expects next; what it does not want it skips, checked. The bytes must outlive the cursor.
/// Every read is bounds-checked, and nesting is bounded, so hostile text costs one pass at most.
struct JSONCursor {
    /// Objects and arrays within each other.
    static let maximumDepth = 64

    let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0
    private var depth = 0
    /// Where `bytes` lie in the text that errors count in.
    private let start: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        start = 0
    }

    /// A cursor over a value that another has skipped; errors tell places in the whole text.
    init(_ value: UnsafeRawBufferPointer, within text: UnsafeRawBufferPointer) {
        bytes = value
        start = text.baseAddress.flatMap { text in value.baseAddress.map { $0 - text } } ?? 0
    }

    func error(_ message: String, at position: Int? = nil) -> JSONError {
        JSONError(message: message, offset: start + (position ?? offset))
    }

    @inline(__always)
    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0a, 0x0d, 0x09: offset += 1
            default: return
            }
        }
    }

    /// The first byte of the next value.
    @inline(__always)
    mutating func peek() throws(JSONError) -> UInt8 {
        skipSpace()
        guard offset < bytes.count else { throw error("the text ends too early") }
        return bytes[offset]
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws(JSONError) {
        guard take(byte) else { throw error("\(what) is missing") }
    }

    /// Checks that nothing but space follows.
    mutating func expectEnd() throws(JSONError) {
        skipSpace()
        guard offset == bytes.count else { throw error("there is more text behind the value") }
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw error("more than \(Self.maximumDepth) levels of nesting") }
    }

    /// Reads an object; `member` must read or skip each value.
    mutating func object(
        _ member: (JSONText, inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard take(UInt8(ascii: "{")) else { throw error("an object is expected") }
        try enter()
        defer { depth -= 1 }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            guard try peek() == UInt8(ascii: "\"") else { throw error("a name in quotes is expected") }
            let name = try string()
            try expect(UInt8(ascii: ":"), "':'")
            try member(name, &self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"), "',' or '}'")
    }

    /// Reads an array; `element` must read or skip each value.
    mutating func array(_ element: (inout JSONCursor) throws(JSONError) -> Void) throws(JSONError) {
        guard take(UInt8(ascii: "[")) else { throw error("an array is expected") }
        try enter()
        defer { depth -= 1 }
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "',' or ']'")
    }

    /// Reads a string.
    mutating func string() throws(JSONError) -> JSONText {
        guard take(UInt8(ascii: "\"")) else { throw error("a string is expected") }
        let start = offset
        var hasEscapes = false
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                offset += 1
                return JSONText(
                    raw: UnsafeRawBufferPointer(rebasing: bytes[start..<offset - 1]), hasEscapes: hasEscapes)
            }
            guard byte >= 0x20 else { throw error("a control character stands in a string; escape it") }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
            } else {
                offset += 1
            }
        }
        throw error("a string has no end", at: start - 1)
    }

    private mutating func skipEscape() throws(JSONError) {
        guard offset + 1 < bytes.count else { throw error("a string has no end") }
        switch bytes[offset + 1] {
        case UInt8(ascii: "u"):
            guard offset + 5 < bytes.count, bytes[offset + 2...offset + 5].allSatisfy(Self.isHex) else {
                throw error("an escape \\u needs four hexadecimal digits")
            }
            offset += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        default: throw error("an unknown escape in a string")
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }

    /// Reads a number, in JSON's grammar.
    mutating func number() throws(JSONError) -> JSONNumber {
        skipSpace()
        let start = offset
        var isWhole = true
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let firstDigit = offset
        guard skipDigits() > 0 else { throw error("a number is expected", at: start) }
        if bytes[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 {
            throw error("a number may not begin with 0", at: start)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            isWhole = false
            guard skipDigits() > 0 else { throw error("digits are expected behind the point") }
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            isWhole = false
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            guard skipDigits() > 0 else { throw error("digits are expected in the exponent") }
        }
        return JSONNumber(text: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]), isWhole: isWhole)
    }

    private mutating func skipDigits() -> Int {
        let start = offset
        while offset < bytes.count, bytes[offset] &- 48 < 10 { offset += 1 }
        return offset - start
    }

    /// Reads `true`, `false` or `null` (nil).
    mutating func literal() throws(JSONError) -> Bool? {
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        if takeWord("null") { return nil }
        throw error("a value is expected")
    }

    /// Reads `true` or `false`.
    mutating func bool() throws(JSONError) -> Bool {
        guard let value = try literal() else { throw error("true or false is expected") }
        return value
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        skipSpace()
        let length = word.utf8CodeUnitCount
        guard bytes.count - offset >= length, let base = bytes.baseAddress,
            memcmp(base + offset, word.utf8Start, length) == 0
        else { return false }
        offset += length
        return true
    }

    /// Skips one value of any kind, checked; returns its bytes.
    @discardableResult
    mutating func skipValue() throws(JSONError) -> UnsafeRawBufferPointer {
        let first = try peek()
        let start = offset
        switch first {
        case UInt8(ascii: "{"):
            try object { (_, cursor) throws(JSONError) in _ = try cursor.skipValue() }
        case UInt8(ascii: "["): try array { (cursor) throws(JSONError) in _ = try cursor.skipValue() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try number()
        default: _ = try literal()
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    }

    /// Passes over an object or array by its brackets alone, for a caller that reads it afterwards: what is wrong inside
    /// of it is told then. Other values are skipped as by `skipValue`.
    mutating func passValue() throws(JSONError) -> UnsafeRawBufferPointer {
        let first = try peek()
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return try skipValue() }
        let start = offset
        var open = 0
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                _ = try string()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): open -= 1
            default: break
            }
            offset += 1
            if open == 0 { return UnsafeRawBufferPointer(rebasing: bytes[start..<offset]) }
        }
        throw error("the text ends too early")
    }
}
