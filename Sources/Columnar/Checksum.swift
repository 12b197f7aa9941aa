import CZlib
import Foundation

/// CRC-32 (ISO 3309, as gzip and Parquet use it) with a length: tells whether bytes changed, not who changed them.
public struct Checksum: Hashable, Sendable, CustomStringConvertible {
    public private(set) var crc: UInt32 = 0
    public private(set) var length: Int64 = 0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        crc = UInt32(crc32_z(UInt(crc), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
        length += Int64(bytes.count)
    }

    /// Reads the file at `path` to its end.
    public init(ofFile path: String) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path)
        }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw DataError("cannot be read (\(String(cString: strerror(errno))))", file: path)
            }
            update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Eight hexadecimal digits, a hyphen, the length in bytes.
    public var description: String {
        let hex = String(crc, radix: 16)
        return String(repeating: "0", count: 8 - hex.count) + hex + "-\(length)"
    }
}
