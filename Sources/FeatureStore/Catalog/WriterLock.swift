import Foundation

/// The right to write to a project, held by one process at a time and given up with its last reference,
/// by a crash too (`flock(2)`).
final class WriterLock: Sendable {
    private let descriptor: Int32

    /// - Parameter waits: whether to wait for another holder to give it up.
    /// - Throws: `CatalogError.locked`, with the owner's process id, if another process holds it.
    init(path: String, waits: Bool = false) throws(CatalogError) {
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else {
            throw errno == ENOSPC
                ? .diskFull(path: path) : .notWritable(path: path, reason: String(cString: strerror(errno)))
        }
        guard Self.lock(opened, waits: waits) else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let length = max(0, pread(opened, &bytes, bytes.count, 0))
            close(opened)
            let process = String(decoding: bytes[..<length], as: UTF8.self).trimmingCharacters(
                in: .whitespacesAndNewlines)
            throw .locked(path: path, owner: process.isEmpty ? "" : " (process \(process))")
        }
        let text = Array("\(getpid())\n".utf8)
        // The process id only helps a person to find the owner, so a failure to note it is no failure to lock.
        if ftruncate(opened, 0) == 0 { _ = pwrite(opened, text, text.count, 0) }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// How often another holder is asked again, every 5 ms: some hold it for moments only, as does a child of a holder
    /// between `fork` and `exec`.
    private static let attempts = 50

    private static func lock(_ descriptor: Int32, waits: Bool) -> Bool {
        var attempt = 1
        while flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            guard !waits, errno == EWOULDBLOCK, attempt < attempts else { return false }
            attempt += 1
            usleep(5000)
        }
        return true
    }
}
