/// Immutable bytes shared without copying: a view into memory that an owner keeps alive.
///
/// The owner may be memory of our own (`MutableBuffer.freeze()`), a mapped file, or memory that another
/// library lent us. A buffer never writes, so it can be read from any thread.
public struct Buffer: @unchecked Sendable {
    /// Keeps the memory behind `base` alive.
    public let owner: AnyObject?
    public let base: UnsafeRawPointer
    /// Length in bytes.
    public let count: Int

    /// Invariant: `base` is readable for `count` bytes for as long as `owner` lives.
    public init(base: UnsafeRawPointer, count: Int, owner: AnyObject?) {
        precondition(count >= 0)
        self.base = base
        self.count = count
        self.owner = owner
    }

    /// A buffer of no bytes.
    public static let empty = Buffer(base: UnsafeRawPointer(bitPattern: 64)!, count: 0, owner: nil)

    /// A buffer that holds a copy of `bytes`.
    public init(copying bytes: some Collection<UInt8>) {
        let target = MutableBuffer(capacity: bytes.count)
        for byte in bytes { target.append(byte) }
        self = target.freeze()
    }

    /// The bytes `range`, without a copy.
    public func slice(_ range: Range<Int>) -> Buffer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return Buffer(base: base + range.lowerBound, count: range.count, owner: owner)
    }

    /// The memory as elements of `type`; valid only while this buffer (or its owner) is kept alive by the caller.
    @inlinable
    public func elements<T>(as type: T.Type = T.self) -> UnsafeBufferPointer<T> {
        UnsafeBufferPointer(start: base.assumingMemoryBound(to: T.self), count: count / MemoryLayout<T>.stride)
    }

    /// The memory as bytes; valid only while this buffer is kept alive by the caller.
    @inlinable
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}
