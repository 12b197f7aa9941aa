import CLMDB
import Foundation

extension LMDBEnvironment {
    /// Checks that LMDB and we see the same in a file: how large its trees are, and what is at their ends.
    ///
    /// The number of the format says so already (`LMDBMeta.knownVersion`); this guards against a library that breaks its
    /// word. Our own way is gone first: it checks what LMDB then follows blindly.
    static func checkAgreement(_ environment: OpaquePointer, _ file: LMDBFile) throws(LMDBError) {
        for _ in 0..<agreementAttempts {
            var opened: OpaquePointer?
            let code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &opened)
            guard code == MDB_SUCCESS, let transaction = opened else {
                throw LMDBError(code, "open the online store", path: file.storePath)
            }
            defer { mdb_txn_abort(transaction) }
            let number = UInt64(mdb_txn_id(transaction))
            let meta = try file.pages(upTo: 1).meta(number)
            let found = Result { () throws(LMDBDamage) in try meta.commit() }
            // A writer has gone on meanwhile.
            guard meta.commitNumber == number, newestCommit(environment) == number else { continue }
            guard case .success(let commit) = found else { throw file.damaged }
            let snapshot = LMDBSnapshot(commit, pages: try file.pages(upTo: commit.lastPage), file: file)
            guard try agree(transaction, snapshot, commit.main) else {
                throw LMDBError(LMDBError.otherFormat, "open the online store", path: file.storePath)
            }
            return
        }
    }

    private static let agreementAttempts = 100
    /// Databases that are compared.
    private static let comparedDatabases = 8

    private static func newestCommit(_ environment: OpaquePointer) -> UInt64 {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        return UInt64(info.me_last_txnid)
    }

    private static func agree(
        _ transaction: OpaquePointer, _ snapshot: LMDBSnapshot, _ main: LMDBTree
    ) throws(LMDBError) -> Bool {
        var names: [String] = []
        let ours = try snapshot.ends(of: main)
        do {
            try snapshot.forEach(in: main) { key, _ in
                names.append(String(decoding: key, as: UTF8.self))
                return names.count < comparedDatabases
            }
        } catch {
            throw error as? LMDBError ?? LMDBError(MDB_CORRUPTED, "open the online store", path: snapshot.path)
        }
        guard theirs(transaction, nil) == Seen(main, ours) else { return false }
        for name in names {
            // What is no tree to us is for its reader to complain of.
            guard let tree = try? snapshot.tree(name) else { continue }
            let ends = try snapshot.ends(of: tree)
            guard theirs(transaction, name) == Seen(tree, ends) else { return false }
        }
        return true
    }

    private struct Seen: Equatable {
        let sizes: [Int]
        let ends: [[UInt8]]

        init(sizes: [Int], ends: [[UInt8]]) {
            self.sizes = sizes
            self.ends = ends
        }

        init(_ tree: LMDBTree, _ ends: [[UInt8]]) {
            self.init(
                sizes: [tree.entries, tree.depth, tree.branchPages, tree.leafPages, tree.overflowPages], ends: ends)
        }
    }

    /// What LMDB sees; nil if it sees nothing.
    private static func theirs(_ transaction: OpaquePointer, _ name: String?) -> Seen? {
        var database = MDB_dbi()
        var statistics = MDB_stat()
        var opened: OpaquePointer?
        guard mdb_dbi_open(transaction, name, 0, &database) == MDB_SUCCESS,
            mdb_stat(transaction, database, &statistics) == MDB_SUCCESS,
            mdb_cursor_open(transaction, database, &opened) == MDB_SUCCESS, let cursor = opened
        else { return nil }
        defer { mdb_cursor_close(cursor) }
        var ends: [[UInt8]] = []
        for operation in [MDB_FIRST, MDB_LAST] {
            var (key, value) = (MDB_val(), MDB_val())
            guard mdb_cursor_get(cursor, &key, &value, operation) == MDB_SUCCESS else { continue }
            for part in [key, value] {
                ends.append(Array(UnsafeRawBufferPointer(start: part.mv_data, count: part.mv_size)))
            }
        }
        return Seen(
            sizes: [
                statistics.ms_entries, Int(statistics.ms_depth), statistics.ms_branch_pages, statistics.ms_leaf_pages,
                statistics.ms_overflow_pages,
            ], ends: ends)
    }
}

extension LMDBSnapshot {
    /// The first key and its value, and the last key and its; empty for a tree without keys.
    func ends(of tree: LMDBTree) throws(LMDBError) -> [[UInt8]] {
        try reading { pages throws(LMDBDamage) in
            var (start, end) = (try LMDBWalk(tree, pages), try LMDBWalk(lastOf: tree, pages))
            guard let first = try start.next(), let last = try end.next() else { return [] }
            return [first.key, first.value, last.key, last.value].map { Array($0) }
        }
    }
}
