/// The pages of one commit.
///
/// Invariant: `count` pages from `base` are mapped for as long as the file is open, which the reader keeps; they were
/// in the file when they were counted, and LMDB never shortens it.
struct LMDBPages {
    private let base: UnsafeRawPointer
    let pageSize: Int
    private let count: Int

    init(base: UnsafeRawPointer, pageSize: Int, count: Int) {
        self.base = base
        self.pageSize = pageSize
        self.count = count
    }

    @inline(__always)
    func page(_ number: UInt64) throws(LMDBDamage) -> LMDBPage {
        guard number < UInt64(count) else { throw LMDBDamage() }
        return LMDBPage(base: base + Int(truncatingIfNeeded: number) &* pageSize, size: pageSize)
    }

    /// One of the two pages that say what was committed; they are in every file that is open.
    @inline(__always)
    func meta(_ commitNumber: UInt64) -> LMDBMeta { LMDBMeta(base: base + Int(commitNumber & 1) * pageSize) }

    /// The value of a leaf's node.
    @inline(__always)
    func value(of node: LMDBNode) throws(LMDBDamage) -> UnsafeRawBufferPointer {
        let (flags, length) = (node.flags, node.valueLength)
        let start = node.keyStart + node.keyLength
        let room = node.room - node.keyLength
        if flags & ~LMDBNode.Flags.database == 0 {
            guard length <= room else { throw LMDBDamage() }
            return UnsafeRawBufferPointer(start: start, count: length)
        }
        guard flags == LMDBNode.Flags.big, room >= 8 else { throw LMDBDamage() }
        return try bigValue(start.loadUnaligned(as: UInt64.self), length)
    }

    /// The pages that a leaf's value takes beside the leaf; nil if it is in the leaf.
    ///
    /// - Precondition: `value(of:)` has found it.
    func overflowPages(of node: LMDBNode) throws(LMDBDamage) -> Range<UInt64>? {
        guard node.flags == LMDBNode.Flags.big else { return nil }
        let number = (node.keyStart + node.keyLength).loadUnaligned(as: UInt64.self)
        return number..<number + UInt64(try page(number).overflowCount)
    }

    @inline(never)
    private func bigValue(_ number: UInt64, _ length: Int) throws(LMDBDamage) -> UnsafeRawBufferPointer {
        let page = try page(number)
        let pages = UInt64(page.overflowCount)
        guard page.flags == LMDBPage.Flags.overflow, pages > 0, number &+ pages > number,
            length <= Int(pages) * pageSize - LMDBPage.headerLength
        else { throw LMDBDamage() }
        _ = try self.page(number + pages - 1)
        return UnsafeRawBufferPointer(start: page.base + LMDBPage.headerLength, count: length)
    }
}
