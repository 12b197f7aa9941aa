/// A key to look for.
///
/// Invariant: `count` bytes at `base` stay readable while it is used, and `head` is their first word.
struct LMDBKey {
    let base: UnsafeRawPointer
    let count: Int
    let head: UInt64

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        // Without bytes nothing is read, so any address will do.
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8)!
        count = bytes.count
        head = Self.word(base, count)
    }

    /// A key of no bytes.
    static var none: LMDBKey { LMDBKey(UnsafeRawBufferPointer(start: nil, count: 0)) }

    /// The first 8 bytes of `count` as a number that orders as they do; zeros stand behind their end.
    @inline(__always)
    static func word(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        count >= 8 ? UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)) : shortWord(start, count)
    }

    @inline(never)
    private static func shortWord(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var word: UInt64 = 0
        for i in 0..<max(count, 0) {
            word |= UInt64(start.load(fromByteOffset: i, as: UInt8.self)) << UInt64(56 - 8 * i)
        }
        return word
    }
}
