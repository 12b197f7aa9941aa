import Testing

@testable import Columnar

/// Single pages and ranges of rows are what they are in the whole column.
@Suite struct ColumnPagesTests {
    @Test(arguments: 1...4)
    func anyRangeOfRowsIsThatOfTheWholeColumn(seed: UInt64) throws {
        var tables = RandomTables(seed: seed)
        let table = tables.table(RandomTables.flatTypes + RandomTables.listTypes, rows: 300)
        for codec in [Codec.none, .snappy] {
            for encoding in [ParquetWriterOptions.Encoding.automatic, .plain, .dictionary, .deltaBinaryPacked] {
                var options = ParquetLayoutTests.options(codec, encoding, rowGroupRows: 170, fields: table.fields)
                options.pageRows = [1, 7, 64, 100, 1000].randomElement(using: &tables.random) ?? 1
                options.pageBytes = [100, 1 << 20].randomElement(using: &tables.random) ?? 100
                options.isReadInPlace = Bool.random(using: &tables.random)
                let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
                for group in file.rowGroups.indices {
                    for column in file.fields.indices {
                        let comment: Comment = "seed \(seed), \(codec), \(encoding), \(file.fields[column].type)"
                        try expectPages(file, group, column, &tables.random, comment)
                    }
                }
            }
        }
    }

    private func expectPages(
        _ file: ParquetFile, _ group: Int, _ column: Int, _ random: inout SeededGenerator, _ comment: Comment
    ) throws {
        let whole = try file.readColumn(column, rowGroup: group)
        let pages = try file.pages(of: column, rowGroup: group)
        #expect(pages.starts.first == 0 && pages.starts.last == whole.count, comment)
        #expect(pages.starts == pages.starts.sorted(), comment)
        for page in 0..<pages.count {
            let read = try pages.read(page)
            #expect(read.exactCells == whole.slice(pages.rows(of: page)).exactCells, comment)
        }
        for _ in 0..<5 {
            let start = Int.random(in: 0..<whole.count, using: &random)
            let rows = start..<Int.random(in: start...whole.count, using: &random)
            #expect(try pages.read(rows: rows).exactCells == whole.slice(rows).exactCells, comment)
            #expect(pages.rows(of: pages.page(holding: start)).contains(start), comment)
            guard !rows.isEmpty, let runs = try pages.readRuns(rows: rows) else { continue }
            let indices = zip(runs.indices, runs.lengths).flatMap { Array(repeating: $0, count: Int($1)) }
            let expanded = indices.withUnsafeBufferPointer { runs.dictionary.taking($0) }
            #expect(expanded.exactCells == whole.slice(rows).exactCells, comment)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func aValueOfASortedColumnIsFoundByItsPlaceInTheDictionary(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        // Short runs are packed, long ones are not.
        let longest = [1, 3, 30, 400].randomElement(using: &random) ?? 1
        var values: [Value] = []
        for number in 0..<Int.random(in: 1...200, using: &random) {
            let run = Int.random(in: 1...longest, using: &random)
            values += Array(repeating: .int(Int64(number * 3)), count: run)
        }
        let table = Table(fields: [Field("n", .int64)], columns: [Column(.int64, values)])
        var options = ParquetLayoutTests.options(.none, .dictionary, rowGroupRows: 100_000, fields: table.fields)
        options.pageRows = Int.random(in: 1...500, using: &random)
        let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
        let pages = try file.pages(of: 0, rowGroup: 0)
        let dictionary = try #require(try pages.readDictionary())
        for page in 0..<pages.count {
            for index in 0..<dictionary.count {
                let expected = pages.rows(of: page).filter { values[$0] == dictionary.value(at: index) }
                let found = try #require(try pages.rows(ofIndex: index, page: page))
                #expect(Array(found) == expected || found.isEmpty && expected.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test func pagesAreBoundedByRowsAndBytes() throws {
        let texts = (0..<1000).map { Value.string(String(repeating: "x", count: $0 % 50) + String($0)) }
        let table = Table(
            fields: [Field("n", .int64), Field("s", .string)],
            columns: [Column(.int64, (0..<1000).map { .int($0) }), Column(.string, texts)])
        var options = ParquetLayoutTests.options(.zstd(level: 1), .plain, rowGroupRows: 1000, fields: table.fields)
        options.pageRows = 300
        options.pageBytes = 2000
        let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
        #expect(try file.pages(of: 0, rowGroup: 0).starts == [0, 250, 500, 750, 1000])
        let starts = try file.pages(of: 1, rowGroup: 0).starts
        #expect(starts.count > 10)
        for (start, end) in zip(starts, starts.dropFirst()) {
            #expect(table.columns[1].byteCount(of: start..<end) <= 2000)
        }
    }

    @Test func whatIsReadInPlaceIsOnePageAndPointsIntoTheFile() throws {
        var tables = RandomTables(seed: 23)
        let table = Table(
            fields: [Field("n", .int64), Field("holes", .int64)],
            columns: [
                tables.column(.int64, rows: 1000, nulls: .none), tables.column(.int64, rows: 1000, nulls: .few),
            ])
        var options = ParquetLayoutTests.options(.none, .plain, rowGroupRows: 1000, fields: table.fields)
        options.pageRows = 64
        options.isReadInPlace = true
        let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
        let whole = try file.pages(of: 0, rowGroup: 0)
        #expect(whole.count == 1)
        let some = try whole.read(rows: 100..<200)
        #expect(some.values.base >= file.bytes.base && some.values.base < file.bytes.base + file.bytes.count)
        #expect(try file.pages(of: 1, rowGroup: 0).count == 16)
    }

    @Test func pagesWithoutNullsAreReadInPlaceAndAligned() throws {
        var tables = RandomTables(seed: 29)
        for type in [DataType.int32, .int64, .float32, .float64, .instant] {
            let table = Table(fields: [Field("n", type)], columns: [tables.column(type, rows: 999, nulls: .none)])
            var options = ParquetLayoutTests.options(.none, .plain, rowGroupRows: 500, fields: table.fields)
            options.pageRows = 37
            let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
            for group in file.rowGroups.indices {
                let pages = try file.pages(of: 0, rowGroup: group)
                #expect(pages.count > 10)
                for page in 0..<pages.count {
                    let values = try pages.read(page).values
                    #expect(UInt(bitPattern: values.base) % 64 == 0)
                    #expect(values.base >= file.bytes.base && values.base < file.bytes.base + file.bytes.count)
                }
            }
        }
    }

    @Test func aDamagedPageIndexIsRefused() throws {
        let table = Table(fields: [Field("n", .int64)], columns: [Column(.int64, (0..<100).map { .int($0) })])
        var options = ParquetLayoutTests.options(.none, .plain, rowGroupRows: 100, fields: table.fields)
        options.pageRows = 10
        let temporary = TemporaryFile("x.parquet")
        let file = try ParquetLayoutTests.write(table, to: temporary, options)
        let index = try #require(file.chunk(of: 0, rowGroup: 0).offsetIndex)
        var bytes = temporary.bytes
        bytes[Int(index.offset) + 4] ^= 0x10
        let damaged = TemporaryFile("y.parquet", bytes: bytes)
        #expect(throws: DataError.self) {
            _ = try ParquetFile(path: damaged.path).pages(of: 0, rowGroup: 0).read(rows: 0..<100)
        }
    }
}
