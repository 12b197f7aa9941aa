import Testing

@testable import Columnar

@Suite struct ParquetLayoutTests {
    typealias Encoding = ParquetWriterOptions.Encoding

    static let codecs: [Codec] = [.none, .snappy, .gzip, .zstd(level: 1), .zstd(level: 9), .lz4, .hadoopLZ4]

    static func write(_ table: Table, to file: TemporaryFile, _ options: ParquetWriterOptions) throws -> ParquetFile {
        let writer = try ParquetWriter(path: file.path, fields: table.fields, options: options)
        try writer.write(table)
        let summary = try writer.close()
        #expect(summary.rows == table.rowCount)
        #expect(summary.bytes == file.bytes.count)
        return try ParquetFile(path: file.path)
    }

    /// Options that cut `rows` into several row groups and give every column the same encoding.
    static func options(
        _ codec: Codec, _ encoding: Encoding, rowGroupRows: Int = 64, fields: [Field] = []
    ) -> ParquetWriterOptions {
        var options = ParquetWriterOptions()
        options.compression = codec
        options.rowGroupRows = rowGroupRows
        for field in fields { options.encodings[field.name] = encoding }
        return options
    }

    static func expectEqual(_ read: Table, _ written: Table, _ comment: Comment) {
        #expect(read.rowCount == written.rowCount, comment)
        for (name, columns) in zip(written.fields.map(\.name), zip(read.columns, written.columns)) {
            #expect(columns.0.exactCells == columns.1.exactCells, "\(name): \(written.column(name)!.type), \(comment)")
        }
    }

    @Test(arguments: 1...6)
    func everyTypeComesBackBitForBit(seed: UInt64) throws {
        var tables = RandomTables(seed: seed)
        let rows = Int.random(in: 0...400, using: &tables.random)
        let table = tables.table(RandomTables.flatTypes + RandomTables.listTypes, rows: rows)
        for codec in Self.codecs {
            for encoding in [Encoding.automatic, .plain, .dictionary] {
                let file = TemporaryFile("x.parquet")
                let groupRows = Int.random(in: 1...500, using: &tables.random)
                let options = Self.options(codec, encoding, rowGroupRows: groupRows, fields: table.fields)
                let read = try Self.write(table, to: file, options).read()
                Self.expectEqual(read, table, "seed \(seed), \(codec), \(encoding), groups of \(groupRows)")
            }
        }
    }

    @Test func fieldsComeBackExceptThatVectorsAreLists() throws {
        var tables = RandomTables(seed: 7)
        let table = tables.table(RandomTables.flatTypes + [.fixedSizeList(.float32, 3)], rows: 5)
        let file = try Self.write(table, to: TemporaryFile("x.parquet"), ParquetWriterOptions())
        #expect(file.fields.dropLast() == table.fields.dropLast())
        #expect(file.fields.last?.type == .list(.float32))
    }

    @Test(arguments: RandomTables.Nulls.allCases)
    func everyPatternOfNullsComesBack(nulls: RandomTables.Nulls) throws {
        var tables = RandomTables(seed: 11)
        let types = RandomTables.flatTypes + RandomTables.listTypes
        for rows in [1, 7, 8, 9, 63, 64, 65, 129, 200] {
            let table = Table(
                fields: types.enumerated().map { Field("c\($0)", $1) },
                columns: types.map { tables.column($0, rows: rows, nulls: nulls) })
            let read = try Self.write(table, to: TemporaryFile("x.parquet"), Self.options(.none, .automatic)).read()
            Self.expectEqual(read, table, "\(rows) rows, \(nulls)")
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 129, 640])
    func rowGroupsHoldTheRowsTheyShould(rows: Int) throws {
        let table = Table(
            fields: [Field("n", .int64)], columns: [Column(.int64, (0..<rows).map { .int(Int64($0)) })])
        let file = try Self.write(table, to: TemporaryFile("x.parquet"), Self.options(.none, .plain))
        #expect(file.rowCount == rows)
        #expect(file.rowGroups.map(\.rowCount) == stride(from: 0, to: rows, by: 64).map { min(64, rows - $0) })
        for group in file.rowGroups.indices {
            let column = try file.readColumn(0, rowGroup: group)
            #expect(column.allValues == (group * 64..<min(rows, group * 64 + 64)).map { .int(Int64($0)) })
        }
    }

    @Test func rowGroupsEndBeforeAColumnOutgrowsAPage() throws {
        var tables = RandomTables(seed: 29)
        for type in RandomTables.flatTypes + RandomTables.listTypes {
            let table = Table(
                fields: [Field("n", .int64), Field("c", type)],
                columns: [
                    tables.column(.int64, rows: 500, nulls: .none), tables.column(type, rows: 500, nulls: .few),
                ])
            var options = Self.options(.none, .plain, rowGroupRows: 400, fields: table.fields)
            options.rowGroupColumnBytes = 1000
            let file = try Self.write(table, to: TemporaryFile("x.parquet"), options)
            #expect(file.rowGroups.count >= 4, "8-byte numbers fit 125 times")
            Self.expectEqual(try file.read(), table, "\(type)")
            for (group, facts) in file.rowGroups.enumerated() {
                let size =
                    file.fields.indices.map { file.columnChunk(of: $0, rowGroup: group).uncompressedBytes }.max() ?? 0
                #expect(size < 2000 || facts.rowCount == 1, "\(type), row group \(group)")
            }
        }
    }

    @Test func severalSmallTablesMakeTheSameFileAsOne() throws {
        var tables = RandomTables(seed: 13)
        let table = tables.table([.int64, .string, .list(.int64), .bool], rows: 300)
        let (whole, parts) = (TemporaryFile("a.parquet"), TemporaryFile("b.parquet"))
        var options = Self.options(.zstd(level: 1), .automatic, rowGroupRows: 128)
        options.rowGroupColumnBytes = 700
        _ = try Self.write(table, to: whole, options)
        let writer = try ParquetWriter(path: parts.path, fields: table.fields, options: options)
        var start = 0
        while start < table.rowCount {
            let end = min(table.rowCount, start + Int.random(in: 0...90, using: &tables.random))
            try writer.write(table.slice(start..<end))
            start = end
        }
        _ = try writer.close()
        #expect(parts.bytes == whole.bytes)
    }

    @Test func specialFloatsKeepTheirBits() throws {
        let singles: [Float] = [
            .nan, -.nan, Float(nan: 5, signaling: false), 0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude,
        ]
        let doubles: [Double] = [
            .nan, -.nan, Double(nan: 5, signaling: false), 0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude,
        ]
        let table = Table(
            fields: [Field("f", .float32), Field("d", .float64)],
            columns: [Column(.float32, singles.map(Value.float32)), Column(.float64, doubles.map(Value.float64))])
        for encoding in [Encoding.automatic, .plain, .dictionary] {
            let options = Self.options(.none, encoding, fields: table.fields)
            let read = try Self.write(table, to: TemporaryFile("x.parquet"), options).read()
            Self.expectEqual(read, table, "\(encoding)")
        }
    }

    @Test func longAndEmptyStringsComeBack() throws {
        let values: [Value] = [.string(""), .string(String(repeating: "é", count: 70_000)), .null, .string("\u{0}")]
        let table = Table(fields: [Field("s", .string)], columns: [Column(.string, values)])
        for codec in Self.codecs {
            let file = try Self.write(table, to: TemporaryFile("x.parquet"), Self.options(codec, .automatic))
            #expect(try file.read().columns[0].allValues == values)
        }
    }

    @Test func slicesAreWrittenAsTheRowsTheyShow() throws {
        var tables = RandomTables(seed: 17)
        let table = tables.table(RandomTables.flatTypes + RandomTables.listTypes, rows: 200)
        let slice = table.slice(3..<171)
        for encoding in [Encoding.automatic, .plain, .dictionary] {
            let options = Self.options(.none, encoding, rowGroupRows: 50, fields: table.fields)
            let read = try Self.write(slice, to: TemporaryFile("x.parquet"), options).read()
            Self.expectEqual(read, slice, "\(encoding)")
        }
    }

    @Test func plainUncompressedValuesAreReadInPlaceAndAligned() throws {
        var tables = RandomTables(seed: 19)
        for type in [DataType.int64, .float64, .float32, .int32, .instant] {
            let names = ["a", "b", "c"]
            let table = Table(
                fields: names.map { Field($0, type) },
                columns: names.map { _ in tables.column(type, rows: 333, nulls: .none) })
            let options = Self.options(.none, .plain, rowGroupRows: 100, fields: table.fields)
            let file = try Self.write(table, to: TemporaryFile("x.parquet"), options)
            for column in names.indices {
                for group in file.rowGroups.indices {
                    let values = try file.readColumn(column, rowGroup: group).values
                    #expect(UInt(bitPattern: values.base) % 8 == 0)
                    #expect(values.base >= file.bytes.base && values.base < file.bytes.base + file.bytes.count)
                }
            }
        }
    }

    @Test func columnsOutliveTheFileTheyWereReadFrom() throws {
        var column: Column?
        do {
            let temporary = TemporaryFile("x.parquet")
            let table = Table(fields: [Field("n", .int64)], columns: [Column(.int64, [.int(1), .int(2)])])
            column = try Self.write(table, to: temporary, Self.options(.none, .plain)).read().columns[0]
        }
        #expect(column?.allValues == [.int(1), .int(2)])
    }

    @Test func metadataComesBack() throws {
        var options = ParquetWriterOptions()
        options.keyValueMetadata = ["a": "1", "empty": "", "é": "\"😀\""]
        let table = Table(fields: [Field("n", .int64)], columns: [Column(.int64, [])])
        let file = try Self.write(table, to: TemporaryFile("x.parquet"), options)
        #expect(file.keyValueMetadata == options.keyValueMetadata)
        #expect(file.createdBy == "fstore")
    }

    @Test func anAbandonedWriterLeavesNoFile() throws {
        let temporary = TemporaryFile("x.parquet")
        do {
            let writer = try ParquetWriter(path: temporary.path, fields: [Field("n", .int64)])
            try writer.write(Table(fields: [Field("n", .int64)], columns: [Column(.int64, [.int(1)])]))
        }
        #expect(throws: DataError("there is no such file", file: temporary.path)) {
            try ParquetFile(path: temporary.path)
        }
    }
}
