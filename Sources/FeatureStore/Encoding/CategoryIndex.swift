import Columnar
import Foundation

/// Numbers categories in the order in which they come, and finds them again: an open-addressing hash table.
///
/// The first and the last eight bytes of a text stand in its entry, so that a text of up to sixteen is found by one look.
/// It is filled by one thread; once nothing is added any more, any thread may look.
final class CategoryIndex: @unchecked Sendable {
    /// How many there are.
    private(set) var count = 0
    private var entries: UnsafeMutablePointer<Entry>
    /// A power of two, at least twice `count`.
    private var capacity = 64
    private var bytes = MutableBuffer()
    /// Where each text ends.
    private var ends: [Int] = []

    fileprivate struct Entry {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var length: UInt32 = 0
        /// -1 for an empty entry.
        var place: Int32 = -1
        /// Where its bytes begin.
        var start = 0
    }

    init() {
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
    }

    convenience init(_ categories: [Category]) {
        self.init()
        for category in categories {
            if case .integer(let number) = category {
                _ = insert(CategoryKey(number))
            } else {
                category.raw.withUnsafeBytes { _ = insert(CategoryKey($0)) }
            }
        }
    }

    deinit { entries.deallocate() }

    /// The place of a category, which is a new one if it was not known.
    @inline(__always)
    func insert(_ key: CategoryKey) -> Int {
        var slot = Int(truncatingIfNeeded: key.hash) & (capacity - 1)
        while entries[slot].place >= 0 {
            if lookup.holds(entries[slot], key) { return Int(entries[slot].place) }
            slot = (slot + 1) & (capacity - 1)
        }
        return add(key, at: slot)
    }

    @inline(never)
    private func add(_ key: CategoryKey, at slot: Int) -> Int {
        let place = count
        let start = bytes.count
        if let base = key.base { bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: key.length)) }
        ends.append(bytes.count)
        entries[slot] = Entry(
            first: key.first, last: key.last, length: UInt32(truncatingIfNeeded: key.length), place: Int32(place),
            start: start)
        count += 1
        if count * 2 > capacity { grow() }
        return place
    }

    private func grow() {
        let (old, oldCapacity) = (entries, capacity)
        capacity *= 4
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
        for i in 0..<oldCapacity where old[i].place >= 0 {
            var key = CategoryKey(first: old[i].first, last: old[i].last, length: Int(old[i].length), base: nil)
            if key.length > 0 { key.base = UnsafeRawPointer(bytes.base + old[i].start) }
            var slot = Int(truncatingIfNeeded: key.hash) & (capacity - 1)
            while entries[slot].place >= 0 { slot = (slot + 1) & (capacity - 1) }
            entries[slot] = old[i]
        }
        old.deallocate()
    }

    /// The bytes of the category at `place`, of texts.
    func text(at place: Int) -> UnsafeRawBufferPointer {
        let start = place == 0 ? 0 : ends[place - 1]
        return UnsafeRawBufferPointer(start: bytes.base + start, count: ends[place] - start)
    }

    /// The whole number at each place, of whole numbers.
    var integers: [Int64] {
        var numbers = [Int64](repeating: 0, count: count)
        for i in 0..<capacity where entries[i].place >= 0 {
            numbers[Int(entries[i].place)] = Int64(bitPattern: entries[i].first)
        }
        return numbers
    }

    /// How much memory it takes.
    var byteCount: Int { capacity * MemoryLayout<Entry>.stride + bytes.capacity + ends.count * 8 }

    /// What a loop takes along, without a reference to count. Invariant: the index outlives it, and nothing is added.
    var lookup: Lookup { Lookup(entries: entries, mask: capacity - 1, bytes: UnsafeRawPointer(bytes.base)) }

    struct Lookup {
        fileprivate let entries: UnsafeMutablePointer<Entry>
        fileprivate let mask: Int
        fileprivate let bytes: UnsafeRawPointer

        /// The place of a category; -1 if it is unknown. Complexity: O(length).
        @inline(__always)
        func place(of key: CategoryKey) -> Int {
            var slot = Int(truncatingIfNeeded: key.hash) & mask
            while entries[slot].place >= 0 {
                if holds(entries[slot], key) { return Int(entries[slot].place) }
                slot = (slot + 1) & mask
            }
            return -1
        }

        @inline(__always)
        fileprivate func holds(_ entry: Entry, _ key: CategoryKey) -> Bool {
            guard entry.first == key.first, entry.last == key.last,
                entry.length == UInt32(truncatingIfNeeded: key.length)
            else { return false }
            guard key.length > 16, let base = key.base else { return true }
            return memcmp(bytes + entry.start, base, key.length) == 0
        }
    }
}

/// A category that is looked for: a text where it lies, or a whole number.
struct CategoryKey {
    /// The first and the last eight bytes, or as many as there are; a number and 0.
    let first: UInt64
    let last: UInt64
    /// In bytes; 0 for a number.
    let length: Int
    var base: UnsafeRawPointer?

    init(first: UInt64, last: UInt64, length: Int, base: UnsafeRawPointer?) {
        self.first = first
        self.last = last
        self.length = length
        self.base = base
    }

    @inline(__always)
    init(_ number: Int64) { self.init(first: UInt64(bitPattern: number), last: 0, length: 0, base: nil) }

    @inline(__always)
    init(_ text: UnsafeRawBufferPointer) { self.init(text.baseAddress, text.count) }

    @inline(__always)
    init(_ base: UnsafeRawPointer?, _ length: Int) {
        guard let base, length > 0 else {
            self.init(first: 0, last: 0, length: 0, base: nil)
            return
        }
        if length >= 8 {
            self.init(
                first: base.loadUnaligned(as: UInt64.self),
                last: base.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self), length: length, base: base)
        } else if length >= 4 {
            self.init(
                first: UInt64(base.loadUnaligned(as: UInt32.self)),
                last: UInt64(base.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)), length: length,
                base: base)
        } else {
            // The first, the middle and the last byte are all that there is.
            let bytes =
                UInt64(base.load(as: UInt8.self)) | UInt64(base.load(fromByteOffset: length >> 1, as: UInt8.self)) << 8
                | UInt64(base.load(fromByteOffset: length - 1, as: UInt8.self)) << 16
            self.init(first: bytes, last: 0, length: length, base: base)
        }
    }

    /// Two multiplications, and one more for each eight bytes between the first and the last.
    @inline(__always)
    var hash: UInt64 {
        var hash = (first ^ 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
        if length > 16, let base {
            var place = 8
            while place < length - 8 {
                hash =
                    (hash ^ hash &>> 32 ^ base.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                    &* 0x94d0_49bb_1331_11eb
                place += 8
            }
        }
        hash = (hash ^ hash &>> 32 ^ last &+ UInt64(truncatingIfNeeded: length)) &* 0x94d0_49bb_1331_11eb
        return hash ^ hash &>> 32
    }
}
