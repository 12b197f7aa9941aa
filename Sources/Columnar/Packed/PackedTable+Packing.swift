import Foundation

extension PackedTable {
    /// The bytes of `table`. Complexity: O(bytes).
    ///
    /// - Precondition: Its columns are of types that `PackedType` lists, and their names have at most 65,535 bytes.
    public static func pack(_ table: Table) -> Buffer {
        let bytes = MutableBuffer(capacity: headerLength + table.columns.reduce(0) { $0 + packedBytes(of: $1) })
        bytes.append(magic)
        bytes.append(UInt32(0))
        bytes.append(UInt64(0))
        bytes.append(UInt32(table.rowCount))
        bytes.append(UInt32(table.columns.count))
        for (field, column) in zip(table.fields, table.columns) { pack(column, named: field.name, to: bytes) }
        let checked = UnsafeRawBufferPointer(start: bytes.base + checkedFrom, count: bytes.count - checkedFrom)
        bytes.base.storeBytes(of: XXHash64.hash(checked), toByteOffset: 8, as: UInt64.self)
        return bytes.freeze()
    }

    /// About the bytes that a column takes.
    private static func packedBytes(of column: Column) -> Int {
        64 + column.byteCount(of: 0..<column.count) + (column.count + 7) / 8
    }

    private static func pack(_ column: Column, named name: String, to bytes: MutableBuffer) {
        guard let type = PackedType(column.type), let nameLength = UInt16(exactly: name.utf8.count) else {
            preconditionFailure("a column of type \(column.type) cannot be packed")
        }
        var vectorSize: UInt32 = 0
        if case .fixedSizeList(_, let size) = column.type { vectorSize = UInt32(size) }
        let validity = column.nullCount > 0 ? column.validity : nil
        bytes.append(type.rawValue)
        bytes.append(UInt8(validity == nil ? 0 : 1))
        bytes.append(nameLength)
        bytes.append(vectorSize)
        Array(name.utf8).withUnsafeBytes { bytes.append(contentsOf: $0) }
        pad(bytes)
        if let validity { pack(validity, to: bytes) }
        switch type {
        case .bool: pack(column.bits, to: bytes)
        case .string, .bytes: packLengthsAndBytes(of: column, to: bytes)
        case .float32Vector:
            guard let elements = column.child?.values.bytes else { break }
            bytes.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: elements[..<(column.count * Int(vectorSize) * 4)]))
        case .int32, .int64, .float32, .float64, .instant:
            let width = column.type.byteWidth ?? 0
            bytes.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: column.values.bytes[..<(column.count * width)]))
        }
        pad(bytes)
    }

    private static func pack(_ bits: Bitmap, to bytes: MutableBuffer) {
        let start = bytes.count
        let length = (bits.count + 7) / 8
        bytes.resize(to: start + length)
        memset(bytes.base + start, 0, length)
        Bitmap.copyBits(
            from: bits.buffer.base, at: bits.bitOffset, to: bytes.base + start, at: 0, count: bits.count)
        pad(bytes)
    }

    private static func packLengthsAndBytes(of column: Column, to bytes: MutableBuffer) {
        let offsets = column.offsetElements
        withExtendedLifetime(column) {
            for row in 0..<column.count { bytes.append(UInt32(offsets[row + 1] - offsets[row])) }
            pad(bytes)
            let range = column.count == 0 ? 0..<0 : Int(offsets[0])..<Int(offsets[column.count])
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: column.values.bytes[range]))
        }
    }

    private static func pad(_ bytes: MutableBuffer) {
        while bytes.count & 7 != 0 { bytes.append(UInt8(0)) }
    }
}
