import CLMDB
import Foundation
import Synchronization

/// One open LMDB environment: a folder with a data file, one writer at a time, and a table in which readers say which
/// commit they see. What they read they find themselves, in the pages of `file`.
///
/// LMDB's locks belong to the process, so a folder must be open only once in it: `LMDBLease` shares environments.
/// LMDB's map may move when it grows, which no transaction survives: growth waits for the writer (`mapLock`) and pauses
/// the readers (`readers`).
final class LMDBEnvironment: @unchecked Sendable {
    /// Reads at once, over all processes; a thread that has read keeps its place as long as its reader lives.
    static let maximumReaders = 2048
    static let maximumDatabases = 4096
    /// The first size of the map: address space, not disk space, and so much of it that growing is rare.
    static let initialMapSize = 1 << 38
    /// The least that is tried where address space is limited (`ulimit -v`).
    static let smallestMapSize = 1 << 30
    /// Where growth ends: 16 TiB, an eighth of what a process can address on x86-64.
    static let maximumMapSize = 1 << 44

    let path: String
    let isReadOnly: Bool
    let file: LMDBFile
    let mapSizeLimit: Int
    let environment: OpaquePointer
    /// Held where LMDB's map must stay in place for a writer, and where it is moved.
    let mapLock = NSLock()
    /// One writing thread at a time; a write transaction of another process is waited for by LMDB itself.
    let writing = NSLock()
    /// Up to where disk space is set aside; only a writing thread uses it.
    var reservedBytes = 0
    /// The turns of all readers of this process, each until its reader's end.
    let readers = Mutex<[ObjectIdentifier: ReaderTurn]>([:])
    let handles = Mutex<[String: LMDBDatabase]>([:])
    /// The process that opened it. A child of that has no place of its own in the lock file, and leaves all as it is.
    let process = OwnProcess.id
    /// Places of killed readers that were found when it was opened.
    private(set) var staleReadersAtOpening = 0

    /// Opens the environment in a folder that exists, and creates its files unless it is to be read only.
    init(path: String, isReadOnly: Bool, mapSize: Int, mapSizeLimit: Int) throws(LMDBError) {
        self.path = path
        self.isReadOnly = isReadOnly
        self.mapSizeLimit = mapSizeLimit
        environment = try Self.open(path, isReadOnly: isReadOnly, mapSize: mapSize)
        do {
            file = try LMDBFile(path: path + "/data.mdb", storePath: path)
            try Self.checkIsSame(environment, file)
            try Self.checkIsWhole(environment, file)
            try Self.checkAgreement(environment, file)
        } catch {
            mdb_env_close(environment)
            throw error
        }
        staleReadersAtOpening = clearStaleReaders()
    }

    /// Ends the environment. Nothing may use it afterwards; the last lease calls this.
    func close() {
        guard process == OwnProcess.id else { return }
        mdb_env_close(environment)
    }

    private static func open(_ path: String, isReadOnly: Bool, mapSize: Int) throws(LMDBError) -> OpaquePointer {
        var size = mapSize
        while true {
            do throws(LMDBError) {
                return try openOnce(path, isReadOnly: isReadOnly, mapSize: size)
            } catch {
                // EINVAL is what valgrind says of a map that is too large for it.
                guard [ENOMEM, EINVAL].contains(error.code), size > smallestMapSize else { throw error }
                size /= 2
            }
        }
    }

    private static func openOnce(_ path: String, isReadOnly: Bool, mapSize: Int) throws(LMDBError) -> OpaquePointer {
        var handle: OpaquePointer?
        var code = mdb_env_create(&handle)
        guard code == MDB_SUCCESS, let handle else { throw LMDBError(code, "open the online store", path: path) }
        mdb_env_set_maxdbs(handle, MDB_dbi(maximumDatabases))
        mdb_env_set_maxreaders(handle, UInt32(maximumReaders))
        mdb_env_set_mapsize(handle, mapSize)
        let flags = MDB_NOTLS | MDB_NORDAHEAD | (isReadOnly ? MDB_RDONLY : 0)
        code = mdb_env_open(handle, path, UInt32(flags), 0o644)
        guard code == MDB_SUCCESS else {
            mdb_env_close(handle)
            throw LMDBError(code, "open the online store", path: path)
        }
        return handle
    }

    /// Refuses a data file that took the other's name just now.
    private static func checkIsSame(_ environment: OpaquePointer, _ file: LMDBFile) throws(LMDBError) {
        var descriptor: Int32 = -1
        guard mdb_env_get_fd(environment, &descriptor) == MDB_SUCCESS,
            FileIdentity(descriptor: descriptor) == file.identity
        else { throw LMDBError(LMDBError.exchangedFile, "open the online store", path: file.storePath) }
    }

    /// Refuses a file that lacks pages which it says it has: LMDB would die of a bus error on the first of them.
    private static func checkIsWhole(_ environment: OpaquePointer, _ file: LMDBFile) throws(LMDBError) {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        if file.pageCount <= info.me_last_pgno, info.me_last_pgno > 1 { throw file.damaged }
    }

    /// Frees the places of processes that were killed while they read: they would keep old pages from being reused.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func clearStaleReaders() -> Int {
        var cleared: Int32 = 0
        mdb_reader_check(environment, &cleared)
        return Int(cleared)
    }

    /// The map's size in bytes.
    var mapSize: Int {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        return info.me_mapsize
    }

    /// Bytes of the pages in use or free for reuse.
    var usedBytes: Int {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        return (info.me_last_pgno + 1) * file.pageSize
    }

    /// The data file, which stays LMDB's.
    func getDescriptor(_ descriptor: inout Int32) -> Int32 { mdb_env_get_fd(environment, &descriptor) }
}
