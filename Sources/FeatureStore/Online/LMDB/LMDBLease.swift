import Foundation
import Synchronization

/// A share in the process's one open environment of a folder; the environment is closed with its last lease.
///
/// Closing one of two environments of the same file would drop the locks of the other (`fcntl(2)`, Advisory record
/// locking), so there is never a second one, and closing happens under the lock that opening takes.
final class LMDBLease: Sendable {
    let environment: LMDBEnvironment
    private let key: String

    private static let shared = Mutex<[String: (environment: LMDBEnvironment, leases: Int)]>([:])

    /// - Parameter isReadOnly: Never write or create; if the environment is open already, its own mode holds.
    init(
        path: String, isReadOnly: Bool, mapSize: Int = LMDBEnvironment.initialMapSize,
        mapSizeLimit: Int = LMDBEnvironment.maximumMapSize
    ) throws {
        if !isReadOnly { try Self.makeFolder(path) }
        let key = try Self.identity(of: path)
        self.key = key
        environment = try Self.shared.withLock { shared in
            if let open = shared[key] {
                guard isReadOnly || !open.environment.isReadOnly else {
                    throw LMDBError(EROFS, "write the online store, which this process has opened to read,", path: path)
                }
                shared[key] = (open.environment, open.leases + 1)
                return open.environment
            }
            let environment = try Self.open(path, isReadOnly, mapSize, mapSizeLimit)
            shared[key] = (environment, 1)
            return environment
        }
    }

    deinit {
        Self.shared.withLock { shared in
            guard let open = shared[key] else { return }
            shared[key] = open.leases == 1 ? nil : (open.environment, open.leases - 1)
            if open.leases == 1 { open.environment.close() }
        }
    }

    /// A reader opens for writing where it may, so that a writer in the same process can join later.
    private static func open(_ path: String, _ isReadOnly: Bool, _ size: Int, _ limit: Int) throws -> LMDBEnvironment {
        guard isReadOnly else {
            return try LMDBEnvironment(path: path, isReadOnly: false, mapSize: size, mapSizeLimit: limit)
        }
        let data = path + "/data.mdb"
        guard FileManager.default.fileExists(atPath: data) else {
            throw LMDBError(ENOENT, "open the online store", path: path)
        }
        let mayWrite = access(data, W_OK) == 0 && access(path, W_OK) == 0
        return try LMDBEnvironment(path: path, isReadOnly: !mayWrite, mapSize: size, mapSizeLimit: limit)
    }

    /// The same for all spellings of a path, links included.
    private static func identity(of path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw LMDBError(errno, "open the online store", path: path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch let error as CocoaError {
            let cause = error.underlying as? POSIXError
            throw LMDBError(cause?.code.rawValue ?? EIO, "create the online store", path: path)
        }
    }
}

/// A read transaction that is kept and renewed, so that a read costs no system call and no allocation.
///
/// Invariant: `begin()` and `end()` alternate, on one thread at a time; the pool that owns it sees to that.
final class LMDBReader {
    private let lease: LMDBLease
    private var pointer: OpaquePointer?

    init(_ lease: LMDBLease) { self.lease = lease }

    deinit { if let pointer { LMDBSnapshot(pointer: pointer, path: "").abandon() } }

    func begin() throws -> LMDBSnapshot {
        let environment = lease.environment
        let renewed = try environment.beginReading(renewing: pointer)
        pointer = renewed
        return LMDBSnapshot(pointer: renewed, path: environment.path)
    }

    func end() {
        if let pointer { LMDBSnapshot(pointer: pointer, path: "").reset() }
        lease.environment.endReading()
    }
}
