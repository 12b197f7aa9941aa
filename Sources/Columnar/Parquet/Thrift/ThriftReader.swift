/// Reads Thrift's compact protocol (thrift-compact-protocol.md), as Parquet's metadata is written in it.
///
/// The bytes are hostile: every read is checked against the end, nesting is limited, and lengths are believed only as far
/// as bytes remain.
struct ThriftReader {
    struct Failure: Error {}

    enum Kind: UInt8 {
        case stop = 0
        case `true` = 1
        case `false` = 2
        case int8 = 3
        case int16 = 4
        case int32 = 5
        case int64 = 6
        case double = 7
        case binary = 8
        case list = 9
        case set = 10
        case map = 11
        case structure = 12
    }

    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    private var depth = 0
    private static let maximumDepth = 32

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// Reads a structure: `field` gets each field's id and kind, and returns false for those it has not read.
    mutating func structure(
        _ field: (inout ThriftReader, _ id: Int16, _ kind: Kind) throws(Failure) -> Bool
    ) throws(Failure) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw Failure() }
        defer { depth -= 1 }
        var id: Int16 = 0
        while true {
            let header = try byte()
            guard let kind = Kind(rawValue: header & 0x0f) else { throw Failure() }
            if kind == .stop { return }
            let delta = Int16(header >> 4)
            id = delta == 0 ? Int16(truncatingIfNeeded: try zigzag()) : id &+ delta
            if try !field(&self, id, kind) { try skip(kind) }
        }
    }

    /// Reads a structure as the other one does, in places where thousands are read: `field` has to read each field, or to skip
    /// it, by itself.
    @inline(__always)
    mutating func fields(
        _ field: (inout ThriftReader, _ id: Int16, _ kind: Kind) throws(Failure) -> Void
    ) throws(Failure) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw Failure() }
        defer { depth -= 1 }
        var id: Int16 = 0
        while true {
            let header = try byte()
            guard let kind = Kind(rawValue: header & 0x0f) else { throw Failure() }
            if kind == .stop { return }
            let delta = Int16(header >> 4)
            id = delta == 0 ? Int16(truncatingIfNeeded: try zigzag()) : id &+ delta
            try field(&self, id, kind)
        }
    }

    /// Reads a list; `element` is called for each element.
    /// - Parameter size: bytes that an element takes at least; they bound how much memory a list can ask for.
    mutating func list(
        ofAtLeast size: Int = 1, _ element: (inout ThriftReader) throws(Failure) -> Void
    ) throws(Failure) {
        let header = try byte()
        var count = Int(header >> 4)
        if count == 15 { count = try length() }
        guard count <= (bytes.count - position) / size else { throw Failure() }
        for _ in 0..<count { try element(&self) }
    }

    mutating func integer() throws(Failure) -> Int64 { try zigzag() }

    mutating func int32() throws(Failure) -> Int32 {
        guard let number = Int32(exactly: try zigzag()) else { throw Failure() }
        return number
    }

    mutating func binary() throws(Failure) -> UnsafeRawBufferPointer {
        let count = try length()
        guard count <= bytes.count - position else { throw Failure() }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func string() throws(Failure) -> String { String(decoding: try binary(), as: UTF8.self) }

    mutating func skip(_ kind: Kind) throws(Failure) {
        switch kind {
        case .stop, .true, .false: return
        case .int8: _ = try byte()
        case .int16, .int32, .int64: _ = try varint()
        case .double:
            guard bytes.count - position >= 8 else { throw Failure() }
            position += 8
        case .binary: _ = try binary()
        case .list, .set:
            depth += 1
            guard depth <= Self.maximumDepth else { throw Failure() }
            defer { depth -= 1 }
            guard bytes.count > position, let element = Kind(rawValue: bytes[position] & 0x0f) else { throw Failure() }
            try list { (reader) throws(Failure) in
                if element == .true || element == .false { _ = try reader.byte() } else { try reader.skip(element) }
            }
        case .map: try skipMap()
        case .structure: try structure { (_, _, _) throws(Failure) in false }
        }
    }

    private mutating func skipMap() throws(Failure) {
        let count = try length()
        guard count > 0 else { return }
        guard count <= bytes.count - position else { throw Failure() }
        let kinds = try byte()
        guard let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 0x0f) else { throw Failure() }
        depth += 1
        guard depth <= Self.maximumDepth else { throw Failure() }
        defer { depth -= 1 }
        for _ in 0..<count {
            try skip(key)
            try skip(value)
        }
    }

    @inline(__always)
    private mutating func byte() throws(Failure) -> UInt8 {
        guard position < bytes.count else { throw Failure() }
        defer { position += 1 }
        return bytes[position]
    }

    @inline(__always)
    private mutating func varint() throws(Failure) -> UInt64 {
        // Most numbers are small.
        guard position < bytes.count else { throw Failure() }
        let first = bytes[position]
        if first & 0x80 == 0 {
            position += 1
            return UInt64(first)
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            value |= UInt64(next & 0x7f) << shift
            if next & 0x80 == 0 { return value }
        }
        throw Failure()
    }

    private mutating func length() throws(Failure) -> Int {
        guard let length = Int(exactly: try varint()), length <= Int(Int32.max) else { throw Failure() }
        return length
    }

    private mutating func zigzag() throws(Failure) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}

extension ThriftReader {
    mutating func int8() throws(Failure) -> Int8 {
        guard position < bytes.count else { throw Failure() }
        defer { position += 1 }
        return Int8(bitPattern: bytes[position])
    }

    /// An element of a list of booleans, which takes a byte.
    mutating func boolean() throws(Failure) -> Bool { try int8() == 1 }
}
