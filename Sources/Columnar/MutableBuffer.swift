import Foundation

/// Growable bytes with one writer, which become an immutable `Buffer` when `freeze()` is called.
///
/// Memory is aligned to 64 bytes and padded by 64 readable bytes behind the end, so that word-wise reads
/// near the end stay inside the allocation (Arrow columnar format, Buffer Alignment and Padding).
public final class MutableBuffer {
    // One writer, whose methods do not call out: the run-time check of exclusive access would cost more than an append.
    @exclusivity(unchecked) @usableFromInline var allocation: Allocation
    /// Bytes written so far.
    @exclusivity(unchecked) public private(set) var count = 0

    /// - Parameter capacity: bytes to make room for; without any, no memory is taken before the first byte.
    public init(capacity: Int = 0) {
        allocation = capacity == 0 ? .empty : Allocation(byteCapacity: max(capacity, 64))
    }

    /// A buffer of `count` zero bytes.
    public convenience init(zeroed count: Int) {
        self.init(capacity: count)
        memset(allocation.base, 0, count)
        self.count = count
    }

    /// A buffer of `count` bytes of unspecified content, to be written through `base`.
    public convenience init(uninitialized count: Int) {
        self.init(capacity: count)
        self.count = count
    }

    public var base: UnsafeMutableRawPointer { allocation.base }
    public var capacity: Int { allocation.byteCapacity }

    /// The memory as elements of `type`, to write through; valid until the buffer grows or is frozen.
    public func elements<T>(as type: T.Type = T.self) -> UnsafeMutableBufferPointer<T> {
        UnsafeMutableBufferPointer(
            start: allocation.base.assumingMemoryBound(to: T.self), count: count / MemoryLayout<T>.stride)
    }

    public func reserve(_ additional: Int) {
        let needed = count + additional
        guard needed > allocation.byteCapacity else { return }
        let grown = Allocation(byteCapacity: max(needed, allocation.byteCapacity * 2, 64))
        memcpy(grown.base, allocation.base, count)
        allocation = grown
    }

    /// Makes the buffer `newCount` bytes long; new bytes are unspecified.
    public func resize(to newCount: Int) {
        if newCount > count { reserve(newCount - count) }
        count = newCount
    }

    @inlinable
    public func append<T: BitwiseCopyable>(_ value: T) {
        let size = MemoryLayout<T>.size
        reserve(size)
        allocation.base.storeBytes(of: value, toByteOffset: count, as: T.self)
        advance(by: size)
    }

    public func append(contentsOf bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        memcpy(allocation.base + count, start, bytes.count)
        count += bytes.count
    }

    @usableFromInline func advance(by size: Int) { count += size }

    public func removeAll() { count = 0 }

    /// Hands the bytes over as an immutable buffer; this object starts again, empty.
    public func freeze() -> Buffer {
        let buffer = Buffer(base: UnsafeRawPointer(allocation.base), count: count, owner: allocation)
        allocation = .empty
        count = 0
        return buffer
    }
}

/// Owned memory, given back with its last reference.
@usableFromInline
final class Allocation: @unchecked Sendable {
    @usableFromInline let base: UnsafeMutableRawPointer
    let byteCapacity: Int
    private let size: Int

    init(byteCapacity: Int) {
        size = MemoryPool.size(for: byteCapacity + 64)
        base = MemoryPool.take(size)
        self.byteCapacity = byteCapacity
        memset(base + byteCapacity, 0, 64)
    }

    deinit { MemoryPool.giveBack(base, size: size) }

    /// Of all buffers without bytes; nothing is ever written to it.
    static let empty = Allocation(byteCapacity: 0)
}
