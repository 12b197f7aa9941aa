extension ForeignArray {
    /// The values that the indices of a dictionary-encoded array stand for.
    func dictionaryValues(
        _ layout: ArrowLayout, indices type: DataType, _ range: Range<Int>
    ) throws(DataError) -> Column {
        guard let dictionary = array.dictionary?.pointee else {
            throw contradiction("is dictionary-encoded but has no dictionary")
        }
        guard (0...Int64(Int32.max)).contains(dictionary.length) else {
            throw contradiction("has a dictionary of \(dictionary.length) values")
        }
        let values = try ForeignArray(dictionary, batch: batch).column(layout, rows: 0..<Int(dictionary.length))
        let ownRows = range.lowerBound - Int(array.offset)..<range.upperBound - Int(array.offset)
        let indices = try column(.fixedWidth(type), rows: ownRows)
        let rows =
            switch type {
            case .int8: try checkedRows(indices, Int8.self, below: values.count)
            case .uint8: try checkedRows(indices, UInt8.self, below: values.count)
            case .int16: try checkedRows(indices, Int16.self, below: values.count)
            case .uint16: try checkedRows(indices, UInt16.self, below: values.count)
            case .int32: try checkedRows(indices, Int32.self, below: values.count)
            case .uint32: try checkedRows(indices, UInt32.self, below: values.count)
            case .int64: try checkedRows(indices, Int64.self, below: values.count)
            default: try checkedRows(indices, UInt64.self, below: values.count)
            }
        if values.type.isVariableWidth {
            let offsets = values.offsetElements
            let taken = rows.lazy.filter { $0 >= 0 }.map { Int(offsets[Int($0) + 1] - offsets[Int($0)]) }
            try checkMemory(for: taken.reduce(0, +))
        }
        return rows.withUnsafeBufferPointer { values.taking($0) }
    }

    /// The indices as rows of the dictionary; -1 for a null.
    private func checkedRows<Index: FixedWidthInteger>(
        _ indices: Column, _: Index.Type, below count: Int
    ) throws(DataError) -> [Int32] {
        defer { withExtendedLifetime(indices) {} }
        var rows: [Int32] = []
        rows.reserveCapacity(indices.count)
        for (row, index) in indices.elements(as: Index.self).enumerated() {
            if indices.isNull(row) {
                rows.append(-1)
            } else if index >= 0, index < count {
                rows.append(Int32(truncatingIfNeeded: index))
            } else {
                throw contradiction("has the dictionary index \(index) where the dictionary has \(count) values")
            }
        }
        return rows
    }
}
