import Synchronization

/// A column's pages within a row group, each of which can be read alone: of the rest of the chunk only the dictionary is
/// touched, once.
///
/// Pages are found by the file's page index, else by hopping from header to header. Any number of threads may read at once.
///
///     let pages = try file.pages(of: column, rowGroup: 3)
///     let some = try pages.read(rows: 70_000..<70_010)
public final class ColumnPages: Sendable {
    /// Each page's first row within the row group, and the row group's end.
    public let starts: [Int]
    private let file: Buffer
    private let path: String
    private let column: ParquetColumn
    private let codec: Codec
    private let dictionaryPage: ChunkPages.Page?
    private let sources: Sources
    private let dictionary = Mutex<Column?>(nil)

    private enum Sources {
        /// By the page index: offset and size of each page. Headers are read with their pages.
        case located([Range<Int>], dataEnd: Int)
        case found([ChunkPages.Page])
    }

    /// The number of pages.
    public var count: Int { starts.count - 1 }

    /// The rows of a page within the row group.
    public func rows(of page: Int) -> Range<Int> { starts[page]..<starts[page + 1] }

    /// The page that holds `row`. Complexity: O(log pages).
    public func page(holding row: Int) -> Int {
        precondition(row >= 0 && row < starts[count])
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= row { low = middle } else { high = middle }
        }
        return low
    }

    /// One page's rows. Values are not copied where they lie in the file as the column needs them.
    public func read(_ page: Int) throws(DataError) -> Column { try read(pages: page..<page + 1) }

    /// One page's values as they lie in the file, from which single rows are taken without decoding the others; nil unless
    /// the page is not packed and its values are plain numbers or times. Values that are checked or changed when they are
    /// read (texts, decimals, integers of less than 32 bits) are never had this way.
    public func denseValues(of page: Int) throws(DataError) -> DenseValues? {
        let dense = try naming { () throws(DataError) in try reader(page..<page + 1).denseValues() }
        return dense?.type == column.field.type ? dense : nil
    }

    /// The rows `range` of the row group, for which only the pages that hold some of them are touched.
    public func read(rows range: Range<Int>) throws(DataError) -> Column {
        guard !range.isEmpty else { return Column.nulls(column.field.type, count: 0) }
        let pages = pages(holding: range)
        let start = starts[pages.lowerBound]
        return try read(pages: pages).slice(range.lowerBound - start..<range.upperBound - start)
    }

    /// The rows `range` as runs of equal values; nil unless their pages are written with the chunk's dictionary, without
    /// nulls, and are no lists. Complexity: O(runs) where values are stored as runs.
    public func readRuns(rows range: Range<Int>) throws(DataError) -> DictionaryRuns? {
        let pages = pages(holding: range)
        let start = starts[pages.lowerBound]
        return try naming { () throws(DataError) in
            try reader(pages).readRuns(rows: range.lowerBound - start..<range.upperBound - start)
        }
    }

    /// The chunk's distinct values in the order in which they were first met; nil if it has no dictionary.
    public func readDictionary() throws(DataError) -> Column? {
        let dictionary = try naming { () throws(DataError) in try decodedDictionary() }
        return dictionary?.type == column.field.type ? dictionary : nil
    }

    /// The rows of a page whose value is that at `index` of the dictionary, if values ascend as those of the dictionary do;
    /// empty if there are none, and nil where `readRuns` is. Complexity: O(runs).
    public func rows(ofIndex index: Int, page: Int) throws(DataError) -> Range<Int>? {
        let rows = try naming { () throws(DataError) in try reader(page..<page + 1).rows(ofIndex: index) }
        return rows.map { $0.lowerBound + starts[page]..<$0.upperBound + starts[page] }
    }

    private func pages(holding range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        return page(holding: range.lowerBound)..<page(holding: range.upperBound - 1) + 1
    }

    private func read(pages: Range<Int>) throws(DataError) -> Column {
        try naming { () throws(DataError) in try reader(pages).read() }
    }

    private func reader(_ range: Range<Int>) throws(DataError) -> ColumnChunkReader {
        let pages = try ChunkPages(codec: codec, dictionary: dictionaryPage, data: found(range))
        return try ColumnChunkReader(
            pages, of: column, rowCount: starts[range.upperBound] - starts[range.lowerBound], in: file,
            dictionary: decodedDictionary())
    }

    private func found(_ range: Range<Int>) throws(DataError) -> [ChunkPages.Page] {
        switch sources {
        case .found(let pages): return starts.count == 2 ? pages : Array(pages[range])
        case .located(let places, let dataEnd):
            let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[..<dataEnd])
            var pages: [ChunkPages.Page] = []
            for place in places[range] where !place.isEmpty {
                let page = try ChunkPages.Page(at: place.lowerBound, in: bytes, codec: codec)
                guard page.body.upperBound == place.upperBound, page.header.kind == .data || page.header.kind == .dataV2
                else { throw DataError.pageIndexIsDamaged }
                pages.append(page)
            }
            return pages
        }
    }

    private func decodedDictionary() throws(DataError) -> Column? {
        guard let dictionaryPage else { return nil }
        if let known = dictionary.withLock({ $0 }) { return known }
        let pages = ChunkPages(codec: codec, dictionary: dictionaryPage, data: [])
        let decoded = try ColumnChunkReader(pages, of: column, rowCount: 0, in: file).readDictionary()
        dictionary.withLock { $0 = decoded }
        return decoded
    }

    private func naming<Result>(_ body: () throws(DataError) -> Result) throws(DataError) -> Result {
        do throws(DataError) {
            return try body()
        } catch {
            throw DataError(error.message, file: path, column: column.field.name)
        }
    }

    init(
        _ chunk: ParquetMetadata.ColumnChunk, of column: ParquetColumn, rowCount: Int, in file: Buffer, dataEnd: Int,
        path: String
    ) throws(DataError) {
        self.file = file
        self.path = path
        self.column = column
        codec = try chunk.readableCodec
        if let index = try chunk.readOffsetIndex(rowCount: rowCount, in: file, dataEnd: dataEnd), rowCount > 0 {
            var places: [Range<Int>] = []
            for location in index.locations {
                guard location.offset <= dataEnd, Int64(location.size) <= Int64(dataEnd) - location.offset else {
                    throw DataError.pageIndexIsDamaged
                }
                places.append(Int(location.offset)..<Int(location.offset) + Int(location.size))
            }
            starts = index.locations.map { Int($0.firstRow) } + [rowCount]
            sources = .located(places, dataEnd: dataEnd)
            // Some writers say where the dictionary is by letting the chunk begin there.
            let first = try chunk.start(of: column, dataEnd: dataEnd)
            let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[..<dataEnd])
            if first < places[0].lowerBound {
                let page = try ChunkPages.Page(at: first, in: bytes, codec: codec)
                dictionaryPage = page.header.kind == .dictionary ? page : nil
            } else {
                dictionaryPage = nil
            }
        } else {
            let pages = try ChunkPages(chunk, of: column, in: file, dataEnd: dataEnd)
            starts = pages.starts(of: column, rowCount: rowCount) ?? [0, rowCount]
            sources = .found(pages.data)
            dictionaryPage = pages.dictionary
        }
    }
}

extension ChunkPages {
    /// Each page's first row, and the end; nil if the headers do not say it.
    fileprivate func starts(of column: ParquetColumn, rowCount: Int) -> [Int]? {
        var starts = [0]
        for page in data {
            guard let rows = column.list == nil ? page.header.valueCount : page.header.rowCount, rows >= 0,
                rows <= rowCount - starts[starts.count - 1]
            else { return nil }
            starts.append(starts[starts.count - 1] + rows)
        }
        return starts.last == rowCount ? starts : nil
    }
}

extension ParquetMetadata.ColumnChunk {
    /// The chunk's offset index; nil if the file has none.
    func readOffsetIndex(rowCount: Int, in file: Buffer, dataEnd: Int) throws(DataError) -> OffsetIndex? {
        guard let bytes = try offsetIndex?.bytes(in: file, dataEnd: dataEnd) else { return nil }
        var reader = ThriftReader(bytes)
        guard let index = try? OffsetIndex(reading: &reader, rowCount: rowCount) else { throw .pageIndexIsDamaged }
        return index
    }

    /// The chunk's column index; nil if the file has none.
    func readColumnIndex(in file: Buffer, dataEnd: Int) throws(DataError) -> ColumnIndex? {
        guard let bytes = try columnIndex?.bytes(in: file, dataEnd: dataEnd) else { return nil }
        var reader = ThriftReader(bytes)
        guard let index = try? ColumnIndex(reading: &reader) else { throw .pageIndexIsDamaged }
        return index
    }
}

extension ParquetMetadata.Section {
    /// - Throws: if the section does not lie before `dataEnd`.
    func bytes(in file: Buffer, dataEnd: Int) throws(DataError) -> UnsafeRawBufferPointer {
        let length = length.map(Int64.init) ?? Int64(dataEnd) - offset
        guard offset >= 4, offset <= dataEnd, length >= 0, length <= Int64(dataEnd) - offset else {
            throw .pageIndexIsDamaged
        }
        return UnsafeRawBufferPointer(rebasing: file.bytes[Int(offset)..<Int(offset + length)])
    }
}

extension DataError {
    static var pageIndexIsDamaged: DataError {
        DataError("has a page index that does not fit its pages; it is damaged, write it again")
    }
}
