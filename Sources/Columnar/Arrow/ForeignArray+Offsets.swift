extension ForeignArray {
    /// The offsets of `range`, as Int64 that start with 0, and the range of values they stand for.
    ///
    /// Offsets of 64 bits that start with 0 already are used in place.
    func offsets(_ width: ArrowLayout.OffsetWidth, _ range: Range<Int>) throws(DataError) -> (Buffer, Range<Int>) {
        // The offsets of an array without rows may be missing altogether.
        if range.isEmpty { return (MutableBuffer(zeroed: MemoryLayout<Int64>.size).freeze(), 0..<0) }
        let bytes = range.lowerBound * width.byteCount..<(range.upperBound + 1) * width.byteCount
        let source = try buffer(1, bytes, of: "offsets")
        return switch width {
        case .bits32: try rebased(source, of: Int32.self)
        case .bits64: try rebased(source, of: Int64.self)
        }
    }

    private func rebased<Offset: FixedWidthInteger & BitwiseCopyable>(
        _ source: Buffer, of _: Offset.Type
    ) throws(DataError) -> (Buffer, Range<Int>) {
        let width = MemoryLayout<Offset>.size
        let count = source.count / width
        let first = Int(source.base.loadUnaligned(as: Offset.self))
        let last = Int(source.base.loadUnaligned(fromByteOffset: (count - 1) * width, as: Offset.self))
        let isAligned = UInt(bitPattern: source.base) % UInt(MemoryLayout<Int64>.alignment) == 0
        var areAscending = true
        let result: Buffer
        if width == MemoryLayout<Int64>.size, first == 0, isAligned {
            var previous = 0
            for offset in source.elements(as: Int64.self) {
                areAscending = areAscending && offset >= previous
                previous = Int(offset)
            }
            result = source
        } else {
            let target = MutableBuffer(uninitialized: count * MemoryLayout<Int64>.size)
            let offsets = target.elements(as: Int64.self)
            var previous = first
            for i in 0..<count {
                let offset = Int(source.base.loadUnaligned(fromByteOffset: i * width, as: Offset.self))
                areAscending = areAscending && offset >= previous
                offsets[i] = Int64(offset &- first)
                previous = offset
            }
            result = target.freeze()
        }
        guard areAscending, first >= 0, last <= Self.maximumExtent else {
            throw contradiction("has offsets that do not ascend from 0 on, or end beyond \(Self.maximumExtent)")
        }
        return (result, first..<last)
    }
}
