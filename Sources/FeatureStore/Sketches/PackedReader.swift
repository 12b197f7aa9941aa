/// Reads what a `SketchWriter` wrote from where it lies, without a copy. The bytes are not trusted: every read is checked.
///
/// Invariant: `position` is at most the count of `bytes`, which outlive the reader.
struct PackedReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inline(__always)
    var isAtEnd: Bool { position == bytes.count }

    @inline(__always)
    mutating func readByte() throws(SketchError) -> UInt8 {
        guard position < bytes.count else { throw Self.cutOff }
        defer { position += 1 }
        return bytes[position]
    }

    /// A number that a `SketchWriter` wrote in LEB128.
    @inline(__always)
    mutating func read() throws(SketchError) -> UInt64 {
        let byte = try readByte()
        return byte < 0x80 ? UInt64(byte) : try readRest(UInt64(byte & 0x7f))
    }

    private mutating func readRest(_ start: UInt64) throws(SketchError) -> UInt64 {
        var number = start
        for shift in stride(from: UInt64(7), through: 63, by: 7) {
            let byte = try readByte()
            let digits = UInt64(byte & 0x7f)
            guard shift < 63 || digits < 2 else { break }
            number |= digits << shift
            if byte < 0x80 { return number }
        }
        throw SketchError("it holds a number that is too large")
    }

    @inline(__always)
    mutating func readSigned() throws(SketchError) -> Int64 {
        let number = try read()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// A count of values, or a number that says how many of something follow.
    @inline(__always)
    mutating func readCount(atMost limit: Int64 = SketchReader.maximumCount) throws(SketchError) -> Int64 {
        let number = try read()
        guard number <= UInt64(limit) else { throw SketchError("it holds a count that is too large") }
        return Int64(number)
    }

    @inline(__always)
    mutating func readLongWord() throws(SketchError) -> UInt64 {
        UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    /// The length, then the bytes.
    @inline(__always)
    mutating func readRun(atMost limit: Int) throws(SketchError) -> UnsafeRawBufferPointer {
        try take(Int(try readCount(atMost: Int64(limit))))
    }

    /// The next bytes.
    @inline(__always)
    mutating func take(_ count: Int) throws(SketchError) -> UnsafeRawBufferPointer {
        guard count <= bytes.count - position else { throw Self.cutOff }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    private static var cutOff: SketchError { SketchError("its bytes are cut off") }
}
