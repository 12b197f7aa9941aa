import Foundation

/// A file that is written front to back, compressed if its name ends in `.gz`, and appears under its name when it is
/// closed; until then it lies beside it under another name, which `deinit` removes.
final class FileByteSink {
    private let path: String
    /// Nil where the path is no regular file (a pipe, a terminal), which is written in place.
    private let temporaryPath: String?
    private var descriptor: Int32
    private let gzip: GzipWriter?

    init(path: String) throws(DataError) {
        self.path = path
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR {
            throw DataError("is a directory; name a file in it", file: path)
        }
        let isInPlace = exists && status.st_mode & S_IFMT != S_IFREG
        temporaryPath = isInPlace ? nil : "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).partial"
        gzip = path.hasSuffix(".gz") ? try GzipWriter(path: path) : nil
        descriptor =
            if let temporaryPath {
                open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            } else {
                open(path, O_WRONLY | O_CLOEXEC)
            }
        if descriptor < 0 { throw failure("cannot be created") }
    }

    deinit {
        guard descriptor >= 0 else { return }
        Foundation.close(descriptor)
        if let temporaryPath { unlink(temporaryPath) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
        precondition(descriptor >= 0, "the file is closed")
        guard let gzip else { return try writeFile(bytes) }
        try gzip.deflate(bytes, isLast: false) { (compressed) throws(DataError) in try writeFile(compressed) }
    }

    func close() throws(DataError) {
        precondition(descriptor >= 0, "the file is closed")
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        try gzip?.deflate(nothing, isLast: true) { (compressed) throws(DataError) in try writeFile(compressed) }
        if let temporaryPath {
            guard fsync(descriptor) == 0 else { throw failure("cannot be written") }
            guard rename(temporaryPath, path) == 0 else { throw failure("cannot be created") }
        }
        Foundation.close(descriptor)
        descriptor = -1
    }

    private func writeFile(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("cannot be written")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    private func failure(_ what: String) -> DataError {
        DataError("\(what): \(String(cString: strerror(errno)))", file: path)
    }
}
