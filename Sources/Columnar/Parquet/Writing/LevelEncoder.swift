/// The levels of a column, and its values without nulls (Dremel, Melnik 2010, §4.1).
///
/// Every column is declared optional, and so are a list's elements. A page of a flat column without nulls has one run of
/// ones, and one with nulls has all its bits in one packed run, so that a reader can take them for a validity bitmap.
struct LevelEncoder {
    /// Levels with their lengths in front, as a version 1 page begins.
    let bytes: Buffer
    /// The values that are there, densely.
    let values: Column
    /// Values, nulls and empty lists.
    let count: Int

    init(_ column: Column) {
        let target = MutableBuffer()
        switch column.type {
        case .list, .fixedSizeList: (values, count) = Self.encodeLists(column, to: target)
        default:
            count = column.count
            values = Self.encodeFlat(column, to: target)
        }
        bytes = target.freeze()
    }

    private static func encodeFlat(_ column: Column, to target: MutableBuffer) -> Column {
        let values = column.withoutNulls()
        appendLevels(to: target) { levels in
            if let validity = column.validity, values.count < column.count {
                RunLengthEncoder.appendBits(validity, to: levels)
            } else if column.count > 0 {
                RunLengthEncoder.appendRun(of: 1, count: column.count, bitWidth: 1, to: levels)
            }
        }
        return values
    }

    /// Definition level 0 is no list, 1 an empty one, 2 a null element, 3 a value.
    private static func encodeLists(_ column: Column, to target: MutableBuffer) -> (Column, Int) {
        guard let child = column.child else { preconditionFailure("a list has a child") }
        if let whole = wholeElements(column, child) {
            encodeFullLists(column, elementCount: whole.count, to: target)
            return (whole, whole.count)
        }
        var repetition: [UInt32] = []
        var definition: [UInt32] = []
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
        appendLevels(to: target) { levels in
            repetition.withUnsafeBufferPointer { RunLengthEncoder.append($0, bitWidth: 1, to: levels) }
        }
        appendLevels(to: target) { levels in
            definition.withUnsafeBufferPointer { RunLengthEncoder.append($0, bitWidth: 2, to: levels) }
        }
        return (taken.withUnsafeBufferPointer { child.taking($0) }, definition.count)
    }

    /// The elements as they stand, if no list is null or empty and no element is null.
    private static func wholeElements(_ column: Column, _ child: Column) -> Column? {
        guard column.count > 0, column.nullCount == 0 else { return nil }
        let range = column.elementRange(at: 0).lowerBound..<column.elementRange(at: column.count - 1).upperBound
        if case .list = column.type {
            let offsets = column.offsetElements
            for row in 0..<column.count where offsets[row] == offsets[row + 1] { return nil }
        }
        let elements = child.slice(range)
        return range.isEmpty || elements.nullCount > 0 ? nil : elements
    }

    /// A list's first element has the repetition level 0, and the others 1; all are values.
    private static func encodeFullLists(_ column: Column, elementCount: Int, to target: MutableBuffer) {
        let bits = MutableBuffer(uninitialized: (elementCount + 7) / 8)
        Bitmap.fillBits(true, in: bits.base, at: 0, count: elementCount)
        let first = column.elementRange(at: 0).lowerBound
        let bytes = bits.elements(as: UInt8.self)
        for row in 0..<column.count {
            let element = column.elementRange(at: row).lowerBound - first
            bytes[element >> 3] &= ~(1 << UInt8(element & 7))
        }
        let repetition = Bitmap(buffer: bits.freeze(), count: elementCount)
        appendLevels(to: target) { RunLengthEncoder.appendBits(repetition, to: $0) }
        appendLevels(to: target) { RunLengthEncoder.appendRun(of: 3, count: elementCount, bitWidth: 2, to: $0) }
    }

    private static func appendLevels(to target: MutableBuffer, _ body: (MutableBuffer) -> Void) {
        let start = target.count
        target.append(UInt32(0))
        body(target)
        target.base.storeBytes(of: UInt32(target.count - start - 4), toByteOffset: start, as: UInt32.self)
    }
}
