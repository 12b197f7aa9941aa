/// Collects the validity of rows, in runs; asks for memory only with the first null.
struct ValidityBuilder {
    private let capacity: Int
    private var buffer: MutableBuffer?
    /// Rows so far, and nulls among them.
    private(set) var count = 0
    private(set) var nullCount = 0

    /// - Parameter capacity: the most rows that will be appended.
    init(capacity: Int) { self.capacity = capacity }

    mutating func append(repeating isValid: Bool, count rows: Int) {
        precondition(rows <= capacity - count)
        if !isValid && rows > 0 {
            let bits = bitsWithNulls()
            Bitmap.fillBits(false, in: bits, at: count, count: rows)
            nullCount += rows
        } else if let buffer {
            Bitmap.fillBits(true, in: buffer.base, at: count, count: rows)
        }
        count += rows
    }

    /// Appends `rows` bits, least significant first.
    mutating func append(packed source: UnsafeRawPointer, count rows: Int) {
        precondition(rows <= capacity - count)
        let bits = bitsWithNulls()
        Bitmap.copyBits(from: source, at: 0, to: bits, at: count, count: rows)
        count += rows
        nullCount += rows - ValidBits(base: bits, offset: count - rows, count: rows).countSetBits()
    }

    /// The bits from `start` on; nil if all rows are valid so far. To be read before more are appended.
    func bits(from start: Int) -> ValidBits? {
        buffer.map { ValidBits(base: UnsafeRawPointer($0.base), offset: start, count: count - start) }
    }

    private mutating func bitsWithNulls() -> UnsafeMutableRawPointer {
        if let buffer { return buffer.base }
        let created = MutableBuffer(uninitialized: (capacity + 7) / 8)
        Bitmap.fillBits(true, in: created.base, at: 0, count: count)
        buffer = created
        return created.base
    }

    /// The bitmap, nil if no row is null; the builder must not be used afterwards.
    mutating func finish() -> Bitmap? {
        guard nullCount > 0, let buffer else { return nil }
        return Bitmap(buffer: buffer.freeze(), count: count)
    }
}

/// Validity bits of some rows, in memory that the caller keeps alive and that is readable 8 bytes behind the last bit.
struct ValidBits {
    let base: UnsafeRawPointer
    /// Position of the first bit.
    let offset: Int
    let count: Int

    /// The 64 bits from `index` on; those behind the end are unspecified.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        let position = offset &+ index
        let shift = UInt64(truncatingIfNeeded: position & 7)
        let low = base.loadUnaligned(fromByteOffset: position &>> 3, as: UInt64.self)
        if shift == 0 { return low }
        let high = UInt64(base.load(fromByteOffset: position &>> 3 &+ 8, as: UInt8.self))
        return low &>> shift | high &<< (64 &- shift)
    }

    @inline(__always)
    func bit(at index: Int) -> Bool {
        let position = offset &+ index
        return base.load(fromByteOffset: position &>> 3, as: UInt8.self) &>> UInt8(position & 7) & 1 == 1
    }

    func countSetBits() -> Int {
        var total = 0
        var index = 0
        while index + 64 <= count {
            total += word(at: index).nonzeroBitCount
            index += 64
        }
        if index < count { total += (word(at: index) & (1 << UInt64(count - index) - 1)).nonzeroBitCount }
        return total
    }
}
