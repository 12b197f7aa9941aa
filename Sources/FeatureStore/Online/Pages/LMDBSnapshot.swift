/// The state of one commit; good only inside the scope that made it, as are the bytes that it hands out.
struct LMDBSnapshot {
    let commit: LMDBCommit
    private let file: LMDBFile
    let pages: LMDBPages

    init(_ commit: LMDBCommit, pages: LMDBPages, file: LMDBFile) {
        self.commit = commit
        self.pages = pages
        self.file = file
    }

    /// Equal numbers, equal data.
    var commitNumber: UInt64 { commit.number }

    /// The named database's tree; nil if nothing was ever written under that name.
    func tree(_ name: String) throws(LMDBError) -> LMDBTree? {
        try reading { pages throws(LMDBDamage) in
            guard let record = try Self.value(for: Array(name.utf8), in: commit.main, pages) else { return nil }
            return try LMDBTree(record: record)
        }
    }

    /// The bytes stored under `key`, in the map itself.
    func value(for key: UnsafeRawBufferPointer, in tree: LMDBTree) throws(LMDBError) -> UnsafeRawBufferPointer? {
        try reading { pages throws(LMDBDamage) in try Self.value(for: key, in: tree, pages) }
    }

    /// Calls `body` with every key and value from the first that is not before `key`, in order, while it returns true.
    func forEach(
        in tree: LMDBTree, from key: [UInt8] = [],
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        var walk = try reading { pages throws(LMDBDamage) in
            try key.withBytes { key throws(LMDBDamage) in try LMDBWalk(tree, from: key, pages) }
        }
        while let (key, value) = try reading({ _ throws(LMDBDamage) in try walk.next() }) {
            guard try body(key, value) else { return }
        }
    }

    private static func value(
        for key: [UInt8], in tree: LMDBTree, _ pages: LMDBPages
    ) throws(LMDBDamage) -> UnsafeRawBufferPointer? {
        try key.withBytes { key throws(LMDBDamage) in try value(for: key, in: tree, pages) }
    }

    private static func value(
        for key: UnsafeRawBufferPointer, in tree: LMDBTree, _ pages: LMDBPages
    ) throws(LMDBDamage) -> UnsafeRawBufferPointer? {
        var lookup = try LMDBLookup(key, in: tree, pages)
        try withUnsafeMutablePointer(to: &lookup) { lookup throws(LMDBDamage) in
            try pages.find(UnsafeMutableBufferPointer(start: lookup, count: 1))
        }
        return lookup.value
    }

    var path: String { file.storePath }

    func reading<Result>(_ body: (LMDBPages) throws(LMDBDamage) -> Result) throws(LMDBError) -> Result {
        do throws(LMDBDamage) {
            return try body(pages)
        } catch {
            throw file.damaged
        }
    }
}

extension [UInt8] {
    fileprivate func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(LMDBDamage) -> Result
    ) throws(LMDBDamage) -> Result {
        try withUnsafeBytes { bytes in Swift.Result { () throws(LMDBDamage) in try body(bytes) } }.get()
    }
}
