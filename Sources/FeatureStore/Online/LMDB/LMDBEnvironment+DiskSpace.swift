import CFallocate
import CLMDB
import Foundation

extension LMDBWriteTransaction {
    /// An upper bound of the pages that writing so many values into a database makes dirty.
    ///
    /// A put copies the pages on its way from the root, and may split each of them; pages of a level are copied once.
    /// What was freed is listed in a database of its own, 8 bytes a page.
    func pagesAtMost(puts: Int, bytes: Int, pageSize: Int, in database: LMDBDatabase) throws -> Int {
        let tree = try statistics(of: database)
        let leaves = min(2 * puts, tree.leafPages)
        let branches = min(puts * tree.depth, tree.branchPages)
        let overflow = tree.overflowPages == 0 ? 0 : min(tree.overflowPages, bytes / pageSize + puts)
        let pages = leaves + branches + overflow
        return pages + pages / 256 + 32
    }
}

extension LMDBEnvironment {
    /// Sets disk space aside for so many pages behind those in use, and for all that the file has not got yet.
    ///
    /// Called within a write transaction, so that nobody else uses the space up before its commit.
    func reserveDiskSpace(pages: Int) throws {
        let needed = usedBytes + pages * file.pageSize
        guard needed > reservedBytes else { return }
        let (descriptor, start) = (try self.descriptor, reservedBytes)
        // Ahead of the need, so that few commits have to ask; exactly, where there is not so much left.
        for end in [needed + 4 << 20, needed] {
            if fallocate(descriptor, FALLOC_FL_KEEP_SIZE, off_t(start), off_t(end - start)) == 0 {
                reservedBytes = end
                return
            }
            if errno == EOPNOTSUPP || errno == ENOSYS { return }
        }
        if errno == ENOSPC || errno == EDQUOT { throw LMDBError(ENOSPC, "write the online store", path: path) }
    }

    private var descriptor: Int32 {
        get throws {
            var descriptor: Int32 = -1
            let code = getDescriptor(&descriptor)
            guard code == MDB_SUCCESS else { throw LMDBError(code, "write the online store", path: path) }
            return descriptor
        }
    }
}
