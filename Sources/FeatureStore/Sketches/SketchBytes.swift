/// Appends numbers to bytes: small ones take little room (LEB128), as in Protocol Buffers' encoding.
struct SketchWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(byte: UInt8) { bytes.append(byte) }

    mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Numbers near zero take little room, whatever their sign.
    mutating func write(signed number: Int64) { write(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    mutating func write(word: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }

    mutating func write(longWord: UInt64) {
        write(word: UInt32(truncatingIfNeeded: longWord))
        write(word: UInt32(truncatingIfNeeded: longWord >> 32))
    }

    /// The length, then the bytes.
    mutating func write(_ run: some Collection<UInt8>) {
        write(UInt64(run.count))
        bytes += run
    }
}

/// Reads what a `SketchWriter` wrote. The bytes are not trusted: every read is checked.
struct SketchReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func readByte() throws(SketchError) -> UInt8 {
        guard position < bytes.count else { throw SketchError("its bytes are cut off") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func read() throws(SketchError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try readByte()
            let digits = UInt64(byte & 0x7f)
            guard shift < 63 || digits < 2 else { break }
            number |= digits << shift
            if byte < 0x80 { return number }
        }
        throw SketchError("it holds a number that is too large")
    }

    mutating func readSigned() throws(SketchError) -> Int64 {
        let number = try read()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// The greatest count of values that is believed, so that sums of counts do not overflow.
    static let maximumCount: Int64 = 1 << 48

    /// A count of values, or a number that says how many of something follow.
    mutating func readCount(atMost limit: Int64 = maximumCount) throws(SketchError) -> Int64 {
        guard let count = Int64(exactly: try read()), count <= limit else {
            throw SketchError("it holds a count that is too large")
        }
        return count
    }

    /// A count that may be negative, because more was taken away than there was.
    mutating func readSignedCount() throws(SketchError) -> Int64 {
        let count = try readSigned()
        guard count.magnitude <= UInt64(Self.maximumCount) else {
            throw SketchError("it holds a count that is too large")
        }
        return count
    }

    mutating func readWord() throws(SketchError) -> UInt32 {
        var word: UInt32 = 0
        for shift in stride(from: 0, to: 32, by: 8) { word |= UInt32(try readByte()) << UInt32(shift) }
        return word
    }

    mutating func readLongWord() throws(SketchError) -> UInt64 {
        let low = UInt64(try readWord())
        return low | UInt64(try readWord()) << 32
    }

    mutating func readRun(atMost limit: Int) throws(SketchError) -> ArraySlice<UInt8> {
        let count = Int(try readCount(atMost: Int64(limit)))
        guard count <= bytes.count - position else { throw SketchError("its bytes are cut off") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Reads the byte that tells a sketch's format.
    mutating func readVersion(_ supported: UInt8, of kind: String) throws(SketchError) {
        let version = try readByte()
        guard version == supported else {
            throw SketchError("it is a \(kind) of format \(version), this version reads \(supported)")
        }
    }
}
