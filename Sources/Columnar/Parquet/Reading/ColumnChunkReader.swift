/// Reads pages of one column chunk: all of them, or some that follow each other.
struct ColumnChunkReader {
    private let file: Buffer
    private let column: ParquetColumn
    private let rowCount: Int
    private let pages: ChunkPages
    /// The chunk's distinct values, if they were decoded before.
    private let knownDictionary: Column?

    /// - Parameter rowCount: the pages' rows.
    init(
        _ pages: ChunkPages, of column: ParquetColumn, rowCount: Int, in file: Buffer, dictionary: Column? = nil
    ) throws(DataError) {
        self.file = file
        self.column = column
        self.rowCount = rowCount
        self.pages = pages
        knownDictionary = dictionary
        guard column.list == nil ? pages.valueCount == rowCount : pages.valueCount >= rowCount else {
            throw DataError("has \(pages.valueCount) values in \(rowCount) rows; it is damaged, write it again")
        }
    }

    /// The pages as a column; values that can be used as they lie in the file are not copied.
    func read() throws(DataError) -> Column {
        if let list = column.list { return try readList(list) }
        if let column = try readInPlace() { return try typed(column) }
        let unpacker = try PageUnpacker(pages, of: column, in: file)
        var sink = try ValueSink(column, capacity: rowCount, dictionary: try dictionary(unpacker))
        let validity = try readFlat(into: &sink, unpacker)
        return try typed(checked(sink.finish(validity: validity)))
    }

    /// Writes the values of a flat column of fixed width to `target`, which has room for all rows; returns their validity.
    func readFixedWidth(into target: UnsafeMutableRawPointer) throws(DataError) -> Bitmap? {
        precondition(column.list == nil && column.isCollectedAsFixedWidth)
        let unpacker = try PageUnpacker(pages, of: column, in: file)
        var sink = try ValueSink(
            column, capacity: rowCount, target: target, dictionary: try dictionary(unpacker))
        return try readFlat(into: &sink, unpacker)
    }

    private func readFlat(into sink: inout ValueSink, _ unpacker: PageUnpacker) throws(DataError) -> Bitmap? {
        var validity = ValidityBuilder(capacity: rowCount)
        try forEachPage(unpacker) { (page) throws(DataError) in
            let start = validity.count
            var valid = page.valueCount
            if column.maximumDefinition > 0 {
                valid = try LevelDecoder.appendValidity(of: page, to: &validity)
            } else {
                validity.append(repeating: true, count: page.valueCount)
            }
            try sink.append(page, count: valid, validity: validity.bits(from: start))
        }
        return validity.finish()
    }

    private func readList(_ list: ParquetColumn.ListLevels) throws(DataError) -> Column {
        let unpacker = try PageUnpacker(pages, of: column, in: file)
        var sink = try ValueSink(column, capacity: pages.valueCount, dictionary: try dictionary(unpacker))
        var lists = try ListBuilder(column, list, rowCount: rowCount, valueCount: pages.valueCount)
        try forEachPage(unpacker) { (page) throws(DataError) in
            let (valid, validity) = try lists.append(page)
            try sink.append(page, count: valid, validity: validity)
        }
        let elements = try typed(checked(sink.finish(validity: lists.finishElements())))
        return try lists.finish(elements)
    }

    private func forEachPage(
        _ unpacker: PageUnpacker, _ body: (DataPage) throws(DataError) -> Void
    ) throws(DataError) {
        for page in pages.data { try body(try unpacker.data(page)) }
        // Pages point into its memory.
        withExtendedLifetime(unpacker) {}
    }

    /// The values in the column's own type.
    private func typed(_ collected: Column) throws(DataError) -> Column {
        collected.type == column.valueType
            ? collected : try StoredDecimals.decimals(collected, as: column.valueType)
    }

    /// Strings of a dictionary were checked with it.
    private func checked(_ column: Column) throws(DataError) -> Column {
        guard column.type == .string, !pages.data.allSatisfy(\.header.isDictionaryEncoded) else { return column }
        return try Self.checked(column)
    }

    private static func checked(_ column: Column) throws(DataError) -> Column {
        guard column.type == .string else { return column }
        guard UTF8Check.isValid(column.values.bytes, offsets: column.offsetElements) else {
            throw DataError("has strings that are not UTF-8; write it as binary or repair the text")
        }
        return column
    }
}

// MARK: - Dictionary

extension ColumnChunkReader {
    /// The chunk's distinct values; nil if it has no dictionary page.
    func readDictionary() throws(DataError) -> Column? { try dictionary(try PageUnpacker(pages, of: column, in: file)) }

    private func dictionary(_ unpacker: PageUnpacker) throws(DataError) -> Column? {
        if let knownDictionary { return knownDictionary }
        guard let page = pages.dictionary else { return nil }
        // A dictionary page is laid out like a page of PLAIN values without levels.
        let bytes = try unpacker.dictionary(page)
        let count = page.header.valueCount
        let values = DataPage(
            valueCount: count, repetition: UnsafeRawBufferPointer(rebasing: bytes[..<0]),
            definition: UnsafeRawBufferPointer(rebasing: bytes[..<0]), definitionEncoding: .runLength,
            repetitionEncoding: .runLength, values: bytes, encoding: .plain, isMapped: false)
        // A value takes at least a byte of the page, or it is a damaged count that would ask for too much memory.
        guard count <= bytes.count else { throw DataError("has a dictionary that is cut off; it is damaged") }
        var sink = try ValueSink(column, capacity: count, dictionary: nil)
        try sink.append(values, count: count, validity: nil)
        return try Self.checked(sink.finish(validity: nil))
    }
}

// MARK: - Without a copy

extension ColumnChunkReader {
    /// The column with buffers that point into the mapped file; nil unless the chunk is one unpacked page of PLAIN values
    /// of the column's own layout, at an address that is aligned to it.
    ///
    /// Where there are nulls values must be moved apart, but a validity written as one packed run serves as it is.
    private func readInPlace() throws(DataError) -> Column? {
        guard let dense = try denseValues(), let width = column.collectedType.byteWidth else { return nil }
        if let validity = dense.validity {
            var sink = try ValueSink(column, capacity: rowCount, dictionary: nil)
            try sink.append(
                densePage(dense), count: dense.count,
                validity: ValidBits(base: validity.buffer.base, offset: 0, count: rowCount))
            return sink.finish(validity: dense.count == rowCount ? nil : validity)
        }
        guard UInt(bitPattern: dense.values.base) % UInt(width) == 0 else { return nil }
        return Column(column.collectedType, count: rowCount, values: dense.values)
    }

    private func densePage(_ dense: DenseValues) -> DataPage {
        let none = UnsafeRawBufferPointer(rebasing: dense.values.bytes[..<0])
        return DataPage(
            valueCount: rowCount, repetition: none, definition: none, definitionEncoding: .runLength,
            repetitionEncoding: .runLength, values: dense.values.bytes, encoding: .plain, isMapped: true)
    }

    /// The one page's values as they lie in the file; nil unless it is not packed and its values are PLAIN, of the layout
    /// that the column has in memory.
    func denseValues() throws(DataError) -> DenseValues? {
        guard column.list == nil, pages.data.count == 1, let first = pages.data.first,
            first.header.encoding == PageEncoding.plain.rawValue,
            pages.codec == .none || first.header.kind == .dataV2, let width = column.collectedType.byteWidth,
            width == column.physical.byteWidth ?? column.typeLength
        else { return nil }
        let page = try PageUnpacker(pages, of: column, in: file).data(first)
        guard page.isMapped, page.valueCount == rowCount else { return nil }
        var validity: Bitmap?
        if column.maximumDefinition > 0 {
            guard page.definitionEncoding == .runLength else { return nil }
            var levels = try RunLengthDecoder(page.definition, bitWidth: 1, count: rowCount)
            switch try levels.next() {
            case .repeated(value: 1, count: rowCount): break
            case .packed(let start, count: rowCount):
                validity = Bitmap(
                    buffer: mapped(page.definition).slice(start..<start + (rowCount + 7) / 8), count: rowCount)
            default: return nil
            }
        }
        let count = validity?.countSetBits() ?? rowCount
        // What is too short is damaged, and told by the usual way of reading.
        guard page.values.count >= count * width else { return nil }
        return DenseValues(
            type: column.collectedType, rowCount: rowCount, validity: validity, count: count,
            values: mapped(page.values).slice(0..<count * width))
    }

    private func mapped(_ bytes: UnsafeRawBufferPointer) -> Buffer {
        guard let base = bytes.baseAddress else { return .empty }
        return Buffer(base: base, count: bytes.count, owner: file.owner)
    }
}

// MARK: - Runs

extension ColumnChunkReader {
    /// The chunk's values as runs of equal ones; nil unless it is flat, without nulls, and written with a dictionary
    /// throughout. Complexity: O(runs) where values are stored as runs.
    ///
    /// - Parameter range: the rows that are wanted, of those of these pages; by default all.
    func readRuns(rows range: Range<Int>? = nil) throws(DataError) -> DictionaryRuns? {
        let range = range ?? 0..<rowCount
        var runs: DictionaryRuns?
        let areIndexes = try forEachPageOfIndexes { (indexes, rows, dictionary) throws(DataError) in
            if runs == nil { runs = DictionaryRuns(dictionary: try typed(dictionary)) }
            guard var collected = runs.take() else { return }
            let own = range.clamped(to: rows)
            try indexes.forEach(
                in: own.lowerBound - rows.lowerBound..<own.upperBound - rows.lowerBound,
                repeated: { (index, count) in collected.append(Int32(truncatingIfNeeded: index), count: count) },
                batch: { collected.append(contentsOf: $0) })
            runs = collected
        }
        return areIndexes ? runs : nil
    }

    /// Where the rows are whose value has a place in the dictionary, if the values ascend as those of the dictionary do; nil
    /// where `readRuns` is, too, and an empty range if there are none. Complexity: O(runs).
    func rows(ofIndex index: Int) throws(DataError) -> Range<Int>? {
        var found = 0..<0
        let areIndexes = try forEachPageOfIndexes { (indexes, rows, _) throws(DataError) in
            guard let own = try indexes.places(of: index, count: rows.count) else { return }
            let start = found.isEmpty ? rows.lowerBound + own.lowerBound : found.lowerBound
            found = start..<rows.lowerBound + own.upperBound
        }
        return areIndexes ? found : nil
    }

    /// - Returns: false, having read as far as that, unless the pages are flat, without nulls, and written with a dictionary
    ///   throughout.
    private func forEachPageOfIndexes(
        _ body: (inout DictionaryIndexes, _ rows: Range<Int>, _ dictionary: Column) throws(DataError) -> Void
    ) throws(DataError) -> Bool {
        guard column.list == nil, pages.data.allSatisfy(\.header.isDictionaryEncoded) else { return false }
        let unpacker = try PageUnpacker(pages, of: column, in: file)
        guard let dictionary = try dictionary(unpacker) else { return false }
        var row = 0
        for page in pages.data {
            let page = try unpacker.data(page)
            if column.maximumDefinition > 0 {
                var validity = ValidityBuilder(capacity: page.valueCount)
                guard try LevelDecoder.appendValidity(of: page, to: &validity) == page.valueCount else { return false }
            }
            var indexes = try DictionaryIndexes(page.values, count: page.valueCount, dictionaryCount: dictionary.count)
            try body(&indexes, row..<row + page.valueCount, dictionary)
            row += page.valueCount
        }
        withExtendedLifetime(unpacker) {}
        return true
    }
}

extension PageHeader {
    fileprivate var isDictionaryEncoded: Bool {
        encoding == PageEncoding.dictionary.rawValue || encoding == PageEncoding.plainDictionary.rawValue
    }
}
