/// A page of a tree where it lies in the map.
///
///     0   UInt64  the page's number
///     10  UInt16  flags: branch 1, leaf 2, overflow 4, meta 8
///     12  UInt16  end of the pointers (in an overflow page UInt32: how many pages the value takes)
///     16  UInt16 pointers, one a node in the order of keys: where in the page it lies
///
/// Source: LMDB 0.9, `MDB_page` in mdb.c; the format is the same in all of 0.9.
///
/// Invariant: `base` is readable for `size` bytes. What lies there is hostile (a damaged file, or a page that a writer
/// reuses because nobody told it of us), so each number is loaded once, and checked before it is followed.
struct LMDBPage {
    let base: UnsafeRawPointer
    let size: Int

    static let headerLength = 16

    enum Flags {
        static let branch: UInt16 = 1
        static let leaf: UInt16 = 2
        static let overflow: UInt16 = 4
        static let meta: UInt16 = 8
    }

    var number: UInt64 { base.load(as: UInt64.self) }

    @inline(__always)
    var flags: UInt16 { base.load(fromByteOffset: 10, as: UInt16.self) }

    /// How many nodes a branch or leaf holds; more than a page can if the page is damaged.
    @inline(__always)
    var nodeCount: Int { (Int(base.load(fromByteOffset: 12, as: UInt16.self)) &- Self.headerLength) >> 1 }

    /// The most nodes that a page has pointers for.
    @inline(__always)
    var nodeCapacity: Int { (size - Self.headerLength) >> 1 }

    /// How many pages the value of an overflow page takes, the first included.
    @inline(__always)
    var overflowCount: Int { Int(base.load(fromByteOffset: 12, as: UInt32.self)) }

    /// - Precondition: `index` is less than `nodeCapacity`; so for `address(of:)`.
    @inline(__always)
    func node(_ index: Int) throws(LMDBDamage) -> LMDBNode {
        let offset = offset(of: index)
        guard offset <= size - LMDBNode.headerLength else { throw LMDBDamage() }
        return try LMDBNode(base + offset, room: size - LMDBNode.headerLength - offset)
    }

    /// Where a node should lie: good to prefetch and for nothing else.
    @inline(__always)
    func address(of index: Int) -> UnsafeRawPointer { base + offset(of: index) }

    @inline(__always)
    private func offset(of index: Int) -> Int {
        Int(base.load(fromByteOffset: Self.headerLength + 2 * index, as: UInt16.self))
    }
}

/// The file is not what LMDB would have written.
struct LMDBDamage: Error {}
