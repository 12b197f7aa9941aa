import Foundation

/// The bytes of a file, front to back, decompressed on the way if the file is gzip (told by its first two bytes).
///
/// It reads instead of mapping: a file cut short by someone else ends early and does not kill the process, and pipes
/// work like files.
final class FileByteStream {
    private let path: String
    private let descriptor: Int32
    private let input: MutableBuffer
    private var inputStart = 0
    private var inputEnd = 0
    private var gzip: GzipReader?

    init(path: String) throws(DataError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        input = MutableBuffer(uninitialized: 256 * 1024)
        guard descriptor >= 0 else {
            throw DataError("cannot be opened: \(String(cString: strerror(errno)))", file: path)
        }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw DataError("is a directory; name a file in it", file: path)
        }
        while inputEnd < 2, try fillInput() {}
        if inputEnd >= 2, inputBytes[0] == 0x1f, inputBytes[1] == 0x8b { gzip = try GzipReader(path: path) }
    }

    /// Bytes that are at hand, as those of a file named `path`; they are taken as they are.
    init(bytes: [UInt8], path: String) {
        descriptor = -1
        self.path = path
        input = MutableBuffer()
        bytes.withUnsafeBytes { input.append(contentsOf: $0) }
        inputEnd = bytes.count
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Reads up to `target.count` bytes into `target` and returns how many; 0 at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
        guard let gzip else { return try readPlain(into: target) }
        while true {
            if inputStart == inputEnd { _ = try fillInput() }
            let bytes = UnsafeRawBufferPointer(start: input.base + inputStart, count: inputEnd - inputStart)
            let (consumed, produced) = try gzip.inflate(bytes, into: target)
            inputStart += consumed
            if produced > 0 { return produced }
            if bytes.isEmpty {
                try gzip.checkEnd()
                return 0
            }
        }
    }

    private func readPlain(into target: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
        let buffered = min(inputEnd - inputStart, target.count)
        guard buffered > 0 else { return try readFile(into: target) }
        target.copyMemory(from: UnsafeRawBufferPointer(start: input.base + inputStart, count: buffered))
        inputStart += buffered
        return buffered
    }

    private var inputBytes: UnsafeMutableBufferPointer<UInt8> { input.elements(as: UInt8.self) }

    /// Adds bytes of the file behind those in `input`, or from its start if all are used; false at the end.
    private func fillInput() throws(DataError) -> Bool {
        if inputStart == inputEnd { (inputStart, inputEnd) = (0, 0) }
        let free = UnsafeMutableRawBufferPointer(start: input.base + inputEnd, count: input.count - inputEnd)
        let count = try readFile(into: free)
        inputEnd += count
        return count > 0
    }

    private func readFile(into target: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
        if descriptor < 0 { return 0 }
        while true {
            let count = Foundation.read(descriptor, target.baseAddress, target.count)
            if count >= 0 { return count }
            if errno != EINTR {
                throw DataError("cannot be read: \(String(cString: strerror(errno)))", file: path)
            }
        }
    }
}
