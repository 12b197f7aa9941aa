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
    /// - Throws: what `body` throws; `POSIXError` if nothing can be read; `LineTooLong`.
    func read(_ body: (Event) throws -> Void) throws {
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&waiting, 1, pauseMilliseconds) == 0 {
                try body(.pause)
                continue
            }
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
            if count == 0 { break }
            var start = 0
            while let end = chunk[start..<count].firstIndex(of: UInt8(ascii: "\n")) {
                pending.append(contentsOf: chunk[start..<end])
                try pending.withUnsafeBytes { try body(.line($0)) }
                pending.removeAll(keepingCapacity: true)
                start = end + 1
            }
            pending.append(contentsOf: chunk[start..<count])
            if pending.count > Self.maximumLength { throw LineTooLong() }
        }
        if !pending.isEmpty { try pending.withUnsafeBytes { try body(.line($0)) } }
    }
}

/// A line that is longer than any row can be.
struct LineTooLong: Error, CustomStringConvertible {
    var description: String {
        "a line of the input is longer than \(LineInput.maximumLength >> 20) MiB; JSON lines have one row a line"
    }
}
