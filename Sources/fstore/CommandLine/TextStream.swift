import Foundation
import Synchronization

/// A stream of text to a file descriptor, or into memory for tests. Safe to share between threads.
///
/// Output to a terminal is written at once, other output in large pieces. The first failure is kept, and what follows
/// it is dropped. A reader that went away ends the process quietly, as in a pipeline nobody is left to tell.
final class TextStream: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var written: [UInt8] = []
        var failure: Int32?
    }

    /// The terminal's width in columns; nil where the stream goes elsewhere.
    let columns: Int?
    /// Nil for a stream into memory.
    private let descriptor: Int32?
    private let state = Mutex(State())
    private static let pieceSize = 1 << 16
    private static let defaultColumns = 80

    static let standardOutput = TextStream(descriptor: STDOUT_FILENO)
    static let standardError = TextStream(descriptor: STDERR_FILENO)

    init(descriptor: Int32) {
        self.descriptor = descriptor
        columns = isatty(descriptor) == 1 ? Self.columns(of: descriptor) : nil
    }

    /// A stream into memory that says it is a terminal of so many columns, or none.
    init(inMemoryWithColumns columns: Int? = nil) {
        descriptor = nil
        self.columns = columns
    }

    /// What a stream into memory has got so far.
    var text: String { state.withLock { String(decoding: $0.written + $0.pending, as: UTF8.self) } }

    /// Why the stream cannot be written to, once that has shown.
    var failure: String? { state.withLock { $0.failure }.map { String(cString: strerror($0)) } }

    func write(_ text: String) {
        state.withLock { state in
            guard state.failure == nil else { return }
            state.pending += text.utf8
            if columns != nil || state.pending.count >= Self.pieceSize { flush(&state) }
        }
        endIfReaderIsGone()
    }

    func flush() {
        state.withLock { flush(&$0) }
        endIfReaderIsGone()
    }

    /// Outside the lock, as clean-ups may write too.
    private func endIfReaderIsGone() {
        if state.withLock({ $0.failure }) == EPIPE { Interruption.process.end(with: Interruption.status(of: SIGPIPE)) }
    }

    private func flush(_ state: inout State) {
        defer { state.pending.removeAll(keepingCapacity: true) }
        guard let descriptor else {
            state.written += state.pending
            return
        }
        var remaining = state.pending[...]
        while state.failure == nil, !remaining.isEmpty {
            let count = remaining.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                remaining = remaining.dropFirst(count)
            } else if errno == EAGAIN {
                // A pipe that someone else made non-blocking: wait until it takes more.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                state.failure = errno
            }
        }
    }

    private static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : defaultColumns
    }
}
