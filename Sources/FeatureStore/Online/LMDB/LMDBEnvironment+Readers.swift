import CLMDB

extension LMDBEnvironment {
    /// The processes that have a place among the readers, one entry a place.
    func readerProcesses() -> [Int32] {
        final class Lines {
            var processes: [Int32] = []
        }
        let lines = Lines()
        let context = Unmanaged.passUnretained(lines).toOpaque()
        // A line a place, "pid thread commit", after one that says so; the library has no other way to tell.
        withExtendedLifetime(lines) {
            _ = mdb_reader_list(
                environment,
                { text, context in
                    guard let text, let context else { return 0 }
                    let words = String(cString: text).split(separator: " ")
                    if words.count >= 3, let process = Int32(words[0]) {
                        Unmanaged<Lines>.fromOpaque(context).takeUnretainedValue().processes.append(process)
                    }
                    return 0
                }, context)
        }
        return lines.processes
    }

    /// Writes the last commit to a data file in `folder`, which exists and has none, without the pages that are free.
    func copy(to folder: String) throws(LMDBError) {
        let code = mdb_env_copy2(environment, folder, UInt32(MDB_CP_COMPACT))
        guard code == MDB_SUCCESS else { throw LMDBError(code, "copy the online store", path: folder) }
    }
}
