import CArrowABI

/// What an exported `ArrowArray` points to: it keeps the column's memory alive until the consumer releases it.
final class ExportedArray {
    /// Owners of the memory behind `pointers`.
    private let buffers: [Buffer?]
    private let pointers: UnsafeMutablePointer<UnsafeRawPointer?>
    private let children: CArrayOfPointers<ArrowArray>

    /// `buffers` in the order of the layout; nil for a validity bitmap that is not needed.
    private init(buffers: [Buffer?], childCount: Int) {
        self.buffers = buffers
        pointers = .allocate(capacity: buffers.count)
        for (i, buffer) in buffers.enumerated() { (pointers + i).initialize(to: buffer?.base) }
        children = CArrayOfPointers(count: childCount)
    }

    deinit {
        // A child that the consumer moved out has no release callback here any more: it is released where it went.
        for child in children where child.pointee.release != nil { child.pointee.release?(child) }
        children.deallocate()
        pointers.deallocate()
    }

    /// Lends a table's rows as a struct of its columns, without a copy.
    static func lend(_ table: Table, in target: UnsafeMutablePointer<ArrowArray>) {
        let array = ExportedArray(buffers: [nil], childCount: table.columns.count)
        for (i, column) in table.columns.enumerated() { lend(column, in: array.children[i]) }
        array.move(into: target, length: table.rowCount, nullCount: 0, offset: 0)
    }

    private static func lend(_ column: Column, in target: UnsafeMutablePointer<ArrowArray>) {
        let nullCount = column.nullCount
        let validity = nullCount == 0 ? nil : column.validity
        var offset = 0
        let array: ExportedArray
        switch column.type {
        case .bool:
            // One offset holds for both bitmaps: keep that of the values, and copy the validity where it differs.
            let values = column.bits.startingInFirstByte
            offset = values.bitOffset
            array = ExportedArray(
                buffers: [validity?.placed(atBit: offset).buffer, values.buffer], childCount: 0)
        case .string, .binary:
            array = ExportedArray(
                buffers: [validity?.placed(atBit: 0).buffer, column.offsets, column.values], childCount: 0)
        case .list:
            array = ExportedArray(buffers: [validity?.placed(atBit: 0).buffer, column.offsets], childCount: 1)
        case .fixedSizeList:
            array = ExportedArray(buffers: [validity?.placed(atBit: 0).buffer], childCount: 1)
        default:
            array = ExportedArray(buffers: [validity?.placed(atBit: 0).buffer, column.values], childCount: 0)
        }
        if let child = column.child { lend(child, in: array.children[0]) }
        array.move(into: target, length: column.count, nullCount: nullCount, offset: offset)
    }

    private func move(into target: UnsafeMutablePointer<ArrowArray>, length: Int, nullCount: Int, offset: Int) {
        target.initialize(
            to: ArrowArray(
                length: Int64(length), null_count: Int64(nullCount), offset: Int64(offset),
                n_buffers: Int64(buffers.count), n_children: Int64(children.count), buffers: pointers,
                children: children.base, dictionary: nil,
                release: { array in
                    guard let array, let owner = array.pointee.private_data else { return }
                    array.pointee.private_data = nil
                    array.pointee.release = nil
                    Unmanaged<ExportedArray>.fromOpaque(owner).release()
                },
                private_data: Unmanaged.passRetained(self).toOpaque()))
    }
}

extension Bitmap {
    /// The same bits, without a copy, in a buffer that starts with the byte of the first: `bitOffset` is below 8.
    fileprivate var startingInFirstByte: Bitmap {
        let start = bitOffset >> 3
        return Bitmap(buffer: buffer.slice(start..<buffer.count), bitOffset: bitOffset & 7, count: count)
    }

    /// The same bits with the first at bit `target` (0 to 7) of the buffer; copied only where they lie differently.
    fileprivate func placed(atBit target: Int) -> Bitmap {
        if bitOffset & 7 == target { return startingInFirstByte }
        let byteCount = (target + count + 7) / 8
        let copy = MutableBuffer(uninitialized: byteCount)
        let bytes = copy.elements(as: UInt8.self)
        // Byte i of the copy holds the rows from 8 i - target on; rows before the first are left out.
        if byteCount > 0 { bytes[0] = UInt8(truncatingIfNeeded: word(at: 0)) << UInt8(target) }
        for i in 1..<max(byteCount, 1) { bytes[i] = UInt8(truncatingIfNeeded: word(at: 8 * i - target)) }
        return Bitmap(buffer: copy.freeze(), bitOffset: target, count: count)
    }
}
