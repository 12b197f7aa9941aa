/// Turns the levels of a list column into offsets and validity (Dremel, Melnik 2010, §4.1).
struct ListBuilder {
    private let maximumDefinition: Int
    private let list: ParquetColumn.ListLevels
    private let rowCount: Int
    private let offsetBuffer: MutableBuffer
    private let offsets: UnsafeMutablePointer<Int64>
    private var rows = 0
    private var elements = 0
    private var rowValidity: ValidityBuilder
    private var elementValidity: ValidityBuilder
    private let levels = MutableBuffer(uninitialized: 2 * LevelStream.batch * 4)

    /// - Parameter valueCount: elements, empty lists and null lists.
    init(
        _ column: ParquetColumn, _ list: ParquetColumn.ListLevels, rowCount: Int, valueCount: Int
    ) throws(DataError) {
        self.list = list
        self.rowCount = rowCount
        maximumDefinition = column.maximumDefinition
        try MemoryLimit.check(rowCount + 1, width: 8)
        offsetBuffer = MutableBuffer(uninitialized: (rowCount + 1) * 8)
        offsets = offsetBuffer.base.assumingMemoryBound(to: Int64.self)
        rowValidity = ValidityBuilder(capacity: rowCount)
        elementValidity = ValidityBuilder(capacity: valueCount)
    }

    /// Reads a page's levels; returns how many elements have a value, and which if some have none.
    mutating func append(_ page: DataPage) throws(DataError) -> (valid: Int, validity: ValidBits?) {
        let elementsBefore = elements
        let nullsBefore = elementValidity.nullCount
        let repetition = levels.base.assumingMemoryBound(to: UInt32.self)
        let definition = repetition + LevelStream.batch
        var repetitions = try LevelStream(
            page.repetition, encoding: page.repetitionEncoding, maximum: 1, count: page.valueCount)
        var definitions = try LevelStream(
            page.definition, encoding: page.definitionEncoding, maximum: maximumDefinition, count: page.valueCount)
        for start in stride(from: 0, to: page.valueCount, by: LevelStream.batch) {
            let count = min(LevelStream.batch, page.valueCount - start)
            _ = try repetitions.next(count, to: repetition)
            let level = try definitions.next(count, to: definition)
            guard rows > 0 || repetition[0] == 0 else {
                throw DataError("begins within a list; it is damaged, write it again")
            }
            if level.map({ Int($0) == maximumDefinition }) ?? false {
                try appendFull(repetition, count)
            } else {
                try append(repetition, definition, count)
            }
        }
        let valid = elements - elementsBefore - (elementValidity.nullCount - nullsBefore)
        return (valid, elementValidity.bits(from: elementsBefore))
    }

    /// Every value is an element that is not null.
    private mutating func appendFull(
        _ repetition: UnsafeMutablePointer<UInt32>, _ count: Int
    ) throws(DataError) {
        let rowsBefore = rows
        for i in 0..<count where repetition[i] == 0 {
            guard rows < rowCount else { throw hasTooManyRows }
            offsets[rows] = Int64(elements + i)
            rows += 1
        }
        elements += count
        rowValidity.append(repeating: true, count: rows - rowsBefore)
        elementValidity.append(repeating: true, count: count)
    }

    private mutating func append(
        _ repetition: UnsafeMutablePointer<UInt32>, _ definition: UnsafeMutablePointer<UInt32>, _ count: Int
    ) throws(DataError) {
        for i in 0..<count {
            let level = Int(definition[i])
            if repetition[i] == 0 {
                guard rows < rowCount else { throw hasTooManyRows }
                offsets[rows] = Int64(elements)
                rows += 1
                rowValidity.append(repeating: level >= list.present, count: 1)
            }
            if level >= list.element {
                elements += 1
                elementValidity.append(repeating: level == maximumDefinition, count: 1)
            }
        }
    }

    mutating func finishElements() -> Bitmap? { elementValidity.finish() }

    mutating func finish(_ child: Column) throws(DataError) -> Column {
        guard rows == rowCount else {
            throw DataError("has \(rows) lists in \(rowCount) rows; it is damaged, write it again")
        }
        offsets[rows] = Int64(elements)
        return Column(listOf: child, count: rows, offsets: offsetBuffer.freeze(), validity: rowValidity.finish())
    }

    private var hasTooManyRows: DataError { DataError("has more lists than rows; it is damaged, write it again") }
}
