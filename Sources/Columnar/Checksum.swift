import CZlib
import Foundation

/// XXH64 of a content with its length: tells whether bytes changed, not who changed them.
///
/// The digits are those that `xxhsum -H64` prints.
public struct Checksum: Hashable, Sendable, CustomStringConvertible {
    private var hash: XXHash64
    public private(set) var length: Int64 = 0

    public init() { hash = XXHash64() }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bytes)
        length += Int64(bytes.count)
    }

    /// Of the file at `path`, from its beginning to its end.
    public init(ofFile path: String) throws(DataError) {
        self.init()
        var checksum = self
        try Self.read(path) { checksum.update($0) }
        self = checksum
    }

    /// Whether the file at `path`, whose checksum this is, has the content that `recorded` was made of.
    ///
    /// Version 0.1 recorded CRC-32 in eight digits; such a checksum is compared with the file's CRC-32.
    public func matches(_ recorded: String, ofFile path: String) throws(DataError) -> Bool {
        if recorded == description { return true }
        let parts = recorded.split(separator: "-")
        guard parts.count == 2, parts[0].count == 8, parts[1] == String(length) else { return false }
        var crc: UInt = 0
        try Self.read(path) {
            crc = crc32_z(crc, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
        }
        return recorded == Self.digits(UInt64(crc), 8) + "-\(length)"
    }

    private static func read(_ path: String, _ consume: (UnsafeRawBufferPointer) -> Void) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path)
        }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            try Cancellation.check()
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw DataError("cannot be read (\(String(cString: strerror(errno))))", file: path)
            }
            consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Sixteen hexadecimal digits, a hyphen, the length in bytes.
    public var description: String { Self.digits(hash.value, 16) + "-\(length)" }

    static func digits(_ number: UInt64, _ count: Int) -> String {
        let hex = String(number, radix: 16)
        return String(repeating: "0", count: count - hex.count) + hex
    }

    public static func == (a: Checksum, b: Checksum) -> Bool { a.hash.value == b.hash.value && a.length == b.length }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(hash.value)
        hasher.combine(length)
    }
}
