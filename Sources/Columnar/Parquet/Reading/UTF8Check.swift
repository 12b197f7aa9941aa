/// Tells whether strings are UTF-8, so that whoever gets a column of strings can rely on it.
enum UTF8Check {
    /// Whether each of the strings between `offsets` is valid.
    static func isValid(_ bytes: UnsafeRawBufferPointer, offsets: UnsafeBufferPointer<Int64>) -> Bool {
        guard let end = asciiPrefix(bytes), end < bytes.count else { return true }
        guard isValid(bytes, from: end) else { return false }
        // The whole is valid: so are its parts, if none begins within a character.
        return offsets.allSatisfy { $0 == bytes.count || bytes[Int($0)] & 0xc0 != 0x80 }
    }

    /// The length of the beginning that is ASCII, to whole words.
    private static func asciiPrefix(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var position = 0
        while position + 32 <= bytes.count {
            let a = base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let b = base.loadUnaligned(fromByteOffset: position + 8, as: UInt64.self)
            let c = base.loadUnaligned(fromByteOffset: position + 16, as: UInt64.self)
            let d = base.loadUnaligned(fromByteOffset: position + 24, as: UInt64.self)
            if (a | b | c | d) & 0x8080_8080_8080_8080 != 0 { return position }
            position += 32
        }
        return position
    }

    private static func isValid(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var position = start
        while position < bytes.count {
            let lead = bytes[position]
            if lead < 0x80 {
                position += 1
                continue
            }
            // Unicode 15, table 3-7: the second byte's range rules out overlong forms, surrogates and what is too great.
            let length: Int
            let second: ClosedRange<UInt8>
            switch lead {
            case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
            case 0xe0: (length, second) = (3, 0xa0...0xbf)
            case 0xed: (length, second) = (3, 0x80...0x9f)
            case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
            case 0xf0: (length, second) = (4, 0x90...0xbf)
            case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
            case 0xf4: (length, second) = (4, 0x80...0x8f)
            default: return false
            }
            guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return false }
            for i in 2..<max(2, length) where bytes[position + i] & 0xc0 != 0x80 { return false }
            position += length
        }
        return true
    }
}
