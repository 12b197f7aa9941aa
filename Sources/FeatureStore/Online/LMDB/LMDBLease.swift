import CLMDB
import Foundation
import Synchronization

/// A share in the process's one open environment of a folder; the environment is closed with its last lease.
///
/// Closing one of two environments of the same file would drop the locks of the other (`fcntl(2)`, Advisory record
/// locking), so there is never a second one, and closing happens under the lock that opening takes. A folder that was
/// replaced is another environment, though of the same name.
final class LMDBLease: Sendable {
    /// Nil where this user may only look: then nobody is told what is read (`LMDBReader`).
    var environment: LMDBEnvironment? { opened.environment }
    var file: LMDBFile { opened.file }
    private let opened: Opened

    /// An environment that is open, or just its file. Invariant: `leases` is touched under the lock of `shared` only.
    private final class Opened: @unchecked Sendable {
        let key: String
        let environment: LMDBEnvironment?
        let file: LMDBFile
        let lockIdentity: FileIdentity?
        let process = OwnProcess.id
        var leases = 1

        init(key: String, environment: LMDBEnvironment) {
            self.key = key
            self.environment = environment
            file = environment.file
            lockIdentity = FileIdentity(path: environment.path + "/lock.mdb")
        }

        init(key: String, file: LMDBFile) {
            self.key = key
            self.file = file
            environment = nil
            lockIdentity = nil
        }

        var standing: Standing {
            guard process == OwnProcess.id else { return .replaced }
            guard let identity = FileIdentity(path: file.path) else { return .removed }
            return identity == file.identity ? .current : .replaced
        }
    }

    private static let shared = Mutex<[String: Opened]>([:])

    /// - Parameter isReadOnly: Never write or create; if the environment is open already, its own mode holds.
    init(
        path: String, isReadOnly: Bool, mapSize: Int = LMDBEnvironment.initialMapSize,
        mapSizeLimit: Int = LMDBEnvironment.maximumMapSize
    ) throws(LMDBError) {
        if !isReadOnly { try Self.makeFolder(path) }
        let key = try Self.identity(of: path)
        opened = try Self.shared.withLock { (shared: inout sending [String: Opened]) throws(LMDBError) -> Opened in
            if let open = shared[key], open.standing == .current {
                guard isReadOnly || open.environment?.isReadOnly == false else {
                    throw LMDBError(EROFS, "write the online store, which this process has opened to read,", path: path)
                }
                open.leases += 1
                return open
            }
            if let open = shared[key], open.process == OwnProcess.id, let lock = open.lockIdentity,
                lock == FileIdentity(path: path + "/lock.mdb")
            {
                throw LMDBError(LMDBError.exchangedFile, "open the online store", path: path)
            }
            let made = try Self.open(path, key, isReadOnly, mapSize, mapSizeLimit)
            shared[key] = made
            return made
        }
    }

    /// A share in a data file that is only looked at: that of a copy, or of a store that this user may not touch.
    init(file path: String) throws(LMDBError) {
        opened = Opened(key: "", file: try LMDBFile(path: path, storePath: path))
    }

    deinit {
        Self.shared.withLock { shared in
            opened.leases -= 1
            guard opened.leases == 0 else { return }
            if shared[opened.key] === opened { shared[opened.key] = nil }
            opened.environment?.close()
        }
    }

    /// What became of the name that was opened.
    enum Standing {
        case current
        case removed
        /// Another store has it now, or this process is a child of the one that opened it and has to open it anew.
        case replaced
    }

    var standing: Standing { opened.standing }

    /// A reader opens for writing where it may, so that a writer in the same process can join later; else it registers
    /// itself where it may, and else it only looks.
    private static func open(
        _ path: String, _ key: String, _ isReadOnly: Bool, _ size: Int, _ limit: Int
    ) throws(LMDBError) -> Opened {
        func environment(isReadOnly: Bool) throws(LMDBError) -> Opened {
            let environment = try LMDBEnvironment(
                path: path, isReadOnly: isReadOnly, mapSize: size, mapSizeLimit: limit)
            return Opened(key: key, environment: environment)
        }
        guard isReadOnly else { return try environment(isReadOnly: false) }
        let data = path + "/data.mdb"
        guard access(data, F_OK) == 0 else { throw LMDBError(ENOENT, "open the online store", path: path) }
        if access(data, W_OK) == 0, access(path, W_OK) == 0 { return try environment(isReadOnly: false) }
        if access(path + "/lock.mdb", W_OK) == 0 { return try environment(isReadOnly: true) }
        return Opened(key: key, file: try LMDBFile(path: data, storePath: path))
    }

    /// The same for all spellings of a path, links included.
    private static func identity(of path: String) throws(LMDBError) -> String {
        guard let resolved = realpath(path, nil) else { throw LMDBError(errno, "open the online store", path: path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func makeFolder(_ path: String) throws(LMDBError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            throw LMDBError(cause?.code.rawValue ?? EIO, "create the online store", path: path)
        }
    }
}

extension LMDBLease {
    /// Runs `body` on a snapshot of the last commit, perhaps more than once, of which the last counts.
    func withSnapshot<Result>(_ body: (LMDBSnapshot) throws -> Result) throws -> Result {
        let turn = ReaderTurn()
        defer { turn.release() }
        return try LMDBReader(self, turn: turn).withSnapshot(body)
    }
}
