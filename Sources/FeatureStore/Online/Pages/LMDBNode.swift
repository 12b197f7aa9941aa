import Foundation

/// A node of a page: a key, and a child or a value.
///
///     0   UInt16 low, UInt16 high, UInt16 flags, UInt16 the key's length
///     8   the key, then in a leaf the value
///
/// In a leaf, low and high are the value's length, and flag 1 says that the value is the number of an overflow page; in a
/// branch, low, high and flags are the child's page. Source: LMDB 0.9, `MDB_node` in mdb.c.
///
/// Invariant: from the key's start on, `room` bytes are within the page, and the first `keyLength` of them are the key.
struct LMDBNode {
    static let headerLength = 8

    let base: UnsafeRawPointer
    let keyLength: Int
    let room: Int

    enum Flags {
        static let big: UInt16 = 1
        /// The value is the record of a named database.
        static let database: UInt16 = 2
    }

    /// - Precondition: the header and `room` bytes behind it are readable.
    @inline(__always)
    init(_ base: UnsafeRawPointer, room: Int) throws(LMDBDamage) {
        let length = Int(base.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        guard length <= room else { throw LMDBDamage() }
        self.base = base
        self.room = room
        keyLength = length
    }

    @inline(__always)
    private var low: Int { Int(base.loadUnaligned(as: UInt16.self)) }
    @inline(__always)
    private var high: Int { Int(base.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    @inline(__always)
    var flags: UInt16 { base.loadUnaligned(fromByteOffset: 4, as: UInt16.self) }

    /// The page of a branch's child.
    @inline(__always)
    var child: UInt64 { UInt64(low) | UInt64(high) << 16 | UInt64(flags) << 32 }

    @inline(__always)
    var valueLength: Int { low | high << 16 }

    @inline(__always)
    var keyStart: UnsafeRawPointer { base + Self.headerLength }

    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: keyStart, count: keyLength) }

    /// Negative, zero or positive as the node's key orders before, equals or orders after `key` (`mdb_cmp_memn`).
    @inline(__always)
    func order(to key: LMDBKey) -> Int {
        let head = LMDBKey.word(keyStart, keyLength)
        if head != key.head { return head < key.head ? -1 : 1 }
        if keyLength <= 8 || key.count <= 8 { return keyLength - key.count }
        let order = memcmp(keyStart + 8, key.base + 8, min(keyLength, key.count) - 8)
        return order == 0 ? keyLength - key.count : Int(order)
    }
}
