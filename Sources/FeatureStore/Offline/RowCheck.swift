import Columnar

/// Finds the rows of a source that do not fit a view: a value of another type, a null key or time, a key too long.
struct RowCheck: Sendable {
    let layout: ViewLayout
    let columns: SourceColumns
    /// The file, as messages name it.
    let path: String
    /// Whether rows need not say when they became known.
    var mayLackCreated = false

    /// A column in the type that it is read in, and the rows whose values do not fit it.
    ///
    /// - Throws: `DataError` if no rule leads from the column's type to that one.
    func converted(_ column: Column, at index: Int) throws(DataError) -> ConvertedColumn {
        let type = columns.fields[index].type
        guard let converted = column.converted(to: type) else {
            throw DataError(
                "a column of type \(column.type) cannot become \(type); change the declared type or the file",
                file: path, column: columns.names[index])
        }
        return converted
    }

    /// The columns whose values have to be looked at before rows are stored: any other one fits by its type.
    ///
    /// - Parameters:
    ///   - type: the source's type of a column.
    ///   - hasNulls: whether a column of the source may hold nulls.
    func columnsToLookAt(type: (Int) -> DataType, hasNulls: (Int) -> Bool) -> [Int] {
        let keysVary = KeyEncoder(layout.keys.map(\.type)).fixedWidth == nil
        return columns.readIndices.filter { index in
            if !type(index).alwaysConverts(to: columns.fields[index].type) { return true }
            if layout.requiredIndices.contains(index) && hasNulls(index) { return true }
            if layout.keyIndices.contains(index) && keysVary { return true }
            return layout.hasEnd && (index == layout.eventIndex || index == layout.endIndex)
        }
    }

    /// What is wrong with rows, by their places; empty if all fit.
    ///
    /// - Parameters:
    ///   - stored: those columns of the source that have to be looked at, by their numbers.
    ///   - rowNumber: how messages number a row.
    func problems(
        in stored: [Int: Column], rowCount: Int, rowNumber: (Int) -> Int
    ) throws(DataError) -> [Int: DataError] {
        var problems: [Int: DataError] = [:]
        func note(_ row: Int, _ column: Int, _ message: String) {
            if problems[row] == nil {
                problems[row] = DataError(message, file: path, row: rowNumber(row), column: columns.names[column])
            }
        }
        var typed: [Int: Column] = [:]
        for index in stored.keys.sorted() {
            guard let column = stored[index] else { continue }
            let converted = try converted(column, at: index)
            for row in converted.unfitRows {
                note(
                    row, index,
                    "\(column.value(at: row)) does not fit \(columns.fields[index].type); "
                        + "correct the row or the declared type")
            }
            typed[index] = converted.column
        }
        for index in layout.requiredIndices {
            guard let column = typed[index], column.validity != nil else { continue }
            if mayLackCreated, index == layout.createdIndex { continue }
            let role = index < layout.keys.count ? "a key" : "a time"
            for row in 0..<rowCount where column.isNull(row) {
                note(row, index, "\(role) is null; every row of history needs one")
            }
        }
        if let end = layout.endIndex, let start = layout.eventIndex.flatMap({ typed[$0] }), let ends = typed[end] {
            let (startTimes, endTimes) = (start.elements(as: Int64.self), ends.elements(as: Int64.self))
            for row in 0..<rowCount where !ends.isNull(row) && !start.isNull(row) && endTimes[row] < startTimes[row] {
                note(row, end, "the row ends before it begins")
            }
        }
        let keys = layout.keyIndices.compactMap { typed[$0] }
        if keys.count == layout.keys.count {
            for (row, length) in longKeys(keys, rowCount: rowCount) {
                note(
                    row, 0,
                    "the key takes \(length) bytes, more than \(EncodedKeys.maximumLength); "
                        + "use a shorter key, for example a hash of it")
            }
        }
        return problems
    }

    /// Rows whose encoded key is longer than a key can be, with its length.
    private func longKeys(_ columns: [Column], rowCount: Int) -> [(row: Int, length: Int64)] {
        let encoder = KeyEncoder(layout.keys.map(\.type))
        let limit = Int64(EncodedKeys.maximumLength)
        // No byte takes more than two when it is encoded, so most keys are short enough without a closer look.
        var lengths = [Int64](repeating: 0, count: rowCount)
        for column in columns {
            if let width = column.type.byteWidth {
                for row in 0..<rowCount { lengths[row] += Int64(width) }
            } else if column.type.isVariableWidth {
                let offsets = column.offsetElements
                for row in 0..<rowCount { lengths[row] += 2 * (offsets[row + 1] - offsets[row]) + 2 }
            } else {
                for row in 0..<rowCount { lengths[row] += 1 }
            }
        }
        guard encoder.fixedWidth == nil, lengths.contains(where: { $0 > limit }) else { return [] }
        let offsets = encoder.encode(columns).offsets
        return withExtendedLifetime(offsets) {
            let ends = offsets.elements(as: Int64.self)
            return (0..<rowCount).compactMap { row in
                let length = ends[row + 1] - ends[row]
                return length > limit ? (row, length) : nil
            }
        }
    }
}
