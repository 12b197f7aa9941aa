import CLMDB
import Foundation

extension LMDBEnvironment {
    /// Makes room for about `bytes` more, so that a large write need not run twice.
    func growMap(toHold bytes: Int) throws(LMDBError) {
        var size = mapSize
        let needed = usedBytes + bytes
        while size < needed, size < mapSizeLimit { size *= 2 }
        if size > mapSize { try growMap(to: min(size, mapSizeLimit)) }
    }

    func growMap(to size: Int) throws(LMDBError) {
        guard mapSize < mapSizeLimit else { throw LMDBError(MDB_MAP_FULL, "write the online store", path: path) }
        try setMapSize(min(size, mapSizeLimit))
    }

    /// Takes over the size to which another process has grown the map. No reader of the calling thread may be at work.
    func adoptMapSize() throws(LMDBError) { try setMapSize(0) }

    private func setMapSize(_ size: Int) throws(LMDBError) {
        mapLock.lock()
        defer { mapLock.unlock() }
        let before = mapSize
        let code = withReadersPaused {
            let code = mdb_env_set_mapsize(environment, size)
            // LMDB has given up the old map by then; there must be one.
            if code != MDB_SUCCESS, mdb_env_set_mapsize(environment, before) != MDB_SUCCESS {
                preconditionFailure("there is no address space left for the online store's map")
            }
            return code
        }
        guard code == MDB_SUCCESS else { throw LMDBError(code, "grow the online store", path: path) }
    }

    /// Runs `body` while no reader of this process is at work; those that come meanwhile wait.
    ///
    /// Readers are not kept waiting for one another: if one stays at work, all others go on, and we try again.
    private func withReadersPaused<Result>(_ body: () -> Result) -> Result {
        readers.withLock { readers in
            while true {
                var paused: [ReaderTurn] = []
                for reader in readers.values {
                    guard reader.pause() else { break }
                    paused.append(reader)
                }
                defer { for reader in paused { reader.release() } }
                if paused.count == readers.count { return body() }
                usleep(100)
            }
        }
    }
}
