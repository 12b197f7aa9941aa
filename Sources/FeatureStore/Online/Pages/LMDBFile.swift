import CLMDB
import Foundation
import Synchronization

/// The data file of an LMDB environment, mapped to be read page by page, beside LMDB's own map and without its help.
///
/// Mappings stay until the file is closed, so whoever has begun to read is not disturbed when the file outgrows one.
///
/// Invariant: pages of a commit do not change while a reader is registered for it (`LMDBReader`); whether those of other
/// readers changed, the numbers of later commits tell.
final class LMDBFile: Sendable {
    let path: String
    /// How messages name the store.
    let storePath: String
    let identity: FileIdentity
    let pageSize: Int
    private let descriptor: Int32
    private let mappings: Mutex<[Mapping]>

    private struct Mapping: @unchecked Sendable {
        let base: UnsafeRawPointer
        let length: Int
    }

    /// Address space, not memory, that is taken at least: files up to this size are mapped once.
    private static let smallestMapping = 1 << 30

    /// - Throws: `LMDBError` if the file cannot be read, or is no LMDB file of a version that is known.
    init(path: String, storePath: String) throws(LMDBError) {
        self.path = path
        self.storePath = storePath
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw LMDBError(errno, "open the online store", path: storePath) }
        do {
            (identity, pageSize) = try Self.examine(opened, storePath)
        } catch {
            close(opened)
            throw error
        }
        descriptor = opened
        mappings = Mutex([])
    }

    deinit {
        mappings.withLock { mappings in
            for mapping in mappings { munmap(UnsafeMutableRawPointer(mutating: mapping.base), mapping.length) }
        }
        close(descriptor)
    }

    private static func examine(
        _ descriptor: Int32, _ path: String
    ) throws(LMDBError) -> (identity: FileIdentity, pageSize: Int) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw LMDBError(errno, "open the online store", path: path) }
        // The second of the first two pages lies where the first says.
        func meta(at offset: Int) -> (version: UInt32, pageSize: Int)? {
            withUnsafeTemporaryAllocation(byteCount: LMDBMeta.length, alignment: 8) { bytes in
                guard let base = bytes.baseAddress, pread(descriptor, base, bytes.count, offset) == bytes.count
                else { return nil }
                let meta = LMDBMeta(base: UnsafeRawPointer(base))
                return meta.isMeta ? (meta.version, meta.pageSize) : nil
            }
        }
        guard let first = meta(at: 0) else { throw LMDBError(MDB_INVALID, "open the online store", path: path) }
        guard first.version == LMDBMeta.knownVersion else {
            throw LMDBError(MDB_VERSION_MISMATCH, "open the online store", path: path)
        }
        let size = first.pageSize
        guard (512...65536).contains(size), size & (size - 1) == 0, let second = meta(at: size), second == first
        else { throw LMDBError(MDB_INVALID, "open the online store", path: path) }
        return (FileIdentity(status), size)
    }

    /// The pages up to `lastPage`, of which a commit consists.
    func pages(upTo lastPage: UInt64) throws(LMDBError) -> LMDBPages {
        let needed = (Int(clamping: lastPage) + 1).multipliedReportingOverflow(by: pageSize)
        guard !needed.overflow else { throw damaged }
        let length = needed.partialValue
        let base = try mappings.withLock { (mappings: inout sending [Mapping]) throws(LMDBError) -> UnsafeRawPointer in
            if let newest = mappings.last, newest.length >= length { return newest.base }
            let mapping = try map(max(Self.smallestMapping, length &* 2))
            mappings.append(mapping)
            return mapping.base
        }
        // A damaged file may say that it has more than it has: those would be mapped and yet not there.
        return LMDBPages(base: base, pageSize: pageSize, count: min(length / pageSize, pageCount))
    }

    private func map(_ length: Int) throws(LMDBError) -> Mapping {
        // Pages behind the file's end come to be readable when it grows.
        let start = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let start, start != MAP_FAILED else { throw LMDBError(errno, "map the online store", path: storePath) }
        // Keys are read at random: read-ahead would only push useful pages out of memory.
        madvise(start, length, Int32(MADV_RANDOM))
        return Mapping(base: UnsafeRawPointer(start), length: length)
    }

    /// Whole pages that the file has now.
    var pageCount: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) / pageSize : 0
    }

    var damaged: LMDBError { LMDBError(MDB_CORRUPTED, "read the online store", path: storePath) }
}

/// What tells a file from another that took its name.
struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let node: UInt64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        node = UInt64(status.st_ino)
    }

    /// Of an open file.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of the file that has the name now; nil if there is none that this user can find.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}
