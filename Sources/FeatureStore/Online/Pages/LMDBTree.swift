/// A tree of a snapshot: where it begins, and how large it is.
///
///     4   UInt16 flags, 0 for keys in the order of their bytes, each once
///     6   UInt16 depth
///     8   UInt64 branch pages, leaf pages, overflow pages, entries, root page
///
/// Source: LMDB 0.9, `MDB_db` in mdb.c.
struct LMDBTree: Hashable, Sendable {
    static let recordLength = 48
    private static let noPage = UInt64.max

    /// The root's page.
    let root: UInt64
    /// Pages from the root to a leaf; 0 for a tree without keys.
    let depth: Int
    let branchPages: Int
    let leafPages: Int
    let overflowPages: Int
    /// Keys.
    let entries: Int

    var pages: Int { branchPages + leafPages + overflowPages }

    /// - Throws: `LMDBDamage` if these are not the bytes of a tree that this version can read.
    ///
    /// - Parameter isOfNumbers: whether the keys are numbers, as those of the free pages are, and not in the order of their
    ///   bytes; such a tree can be walked, and nothing be found in it.
    init(record: UnsafeRawBufferPointer, isOfNumbers: Bool = false) throws(LMDBDamage) {
        guard record.count == Self.recordLength else { throw LMDBDamage() }
        func number(_ offset: Int) throws(LMDBDamage) -> Int {
            let word = record.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard word <= UInt64(Int64.max) else { throw LMDBDamage() }
            return Int(word)
        }
        let flags = record.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        let depth = Int(record.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        root = record.loadUnaligned(fromByteOffset: 40, as: UInt64.self)
        // No tree of 2^48 pages is deeper than this.
        guard isOfNumbers || flags == 0, depth <= 48, (root == Self.noPage) == (depth == 0) else { throw LMDBDamage() }
        self.depth = depth
        branchPages = try number(8)
        leafPages = try number(16)
        overflowPages = try number(24)
        entries = try number(32)
    }
}
