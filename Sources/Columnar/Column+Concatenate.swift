import Foundation

extension Column {
    /// The rows of `columns`, one after the other. All must have the type `type`. Complexity: O(bytes).
    public static func concatenating(_ columns: [Column], type: DataType) -> Column {
        precondition(columns.allSatisfy { $0.type == type })
        if columns.count == 1 { return columns[0] }
        let rows = columns.reduce(0) { $0 + $1.count }
        let validity =
            columns.contains { $0.validity != nil }
            ? joinedBits(columns.map { ($0.validity, $0.count) }, count: rows) : nil
        switch type {
        case .bool:
            return Column(bits: joinedBits(columns.map { ($0.bits, $0.count) }, count: rows), validity: validity)
        case .string, .binary:
            let bytes = MutableBuffer()
            let offsets = joinedOffsets(columns, rows: rows) { column, range in
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: column.values.bytes[range]))
            }
            return Column(type, count: rows, offsets: offsets, values: bytes.freeze(), validity: validity)
        case .list(let element):
            var children: [Column] = []
            let offsets = joinedOffsets(columns, rows: rows) { column, range in
                children.append(column.child!.slice(range))
            }
            return Column(
                listOf: concatenating(children, type: element), count: rows, offsets: offsets, validity: validity)
        case .fixedSizeList(let element, let size):
            return Column(
                vectorsOf: concatenating(columns.map { $0.child! }, type: element), size: size, count: rows,
                validity: validity)
        default:
            let width = type.byteWidth!
            let target = MutableBuffer(capacity: rows * width)
            for column in columns {
                target.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: column.values.bytes[..<(column.count * width)]))
            }
            return Column(type, count: rows, values: target.freeze(), validity: validity)
        }
    }

    private static func joinedBits(_ parts: [(Bitmap?, Int)], count: Int) -> Bitmap {
        let target = MutableBuffer(zeroed: (count + 7) / 8)
        var position = 0
        for (bitmap, rows) in parts {
            if let bitmap {
                Bitmap.copyBits(
                    from: bitmap.buffer.base, at: bitmap.bitOffset, to: target.base, at: position, count: rows)
            } else {
                Bitmap.fillBits(true, in: target.base, at: position, count: rows)
            }
            position += rows
        }
        return Bitmap(buffer: target.freeze(), count: count)
    }

    /// Offsets over all columns; `append` receives each column's referenced range, in order.
    private static func joinedOffsets(
        _ columns: [Column], rows: Int, append: (Column, Range<Int>) -> Void
    ) -> Buffer {
        let target = MutableBuffer(capacity: (rows + 1) * 8)
        target.append(Int64(0))
        var base: Int64 = 0
        for column in columns where column.count > 0 {
            let source = column.offsetElements
            let first = source[0]
            let last = source[column.count]
            for i in 1...column.count { target.append(base + source[i] - first) }
            append(column, Int(first)..<Int(last))
            base += last - first
        }
        return target.freeze()
    }
}

extension Table {
    /// The rows of `tables`, one after the other; all must have the same fields.
    public static func concatenating(_ tables: [Table], fields: [Field]) -> Table {
        Table(
            fields: fields,
            columns: fields.indices.map { i in
                Column.concatenating(tables.map { $0.columns[i] }, type: fields[i].type)
            }, rowCount: tables.reduce(0) { $0 + $1.rowCount })
    }
}
