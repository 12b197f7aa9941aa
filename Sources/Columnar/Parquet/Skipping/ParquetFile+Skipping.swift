extension ParquetFile {
    /// The row groups that may hold rows whose value in `column` meets `condition`: the others certainly do not.
    ///
    /// Looks at statistics in the footer, and for `anyOf` at Bloom filters if the file has some.
    public func rowGroups(where column: Int, _ condition: ValueCondition) throws(DataError) -> [Int] {
        var groups: [Int] = []
        for group in rowGroups.indices where try mayHold(condition, column, group) { groups.append(group) }
        return groups
    }

    /// The rows of a row group whose value in `column` may meet `condition`, as ascending ranges of whole pages: the others
    /// certainly do not.
    ///
    /// Looks at statistics, then at Bloom filter and page index if the file has them; touches no page. All rows may meet
    /// the condition where nothing is known of them.
    public func rowRanges(
        in rowGroup: Int, where column: Int, _ condition: ValueCondition
    ) throws(DataError) -> [Range<Int>] {
        guard try mayHold(condition, column, rowGroup) else { return [] }
        let rows = rowGroups[rowGroup].rowCount
        guard let pages = try pageBounds(of: column, rowGroup: rowGroup) else { return rows > 0 ? [0..<rows] : [] }
        var ranges: [Range<Int>] = []
        var start = 0
        for page in pages {
            let end = start + page.rowCount
            if page.rowCount > 0 && condition.mayHold(within: page) {
                if let last = ranges.last, last.upperBound == start {
                    ranges[ranges.count - 1] = last.lowerBound..<end
                } else {
                    ranges.append(start..<end)
                }
            }
            start = end
        }
        return ranges
    }

    private func mayHold(_ condition: ValueCondition, _ column: Int, _ rowGroup: Int) throws(DataError) -> Bool {
        guard condition.mayHold(within: bounds(of: column, rowGroup: rowGroup)) else { return false }
        guard case .anyOf(let values) = condition, columns[column].list == nil, columns[column].physical != .int96
        else { return true }
        return try reading(column) { () throws(DataError) in
            let chunk = chunk(of: column, rowGroup: rowGroup)
            guard let filter = try chunk.readBloomFilter(in: bytes, dataEnd: dataEnd) else { return true }
            return values.contains { filter.mayHold($0, in: columns[column].valueType) }
        }
    }

    /// What the file's page index says of each page's values; nil if it has none, or for a list.
    public func pageBounds(of column: Int, rowGroup: Int) throws(DataError) -> [ValueBounds]? {
        try reading(column) { () throws(DataError) in
            let (chunk, rows) = (chunk(of: column, rowGroup: rowGroup), rowGroups[rowGroup].rowCount)
            guard columns[column].list == nil,
                let index = try chunk.readColumnIndex(in: bytes, dataEnd: dataEnd),
                let locations = try chunk.readOffsetIndex(rowCount: rows, in: bytes, dataEnd: dataEnd)?.locations
            else { return nil }
            guard locations.count == index.isNullPage.count else { throw DataError.pageIndexIsDamaged }
            let ends = locations.dropFirst().map { Int($0.firstRow) } + [rows]
            return locations.indices.map {
                index.bounds(of: $0, Int(locations[$0].firstRow)..<ends[$0], columns[column])
            }
        }
    }

    /// What the footer says of a row group's values in a column; nothing for a list.
    public func bounds(of column: Int, rowGroup: Int) -> ValueBounds {
        let group = rowGroups[rowGroup]
        guard columns[column].list == nil else { return ValueBounds(rowCount: group.rowCount) }
        let chunk = columnChunk(of: column, rowGroup: rowGroup)
        return ValueBounds(
            rowCount: group.rowCount, nullCount: chunk.nullCount, minimum: chunk.minimum, maximum: chunk.maximum)
    }

    /// A column's pages within a row group, to be read one by one.
    public func pages(of column: Int, rowGroup: Int) throws(DataError) -> ColumnPages {
        try reading(column) { () throws(DataError) in
            try ColumnPages(
                chunk(of: column, rowGroup: rowGroup), of: columns[column], rowCount: rowGroups[rowGroup].rowCount,
                in: bytes,
                dataEnd: dataEnd, path: path)
        }
    }

    /// Some rows of some columns of one row group, for which only the pages that hold them are touched.
    public func read(rowGroup: Int, columns: [Int], rows: Range<Int>) throws(DataError) -> Table {
        let read = try Parallel.tryMap(columns) { (column) throws(DataError) in
            try self.pages(of: column, rowGroup: rowGroup).read(rows: rows)
        }
        return Table(fields: columns.map { fields[$0] }, columns: read, rowCount: rows.count)
    }
}

extension ColumnIndex {
    fileprivate func bounds(of page: Int, _ rows: Range<Int>, _ column: ParquetColumn) -> ValueBounds {
        if isNullPage[page] { return ValueBounds(rowCount: rows.count, nullCount: rows.count) }
        return ValueBounds(
            rowCount: rows.count, nullCount: nullCounts.flatMap { Int(exactly: $0[page]) },
            minimum: column.valueType.bound(minima[page], of: column.physical, isLower: true),
            maximum: column.valueType.bound(maxima[page], of: column.physical, isLower: false))
    }
}
