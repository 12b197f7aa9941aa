import Columnar
import Foundation

/// Lines of a file or a pipe, as they come: a pause in them is told, so that what has come need not wait.
struct LineInput {
    enum Event {
        /// A line without its end; valid only during the call.
        case line(UnsafeRawBufferPointer)
        /// Nothing came for a while.
        case pause
    }

    let descriptor: Int32
    let pauseMilliseconds: Int32
    /// No line may be longer.
    static let maximumLength = 64 << 20

    init(descriptor: Int32, pauseMilliseconds: Int32) {
        self.descriptor = descriptor
        self.pauseMilliseconds = pauseMilliseconds
    }

    /// Of the file at `path`, or of standard input if that is `-`; to be closed with `close()`.
    init(openingPath path: String, pauseMilliseconds: Int32) throws(DataError) {
        let opened = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path) }
        self.init(descriptor: opened, pauseMilliseconds: pauseMilliseconds)
    }

    func close() { if descriptor != STDIN_FILENO { Foundation.close(descriptor) } }

    /// Hands over every line until the end.
    ///
    /// - Parameter isStopped: asked before more is read; once it is true, no more is, and a line that has not ended is left.
    /// - Throws: what `body` throws; `POSIXError` if nothing can be read; `LineTooLong`.
    func read(until isStopped: () -> Bool = { false }, _ body: (Event) throws -> Void) throws {
        var pending: [UInt8] = []
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { chunk.deallocate() }
        while !isStopped() {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&waiting, 1, pauseMilliseconds) == 0 {
                try body(.pause)
                continue
            }
            let count = Foundation.read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
            if count == 0 {
                if !pending.isEmpty { try pending.withUnsafeBytes { try body(.line($0)) } }
                return
            }
            var rest = UnsafeRawBufferPointer(rebasing: chunk[..<count])
            while let base = rest.baseAddress, let end = memchr(base, 0x0a, rest.count) {
                let length = UnsafeRawPointer(end) - base
                let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
                if pending.isEmpty {
                    try body(.line(line))
                } else {
                    pending.append(contentsOf: line)
                    try pending.withUnsafeBytes { try body(.line($0)) }
                    pending.removeAll(keepingCapacity: true)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
            }
            pending.append(contentsOf: rest)
            if pending.count > Self.maximumLength { throw LineTooLong() }
        }
    }
}

/// A line that is longer than any row can be.
struct LineTooLong: Error, CustomStringConvertible {
    var description: String {
        "a line of the input is longer than \(LineInput.maximumLength >> 20) MiB; JSON lines have one row a line"
    }
}
