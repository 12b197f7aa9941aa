import Foundation

/// A file's bytes, mapped read-only for as long as this object lives, even if the file is removed meanwhile.
public final class MappedFile: Sendable {
    private let base: UnsafeRawPointerBox
    /// Length in bytes.
    public let count: Int

    private struct UnsafeRawPointerBox: @unchecked Sendable { let pointer: UnsafeRawPointer }

    /// - Throws: `DataError` if the path is missing, a folder, or not readable.
    public init(path: String) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT
                ? DataError("there is no such file", file: path)
                : DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw DataError("cannot be read (\(String(cString: strerror(errno))))", file: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DataError(
                status.st_mode & S_IFMT == S_IFDIR ? "is a folder, not a file" : "is no regular file", file: path)
        }
        count = Int(status.st_size)
        guard count > 0 else {
            base = UnsafeRawPointerBox(pointer: Buffer.empty.base)
            return
        }
        guard let pointer = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), pointer != MAP_FAILED else {
            throw DataError("cannot be mapped (\(String(cString: strerror(errno))))", file: path)
        }
        base = UnsafeRawPointerBox(pointer: UnsafeRawPointer(pointer))
    }

    deinit { if count > 0 { munmap(UnsafeMutableRawPointer(mutating: base.pointer), count) } }

    /// Tells the system that the bytes `range` will not be needed soon: they no longer count as this process's memory. They
    /// can be read all the same, by any thread, and come back when they are.
    public func release(_ range: Range<Int>) {
        let pageSize = Int(getpagesize())
        let start = max(0, range.lowerBound) & ~(pageSize - 1)
        let end = min(count, (min(count, range.upperBound) + pageSize - 1) & ~(pageSize - 1))
        guard start < end else { return }
        madvise(UnsafeMutableRawPointer(mutating: base.pointer + start), end - start, Int32(MADV_DONTNEED))
    }

    /// All bytes; the buffer keeps the mapping alive.
    public var buffer: Buffer { Buffer(base: base.pointer, count: count, owner: self) }
}
