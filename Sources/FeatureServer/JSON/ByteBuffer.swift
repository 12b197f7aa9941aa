import Foundation

/// Bytes that grow and are used again: the body of a request or of an answer, one after the other on a connection.
///
/// Invariant: `base` has room for `capacity` bytes, of which the first `count` are set.
final class ByteBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 512) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// The bytes set so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Forgets the bytes, and gives memory back where one large body left more than `limit`.
    func removeAll(keepingAtMost limit: Int = 1 << 16) {
        count = 0
        guard capacity > limit else { return }
        base.deallocate()
        capacity = 512
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    /// Forgets the bytes from `length` on.
    func truncate(to length: Int) {
        precondition(length <= count)
        count = length
    }

    /// Makes room for `additional` bytes more.
    @inline(__always)
    func reserve(_ additional: Int) {
        if capacity - count < additional { grow(additional) }
    }

    private func grow(_ additional: Int) {
        let larger = max(capacity * 2, count + additional)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        memcpy(base + count, source, bytes.count)
        count += bytes.count
    }

    @inline(__always)
    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Counts bytes as set that were written behind the last, within what was reserved.
    @inline(__always)
    func advance(by length: Int) {
        precondition(length <= capacity - count)
        count += length
    }

    /// Room for `length` bytes behind the last, which count as set once this returns.
    @inline(__always)
    func appendUninitialized(_ length: Int) -> UnsafeMutableRawPointer {
        reserve(length)
        defer { count += length }
        return base + count
    }
}
