/// The levels of a column, and its values without nulls (Dremel, Melnik 2010, §4.1).
///
/// A page of a flat column without nulls has one run of ones; one with nulls has all its bits in one packed run, so
/// that a reader can take them for a validity bitmap.
struct LevelEncoder {
    /// Levels, with their lengths in front, as a v1 page begins.
    let bytes = MutableBuffer()
    /// The values that are there, densely.
    let values: Column
    /// Values, nulls and empty lists.
    let count: Int
    let isList: Bool

    init(_ column: Column) {
        switch column.type {
        case .list, .fixedSizeList:
            isList = true
            (values, count) = Self.encodeLists(column, to: bytes)
        default:
            isList = false
            count = column.count
            values = Self.encodeFlat(column, to: bytes)
        }
    }

    private static func encodeFlat(_ column: Column, to bytes: MutableBuffer) -> Column {
        guard let validity = column.validity, column.nullCount > 0 else {
            appendLevels(to: bytes) { $0.appendRun(of: 1, count: column.count, bitWidth: 1) }
            return column
        }
        appendLevels(to: bytes) { levels in
            levels.appendVarint(UInt64((column.count + 7) / 8) << 1 | 1)
            var row = 0
            while row < column.count {
                let bits = min(64, column.count - row)
                var word = validity.word(at: row)
                if bits < 64 { word &= 1 << UInt64(bits) - 1 }
                for _ in 0..<(bits + 7) / 8 {
                    levels.append(UInt8(truncatingIfNeeded: word))
                    word >>= 8
                }
                row += 64
            }
        }
        return column.withoutNulls(validity)
    }

    /// Every column is optional, and so are a list's elements: definition 0 is no list, 1 an empty one, 2 a null element, 3 a value.
    private static func encodeLists(_ column: Column, to bytes: MutableBuffer) -> (Column, Int) {
        guard let child = column.child else { preconditionFailure("a list has a child") }
        var repetition: [UInt8] = []
        var definition: [UInt8] = []
        var taken: [Int32] = []
        for row in 0..<column.count {
            if column.isNull(row) {
                repetition.append(0)
                definition.append(0)
                continue
            }
            let elements = column.elementRange(at: row)
            if elements.isEmpty {
                repetition.append(0)
                definition.append(1)
            }
            for element in elements {
                repetition.append(element == elements.lowerBound ? 0 : 1)
                definition.append(child.isNull(element) ? 2 : 3)
                if !child.isNull(element) { taken.append(Int32(element)) }
            }
        }
        appendLevels(to: bytes) { $0.appendRuns(repetition, bitWidth: 1) }
        appendLevels(to: bytes) { $0.appendRuns(definition, bitWidth: 2) }
        let values = taken.count == child.count ? child : taken.withUnsafeBufferPointer { child.taking($0) }
        return (values, definition.count)
    }

    private static func appendLevels(to bytes: MutableBuffer, _ body: (MutableBuffer) -> Void) {
        let start = bytes.count
        bytes.append(UInt32(0))
        body(bytes)
        bytes.base.storeBytes(of: UInt32(bytes.count - start - 4), toByteOffset: start, as: UInt32.self)
    }
}

extension Column {
    /// The valid rows, densely.
    fileprivate func withoutNulls(_ validity: Bitmap) -> Column {
        var rows: [Int32] = []
        rows.reserveCapacity(count)
        var row = 0
        while row < count {
            var word = validity.word(at: row)
            if count - row < 64 { word &= 1 << UInt64(count - row) - 1 }
            while word != 0 {
                rows.append(Int32(row + word.trailingZeroBitCount))
                word &= word - 1
            }
            row += 64
        }
        return rows.withUnsafeBufferPointer { taking($0) }
    }
}
