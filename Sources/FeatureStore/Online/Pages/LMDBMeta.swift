/// What one of the two first pages of a file says of a commit: number n is written to page n modulo 2.
///
///     16  UInt32 magic, UInt32 version (1)
///     40  the tree of free pages, whose first UInt32 is the page size
///     88  the main tree, which holds the records of the named ones
///     136 UInt64 last page, UInt64 number of the commit
///
/// Source: LMDB 0.9, `MDB_meta` in mdb.c.
struct LMDBMeta {
    static let length = 152
    private static let magic: UInt32 = 0xbeef_c0de
    /// LMDB changes this number when it changes how pages look; all of 0.9 has the same.
    static let knownVersion: UInt32 = 1

    let base: UnsafeRawPointer

    /// Whether LMDB has written this.
    var isMeta: Bool {
        LMDBPage(base: base, size: Self.length).flags == LMDBPage.Flags.meta
            && base.load(fromByteOffset: 16, as: UInt32.self) == Self.magic
    }

    var version: UInt32 { base.load(fromByteOffset: 20, as: UInt32.self) }

    var pageSize: Int { Int(base.load(fromByteOffset: 40, as: UInt32.self)) }
    private var lastPage: UInt64 { base.load(fromByteOffset: 136, as: UInt64.self) }
    @inline(__always)
    var commitNumber: UInt64 { base.load(fromByteOffset: 144, as: UInt64.self) }

    /// - Throws: `LMDBDamage` if these are not the words of a commit that this version can read.
    func commit() throws(LMDBDamage) -> LMDBCommit {
        LMDBCommit(
            number: commitNumber,
            main: try LMDBTree(record: UnsafeRawBufferPointer(start: base + 88, count: LMDBTree.recordLength)),
            free: try LMDBTree(
                record: UnsafeRawBufferPointer(start: base + 40, count: LMDBTree.recordLength), isOfNumbers: true),
            lastPage: lastPage)
    }
}
