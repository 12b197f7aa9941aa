import Columnar
import Foundation

/// Where in a segment a request id may be: the ids' hashes in ascending order, with the rows that they stand for.
///
///     0    "FSR1", UInt32 0
///     8    UInt64  XXH64 of all that follows the header
///     16   UInt64  rows
///     24   UInt64 hashes, ascending
///          UInt32 rows of the segment
struct RequestIndex {
    private let file: MappedFile
    private let count: Int
    private static let magic: UInt32 = 0x3152_5346
    private static let headerLength = 24

    /// Writes the index of rows whose hashes are given in their order; whole and on disk when it returns.
    static func write(_ hashes: UnsafeBufferPointer<UInt64>, to path: String) throws(DataError) {
        let order = hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
        let bytes = MutableBuffer(capacity: headerLength + hashes.count * 12)
        bytes.append(magic)
        bytes.append(UInt32(0))
        bytes.append(UInt64(0))
        bytes.append(UInt64(hashes.count))
        for row in order { bytes.append(hashes[row]) }
        for row in order { bytes.append(UInt32(row)) }
        let content = UnsafeRawBufferPointer(start: bytes.base + headerLength, count: bytes.count - headerLength)
        bytes.base.storeBytes(of: XXHash64.hash(content), toByteOffset: 8, as: UInt64.self)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let written = Foundation.write(descriptor, bytes.base + done, bytes.count - done)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure(path) }
            done += written
        }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> DataError {
        DataError("cannot be written (\(String(cString: strerror(errno))))", file: path)
    }

    /// - Throws: `DataError` if the file is not one, or not whole.
    init(path: String) throws(DataError) {
        file = try MappedFile(path: path)
        let bytes = file.buffer
        guard bytes.count >= Self.headerLength, bytes.base.load(as: UInt32.self) == Self.magic,
            case let rows = bytes.base.load(fromByteOffset: 16, as: UInt64.self),
            rows <= UInt64(UInt32.max), bytes.count == Self.headerLength + Int(rows) * 12
        else { throw DataError("is no index of request ids", file: path) }
        count = Int(rows)
    }

    /// Whether the content is what was written.
    var isWhole: Bool {
        let bytes = file.buffer
        let content = UnsafeRawBufferPointer(rebasing: bytes.bytes[Self.headerLength...])
        return XXHash64.hash(content) == bytes.base.load(fromByteOffset: 8, as: UInt64.self)
    }

    /// The rows of a hash, in ascending order. Complexity: O(log rows).
    func rows(of hash: UInt64) -> [Int] {
        let hashes = UnsafeBufferPointer(
            start: (file.buffer.base + Self.headerLength).assumingMemoryBound(to: UInt64.self), count: count)
        let rows = file.buffer.base + Self.headerLength + count * 8
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        var found: [Int] = []
        while low < count, hashes[low] == hash {
            found.append(Int(rows.loadUnaligned(fromByteOffset: low * 4, as: UInt32.self)))
            low += 1
        }
        return found
    }
}
