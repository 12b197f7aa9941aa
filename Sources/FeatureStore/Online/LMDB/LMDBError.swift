import CLMDB
import Foundation

/// A failure of the online store's file: what was being done, where, why, and what to do, in one sentence.
public struct LMDBError: Error, Hashable, Sendable, CustomStringConvertible {
    /// LMDB's or the system's error number.
    public var code: Int32
    /// What was being done: `write the online store`.
    public var operation: String
    /// The environment's folder.
    public var path: String
    /// Whether the file system had next to no room left at that time.
    public var diskWasFull: Bool

    /// Our own code: the data file is not the one that the lock file, which is in use, belongs to.
    static let exchangedFile: Int32 = -30_900
    /// Our own code: commits came faster than a reader that nobody knows of could read.
    static let writtenTooFast: Int32 = -30_901

    /// Our own code: the library writes pages in another way than its number of the format says.
    static let otherFormat: Int32 = -30_902

    init(_ code: Int32, _ operation: String, path: String) {
        self.code = code
        self.operation = operation
        self.path = path
        // LMDB reports a short write as EIO, which is what a disk gives that fills up halfway through a page.
        diskWasFull = code == ENOSPC || (code == EIO && (freeBytes(at: path) ?? .max) < 1 << 20)
    }

    public var description: String { "cannot \(operation) at \(path): \(reason)" }

    private var reason: String {
        if diskWasFull { return "the disk is full; free some space and try again (the store is as it was)" }
        switch code {
        case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID:
            return "the file is damaged or not an LMDB file; move it away and materialize again with --full"
        case Self.exchangedFile:
            return "its data file was exchanged while processes use its lock file; exchange the folder as a whole"
        case Self.writtenTooFast:
            return "it is written too fast to be read without a lock; give this user write access to its lock.mdb"
        case MDB_VERSION_MISMATCH:
            return "another version of LMDB has written the file; move it away and materialize again with --full"
        case Self.otherFormat:
            return
                "\(String(cString: mdb_version(nil, nil, nil))) does not keep to the format of LMDB 0.9; install that"
        case MDB_BAD_RSLOT:
            return "this process's place among the readers was taken; open the store again"
        case MDB_READERS_FULL:
            return
                "more than \(LMDBEnvironment.maximumReaders) reads are running at once; use fewer threads or processes"
        case MDB_DBS_FULL: return "there are more than \(LMDBEnvironment.maximumDatabases) views"
        case MDB_MAP_FULL: return "the store would exceed its size limit; raise the limit or remove views"
        case EACCES, EPERM: return "permission denied; give this user read and write access to the folder"
        case EROFS: return "the file system is read-only"
        case ENOENT: return "there is no such folder or file; materialize a view first"
        case ENOMEM: return "the system has no memory or address space left for its map"
        default: return String(cString: mdb_strerror(code))
        }
    }
}

/// Bytes that this user may still write on the file system that holds `path`; nil where the system does not say.
func freeBytes(at path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
}
