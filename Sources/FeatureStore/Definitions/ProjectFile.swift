import Foundation

/// A small text file of a project.
enum ProjectFile {
    struct Unreadable: Error {
        var message: String
    }

    /// The bytes of `file`, a path relative to the folder `root`, up to a little more than YAML may be long.
    static func read(_ file: String, root: String) throws(Unreadable) -> [UInt8] {
        let path = file.hasPrefix("/") ? file : (root as NSString).appendingPathComponent(file)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Unreadable(message: "the file cannot be opened: \(String(cString: strerror(errno)))")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            return Array(try handle.read(upToCount: YAMLParser.maximumByteCount + 1) ?? Data())
        } catch {
            throw Unreadable(message: "the file cannot be read: \(String(cString: strerror(errno)))")
        }
    }
}
