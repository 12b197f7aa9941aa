import Columnar
import Foundation
import Synchronization

/// A line a request, in logfmt: time, client, method, path, status, bytes, microseconds and the request's id.
final class AccessLog: Sendable {
    private struct State {
        var lines = ""
        var lastWrite = ContinuousClock.now
    }

    private let descriptor: Int32
    private let state = Mutex(State())

    /// - Throws: `HTTPServerError` if the file cannot be opened.
    init(path: String) throws(HTTPServerError) {
        descriptor = path == "-" ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw HTTPServerError("\(path): the access log cannot be opened (\(String(cString: strerror(errno))))")
        }
    }

    deinit { close(descriptor) }

    func write(_ exchange: HTTPExchange, _ endpoint: Endpoint, microseconds: UInt64) {
        let line =
            "time=\(Timestamp.now) client=\(exchange.clientAddress) method=\(exchange.method.rawValue) path=\(endpoint.label) "
            + "status=\(exchange.status) bytes=\(exchange.response.count) us=\(microseconds) id=\(exchange.requestID)\n"
        state.withLock { state in
            state.lines += line
            // Few requests are written at once; many together, the last of them by the next `flush`.
            if ContinuousClock.now - state.lastWrite > .milliseconds(10) || state.lines.utf8.count > 1 << 16 {
                write(&state)
            }
        }
    }

    func flush() { state.withLock { write(&$0) } }

    private func write(_ state: inout State) {
        state.lines.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, rest.count > 0 {
                let written = Foundation.write(descriptor, base, rest.count)
                // A log that cannot be written must not stop the server.
                if written <= 0 { break }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
        state.lines = ""
        state.lastWrite = .now
    }
}
