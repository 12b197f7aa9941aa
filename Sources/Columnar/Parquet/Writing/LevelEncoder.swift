/// The levels of a column, page by page, and its values without nulls (Dremel, Melnik 2010, §4.1).
///
/// Every column is declared optional, and so are a list's elements. A page of a flat column without nulls has one run of
/// ones, and one with nulls has all its bits in one packed run, so that a reader can take them for a validity bitmap.
struct LevelEncoder {
    /// The values that are there, densely.
    let values: Column
    private let column: Column
    private let shape: Shape

    private enum Shape {
        case flat
        /// Lists of which none is null or empty, and no element is null.
        case fullLists
        case lists(ListLevels)
    }

    /// A page's levels, with their lengths in front as a version 1 page begins.
    struct Page {
        let bytes: MutableBuffer
        /// Values, nulls and empty lists.
        let count: Int
        /// Values that are there.
        let valueCount: Int
        /// Where the last levels' length stands.
        fileprivate(set) var lastLength = 0

        /// Appends zeros to the last levels, whose readers stop when they have as many as there are values.
        func pad(by count: Int) {
            guard count > 0 else { return }
            for _ in 0..<count { bytes.append(UInt8(0)) }
            bytes.base.storeBytes(of: UInt32(bytes.count - lastLength - 4), toByteOffset: lastLength, as: UInt32.self)
        }
    }

    init(_ column: Column) {
        self.column = column
        switch column.type {
        case .list, .fixedSizeList:
            guard let child = column.child else { preconditionFailure("a list has a child") }
            if let whole = Self.wholeElements(column, child) {
                values = whole
                shape = .fullLists
            } else {
                let levels = ListLevels(column, child)
                values = levels.taken.withUnsafeBufferPointer { child.taking($0) }
                shape = .lists(levels)
            }
        default:
            values = column.withoutNulls()
            shape = .flat
        }
    }

    /// The levels of the rows `rows`.
    func page(_ rows: Range<Int>) -> Page {
        switch shape {
        case .flat: flatPage(rows)
        case .fullLists: fullListsPage(rows)
        case .lists(let levels): levels.page(rows)
        }
    }

    private func flatPage(_ rows: Range<Int>) -> Page {
        let target = MutableBuffer()
        let validity = values.count < column.count ? column.validity?.slice(rows) : nil
        let valid = validity?.countSetBits() ?? rows.count
        Self.appendLevels(to: target) { levels in
            if let validity, valid < rows.count {
                RunLengthEncoder.appendBits(validity, to: levels)
            } else if !rows.isEmpty {
                RunLengthEncoder.appendRun(of: 1, count: rows.count, bitWidth: 1, to: levels)
            }
        }
        return Page(bytes: target, count: rows.count, valueCount: valid)
    }

    /// A list's first element has the repetition level 0, and the others 1; all are values.
    private func fullListsPage(_ rows: Range<Int>) -> Page {
        let first = column.elementRange(at: rows.lowerBound).lowerBound
        let count = column.elementRange(at: rows.upperBound - 1).upperBound - first
        let bits = MutableBuffer(uninitialized: (count + 7) / 8)
        Bitmap.fillBits(true, in: bits.base, at: 0, count: count)
        let bytes = bits.elements(as: UInt8.self)
        for row in rows {
            let element = column.elementRange(at: row).lowerBound - first
            bytes[element >> 3] &= ~(1 << UInt8(element & 7))
        }
        let repetition = Bitmap(buffer: bits.freeze(), count: count)
        let target = MutableBuffer()
        Self.appendLevels(to: target) { RunLengthEncoder.appendBits(repetition, to: $0) }
        let last = target.count
        Self.appendLevels(to: target) { RunLengthEncoder.appendRun(of: 3, count: count, bitWidth: 2, to: $0) }
        return Page(bytes: target, count: count, valueCount: count, lastLength: last)
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

    fileprivate static func appendLevels(to target: MutableBuffer, _ body: (MutableBuffer) -> Void) {
        let start = target.count
        target.append(UInt32(0))
        body(target)
        target.base.storeBytes(of: UInt32(target.count - start - 4), toByteOffset: start, as: UInt32.self)
    }
}

/// Levels of lists: definition level 0 is no list, 1 an empty one, 2 a null element, 3 a value.
private struct ListLevels {
    private var repetition: [UInt32] = []
    private var definition: [UInt32] = []
    /// Each row's first level, and the end.
    private var starts: [Int] = [0]
    /// The elements that are there.
    private(set) var taken: [Int32] = []

    init(_ column: Column, _ child: Column) {
        starts.reserveCapacity(column.count + 1)
        for row in 0..<column.count {
            let elements = column.isNull(row) ? 0..<0 : column.elementRange(at: row)
            if elements.isEmpty {
                repetition.append(0)
                definition.append(column.isNull(row) ? 0 : 1)
            }
            for element in elements {
                repetition.append(element == elements.lowerBound ? 0 : 1)
                definition.append(child.isNull(element) ? 2 : 3)
                if !child.isNull(element) { taken.append(Int32(element)) }
            }
            starts.append(definition.count)
        }
    }

    func page(_ rows: Range<Int>) -> LevelEncoder.Page {
        let range = starts[rows.lowerBound]..<starts[rows.upperBound]
        let target = MutableBuffer()
        LevelEncoder.appendLevels(to: target) { levels in
            repetition[range].withUnsafeBufferPointer { RunLengthEncoder.append($0, bitWidth: 1, to: levels) }
        }
        let last = target.count
        LevelEncoder.appendLevels(to: target) { levels in
            definition[range].withUnsafeBufferPointer { RunLengthEncoder.append($0, bitWidth: 2, to: levels) }
        }
        let valid = definition[range].reduce(0) { $0 + ($1 == 3 ? 1 : 0) }
        return LevelEncoder.Page(bytes: target, count: range.count, valueCount: valid, lastLength: last)
    }
}
