import Foundation

extension PackedTable {
    /// The table in `bytes`, whose columns lie in them in place but for strings' offsets. Complexity: O(bytes).
    ///
    /// - Throws: `DataError` if `bytes`, which may come from anywhere, are no packed table or have changed since.
    public static func unpack(_ bytes: Buffer) throws(DataError) -> Table {
        var cursor = PackedCursor(bytes)
        guard try cursor.word() == magic else {
            throw DataError("is no packed table of a version that this fstore reads")
        }
        let reserved = try cursor.word()
        let stored = UInt64(try cursor.word()) | UInt64(try cursor.word()) << 32
        let checked = UnsafeRawBufferPointer(rebasing: bytes.bytes[checkedFrom...])
        guard reserved == 0, XXHash64.hash(checked) == stored else {
            throw DataError("a packed table has changed since it was written")
        }
        let rows = Int(try cursor.word())
        let columnCount = Int(try cursor.word())
        var fields: [Field] = []
        var columns: [Column] = []
        for _ in 0..<columnCount {
            let (name, column) = try unpackColumn(rows: rows, from: &cursor)
            fields.append(Field(name, column.type))
            columns.append(column)
        }
        guard cursor.isAtEnd else { throw PackedCursor.damaged }
        return Table(fields: fields, columns: columns, rowCount: rows)
    }

    private static func unpackColumn(
        rows: Int, from cursor: inout PackedCursor
    ) throws(DataError) -> (name: String, column: Column) {
        let header = try cursor.take(columnHeaderLength)
        let nameLength = Int(header.base.load(fromByteOffset: 2, as: UInt16.self))
        let vectorSize = Int(header.base.load(fromByteOffset: 4, as: UInt32.self))
        guard let type = PackedType(rawValue: header.bytes[0]), header.bytes[1] <= 1 else {
            throw PackedCursor.damaged
        }
        let nameBytes = try cursor.take(nameLength)
        guard let name = String(validating: nameBytes.bytes, as: UTF8.self) else { throw PackedCursor.damaged }
        let validity =
            header.bytes[1] == 1 ? Bitmap(buffer: try cursor.take((rows + 7) / 8), count: rows) : nil
        let dataType = type.dataType(vectorSize: vectorSize)
        switch type {
        case .bool:
            let bits = Bitmap(buffer: try cursor.take((rows + 7) / 8), count: rows)
            return (name, Column(bits: bits, validity: validity))
        case .string, .bytes:
            return (name, try unpackBytes(dataType, rows: rows, validity: validity, from: &cursor))
        case .float32Vector:
            let elements = try cursor.take(try product(try product(rows, vectorSize), 4))
            let child = Column(.float32, count: rows * vectorSize, values: elements)
            return (name, Column(vectorsOf: child, size: vectorSize, count: rows, validity: validity))
        case .int32, .int64, .float32, .float64, .instant:
            let values = try cursor.take(try product(rows, dataType.byteWidth ?? 0))
            return (name, Column(dataType, count: rows, values: values, validity: validity))
        }
    }

    private static func unpackBytes(
        _ type: DataType, rows: Int, validity: Bitmap?, from cursor: inout PackedCursor
    ) throws(DataError) -> Column {
        let lengths = try cursor.take(try product(rows, 4))
        let offsets = MutableBuffer(uninitialized: (rows + 1) * 8)
        let ends = offsets.elements(as: Int64.self)
        ends[0] = 0
        // At most 2^32 lengths of less than 2^32: no overflow.
        for row in 0..<rows { ends[row + 1] = ends[row] + Int64(lengths.elements(as: UInt32.self)[row]) }
        let values = try cursor.take(Int(ends[rows]))
        return Column(type, count: rows, offsets: offsets.freeze(), values: values, validity: validity)
    }

    private static func product(_ a: Int, _ b: Int) throws(DataError) -> Int {
        let (result, isTooLarge) = a.multipliedReportingOverflow(by: b)
        if isTooLarge { throw PackedCursor.damaged }
        return result
    }
}

/// Walks over bytes that may hold anything: what it hands out lies within them.
private struct PackedCursor {
    private let bytes: Buffer
    private var position = 0

    static let damaged = DataError("a packed table is damaged")

    init(_ bytes: Buffer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// The next `count` bytes, and goes on to the multiple of 8 behind them.
    mutating func take(_ count: Int) throws(DataError) -> Buffer {
        guard count <= bytes.count - position else { throw Self.damaged }
        let part = bytes.slice(position..<position + count)
        position = min(bytes.count, (position + count + 7) & ~7)
        return part
    }

    /// The next four bytes.
    mutating func word() throws(DataError) -> UInt32 {
        guard bytes.count - position >= 4 else { throw Self.damaged }
        defer { position += 4 }
        return bytes.base.loadUnaligned(fromByteOffset: position, as: UInt32.self)
    }
}
