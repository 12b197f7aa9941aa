import Foundation

/// Makes files and their names survive a crash of the machine.
public enum Durability {
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
