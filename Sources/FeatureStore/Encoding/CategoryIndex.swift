import Columnar

/// Finds a category's place: an open-addressing hash table made once, read from any thread, without allocation.
///
/// Invariant: `slots`, `offsets` and `bytes` are set in `init` and never change; a place in `slots` is -1 or below `count`.
final class CategoryIndex: @unchecked Sendable {
    let count: Int
    /// A power of two, at least twice `count`: places, -1 for none.
    private let slots: UnsafeMutableBufferPointer<Int32>
    private let offsets: UnsafeMutableBufferPointer<Int>
    private let bytes: UnsafeMutableRawBufferPointer

    /// Takes the categories in order of their places; integers are their eight bytes, little-endian.
    init(_ categories: [[UInt8]]) {
        count = categories.count
        var capacity = 4
        while capacity < categories.count * 2 { capacity *= 2 }
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: -1)
        offsets = .allocate(capacity: categories.count + 1)
        bytes = .allocate(byteCount: max(1, categories.reduce(0) { $0 + $1.count }), alignment: 8)
        var end = 0
        for (place, category) in categories.enumerated() {
            offsets.initializeElement(at: place, to: end)
            for byte in category {
                bytes[end] = byte
                end += 1
            }
        }
        offsets.initializeElement(at: categories.count, to: end)
        for place in categories.indices {
            var slot = self.slot(of: XXHash64.hash(self.bytes(of: place)))
            while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Int32(place)
        }
    }

    deinit {
        slots.deallocate()
        offsets.deallocate()
        bytes.deallocate()
    }

    @inline(__always)
    private func slot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

    func bytes(of place: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[offsets[place]..<offsets[place + 1]])
    }

    /// The place of a category; -1 if it is unknown. Complexity: O(length).
    @inline(__always)
    func place(of category: UnsafeRawBufferPointer) -> Int {
        var slot = slot(of: XXHash64.hash(category))
        while case let place = Int(slots[slot]), place >= 0 {
            let known = bytes(of: place)
            if known.count == category.count && known.elementsEqual(category) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return -1
    }

    @inline(__always)
    func place(of category: Int64) -> Int {
        withUnsafeBytes(of: category.littleEndian) { place(of: $0) }
    }
}
