import Foundation

extension ParquetFile {
    /// What the footer or the page index says falsely of a column's values in a row group, in words; nil if all is true.
    ///
    /// A reader that skips by such statistics would miss rows. Reads all of the column. Complexity: O(rows).
    public func falseStatistics(of column: Int, rowGroup: Int) throws(DataError) -> String? {
        let values = try readColumn(column, rowGroup: rowGroup)
        if let lie = values.contradiction(to: bounds(of: column, rowGroup: rowGroup)) {
            return "the footer says \(lie)"
        }
        guard let pages = try pageBounds(of: column, rowGroup: rowGroup) else { return nil }
        var start = 0
        for (number, page) in pages.enumerated() {
            guard page.rowCount >= 0, start + page.rowCount <= values.count else {
                return "the page index says that there are more than \(values.count) rows"
            }
            let rows = values.slice(start..<start + page.rowCount)
            if let lie = rows.contradiction(to: page) { return "the page index says of page \(number) \(lie)" }
            start += page.rowCount
        }
        return start == values.count ? nil : "the page index says that there are \(start) rows of \(values.count)"
    }
}

extension Column {
    /// What of `bounds` is not true of these values, in words; nil if all is.
    fileprivate func contradiction(to bounds: ValueBounds) -> String? {
        if let nulls = bounds.nullCount, nulls != nullCount { return "that \(nulls) are null, and \(nullCount) are" }
        guard let (least, greatest) = extremes() else { return nil }
        if let minimum = bounds.minimum, let order = value(at: least).compare(to: minimum), order < 0 {
            return "that none is less than \(minimum), and \(value(at: least)) is"
        }
        if let maximum = bounds.maximum, let order = value(at: greatest).compare(to: maximum), order > 0 {
            return "that none is greater than \(maximum), and \(value(at: greatest)) is"
        }
        return nil
    }

    /// The rows of the least and the greatest value; nil where there are none. Nulls, NaN and lists have no place.
    private func extremes() -> (least: Int, greatest: Int)? {
        defer { withExtendedLifetime(self) {} }
        switch type {
        case .bool:
            let bits = bits
            return extremes { !bits[$0] && bits[$1] }
        case .int8: return extremes(Int8.self)
        case .int16: return extremes(Int16.self)
        case .int32, .date32, .time(.seconds), .time(.milliseconds): return extremes(Int32.self)
        case .int64, .timestamp, .time: return extremes(Int64.self)
        case .uint8: return extremes(UInt8.self)
        case .uint16: return extremes(UInt16.self)
        case .uint32: return extremes(UInt32.self)
        case .uint64: return extremes(UInt64.self)
        case .float32: return extremes(Float.self)
        case .float64: return extremes(Double.self)
        case .decimal: return extremes(Int128.self)
        case .string, .binary:
            return extremes { first, second in
                let (a, b) = (bytes(at: first), bytes(at: second))
                guard let left = a.baseAddress, let right = b.baseAddress else { return a.count < b.count }
                let order = memcmp(left, right, min(a.count, b.count))
                return order != 0 ? order < 0 : a.count < b.count
            }
        case .float16, .list, .fixedSizeList: return nil
        }
    }

    @inline(__always)
    private func extremes<T: Comparable & BitwiseCopyable>(_: T.Type) -> (least: Int, greatest: Int)? {
        let values = elements(as: T.self)
        return extremes {
            values[$0] < values[$1]
        } where: {
            values[$0] == values[$0]
        }
    }

    @inline(__always)
    private func extremes(
        _ isBefore: (Int, Int) -> Bool, where hasOrder: (Int) -> Bool = { _ in true }
    ) -> (least: Int, greatest: Int)? {
        var found: (least: Int, greatest: Int)?
        for row in 0..<count where !isNull(row) && hasOrder(row) {
            guard let known = found else {
                found = (row, row)
                continue
            }
            if isBefore(row, known.least) { found?.least = row }
            if isBefore(known.greatest, row) { found?.greatest = row }
        }
        return found
    }
}
