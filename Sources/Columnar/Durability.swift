import Foundation

/// Makes files and their names survive a crash of the machine.
public enum Durability {
    /// Lets the disk begin with bytes that were written to a file, without waiting for it: there is less to wait for when the
    /// file is made durable. Only a hint; what goes wrong is told by `fsync`.
    static func beginWriting(_ descriptor: Int32, from offset: Int, byteCount: Int) {
        let onlyWrite: UInt32 = 2
        _ = syncFileRange?(descriptor, Int64(offset), Int64(byteCount), onlyWrite)
    }

    /// Linux's `sync_file_range`, which Swift's view of the C library leaves out.
    private static let syncFileRange = dlsym(nil, "sync_file_range").map {
        unsafeBitCast($0, to: (@convention(c) (Int32, Int64, Int64, UInt32) -> Int32).self)
    }

    /// Forces a file's bytes to disk.
    public static func sync(file path: String) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw DataError("cannot be written to disk (\(String(cString: strerror(errno))))", file: path)
        }
    }

    /// Forces a folder's entries to disk, so that renames in it survive.
    public static func syncFolder(_ path: String) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw DataError("cannot be written to disk (\(String(cString: strerror(errno))))", file: path)
        }
    }
}
