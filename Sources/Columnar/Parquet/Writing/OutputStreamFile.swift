import Foundation

/// A file that is written from start to end.
final class OutputStreamFile {
    private let path: String
    private let descriptor: Int32
    private var isOpen = true
    private var isRemoved = false
    /// Bytes written so far.
    private(set) var position = 0
    /// Up to where the disk was told to begin.
    private var writtenBack = 0
    private static let writeBackBytes = 16 << 20
    /// Of what was written so far.
    private(set) var checksum = Checksum()

    init(path: String) throws(DataError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DataError("cannot be written (\(String(cString: strerror(errno))))", file: path)
        }
    }

    deinit { if isOpen { Foundation.close(descriptor) } }

    func write(_ buffer: Buffer) throws(DataError) {
        var done = 0
        while done < buffer.count {
            let count = Foundation.write(descriptor, buffer.base + done, buffer.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure()
            }
            done += count
        }
        position += buffer.count
        startWritingBack()
        checksum.update(buffer.bytes)
    }

    /// Lets the disk begin with what has come together, so that little is left to wait for when the file is made durable.
    private func startWritingBack() {
        guard position - writtenBack >= Self.writeBackBytes else { return }
        Durability.beginWriting(descriptor, from: writtenBack, byteCount: position - writtenBack)
        writtenBack = position
    }

    /// Writes zeros so that what follows begins at a multiple of `size`.
    func pad(toMultipleOf size: Int) throws(DataError) {
        let missing = (size - position % size) % size
        if missing > 0 { try write(MutableBuffer(zeroed: missing).freeze()) }
    }

    func close(isDurable: Bool) throws(DataError) {
        if isDurable && fsync(descriptor) != 0 { throw failure() }
        isOpen = false
        if Foundation.close(descriptor) != 0 { throw failure() }
    }

    /// Removes the file; once, because its name may be another file's afterwards.
    func remove() {
        guard !isRemoved else { return }
        isRemoved = true
        unlink(path)
    }

    private func failure() -> DataError {
        errno == ENOSPC || errno == EDQUOT
            ? DataError("cannot be written, the disk is full; free some space and run the command again", file: path)
            : DataError("cannot be written (\(String(cString: strerror(errno))))", file: path)
    }
}
