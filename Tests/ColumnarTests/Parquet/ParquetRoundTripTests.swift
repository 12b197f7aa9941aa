import Columnar
import Foundation
import Testing

/// What we write, we read back, whatever the options, sizes and nulls.
struct ParquetRoundTripTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ tables: [Table], fields: [Field], _ options: ParquetWriterOptions = .init()) throws
        -> ParquetFile
    {
        let path = folder.file(UUID().uuidString)
        let writer = try ParquetWriter(path: path, fields: fields, options: options)
        for table in tables { try writer.write(table) }
        let summary = try writer.close()
        let file = try ParquetFile(path: path)
        #expect(summary.rows == tables.reduce(0) { $0 + $1.rowCount })
        #expect(summary.rows == file.rowCount)
        #expect(summary.bytes == (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int))
        return file
    }

    @Test(arguments: 0..<24)
    func randomTablesComeBack(part: Int) throws {
        let seed = UInt64.random(in: 0..<1_000_000) * 24 + UInt64(part)
        var random = SeededGenerator(seed: seed)
        let sizes = [0, 1, 7, 8, 9, 63, 64, 65, 127, 500]
        let rows = sizes[part % sizes.count]
        let table = SampleTable.make(rows: rows, nulls: [0, 0.2, 0.9, 1][part / 6], using: &random)
        var options = ParquetWriterOptions()
        options.compression = [.none, .snappy, .gzip, .zstd(level: 1)].randomElement(using: &random) ?? .none
        options.rowGroupRows = [8, 64, 100, 131_072].randomElement(using: &random) ?? 8
        options.pageRows = [1, 8, 50, 16_384].randomElement(using: &random) ?? 1
        options.isReadInPlace = Bool.random(using: &random)
        let encodings: [ParquetWriterOptions.Encoding] = [
            .automatic, .plain, .dictionary, .byteStreamSplit, .deltaBinaryPacked,
        ]
        for field in table.fields { options.encodings[field.name] = encodings.randomElement(using: &random) }

        // In pieces that begin anywhere, so that slices and remainders are met.
        var pieces: [Table] = []
        var start = 0
        while start < rows {
            let end = Int.random(in: start + 1...rows, using: &random)
            pieces.append(table.slice(start..<end))
            start = end
        }
        let file = try write(pieces, fields: table.fields, options)
        let expected = table.canonicalText
        #expect(firstDifference(try file.read().canonicalText, expected) == nil, "seed \(seed), \(options)")
        for group in file.rowGroups.indices {
            for index in file.fields.indices {
                let chunk = file.columnChunk(of: index, rowGroup: group)
                let column = try file.readColumn(index, rowGroup: group)
                if let nullCount = chunk.nullCount { #expect(nullCount == column.nullCount, "seed \(seed)") }
                try expectBounds(chunk, column, "seed \(seed), \(file.fields[index].name)")
            }
        }
    }

    /// The least and greatest value are what the statistics say.
    private func expectBounds(_ chunk: ParquetFile.ColumnChunk, _ column: Column, _ comment: String) throws {
        guard let minimum = chunk.minimum, let maximum = chunk.maximum else { return }
        for value in column.allValues where value != .null {
            #expect(!isLess(value, minimum) && !isLess(maximum, value), "\(value), \(minimum), \(maximum), \(comment)")
        }
    }

    private func isLess(_ a: Value, _ b: Value) -> Bool {
        switch (a, b) {
        case (.bool(let a), .bool(let b)): !a && b
        case (.decimal(let a), .decimal(let b)): a.scale == b.scale && a.unscaled < b.unscaled
        case (.int(let a), .int(let b)): a < b
        case (.uint(let a), .uint(let b)): a < b
        case (.float32(let a), .float32(let b)): a < b
        case (.float64(let a), .float64(let b)): a < b
        case (.timestamp(let a), .timestamp(let b)): a < b
        case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
        default: true
        }
    }

    @Test func columnsKeepTheirTypes() throws {
        let file = try write([], fields: SampleTable.fields)
        #expect(file.rowCount == 0 && file.rowGroups.isEmpty)
        for (read, written) in zip(file.fields, SampleTable.fields) {
            if case .fixedSizeList(let element, _) = written.type {
                #expect(read.type == .list(element))
            } else {
                #expect(read == written)
            }
        }
        #expect(try file.read().columns.allSatisfy { $0.count == 0 })
    }

    @Test func footerKeepsWhatWasAskedFor() throws {
        var options = ParquetWriterOptions()
        options.keyValueMetadata = ["view": "driver_stats", "empty": ""]
        let fields = [Field("id", .int64), Field("x", .float64)]
        let table = Table(
            fields: fields,
            columns: [
                Column(.int64, [.int(3), .null, .int(-5)]), Column(.float64, [.float64(.nan), .float64(1), .null]),
            ])
        let file = try write([table], fields: fields, options)
        #expect(file.keyValueMetadata == options.keyValueMetadata)
        #expect(file.createdBy == "fstore")
        let chunks = file.fields.indices.map { file.columnChunk(of: $0, rowGroup: 0) }
        #expect(chunks[0].minimum == .int(-5) && chunks[0].maximum == .int(3) && chunks[0].nullCount == 1)
        #expect(chunks[1].minimum == nil && chunks[1].maximum == nil && chunks[1].nullCount == 1)
        #expect(file.maximum(of: 0, rowGroup: 0) == 3)
    }

    @Test func zerosAreBoundedByZerosOfBothSigns() throws {
        let fields = [Field("x", .float32)]
        let table = Table(fields: fields, columns: [Column(.float32, [.float32(0), .float32(-0.0)])])
        let chunk = try write([table], fields: fields).columnChunk(of: 0, rowGroup: 0)
        guard case .float32(let minimum) = chunk.minimum, case .float32(let maximum) = chunk.maximum else {
            Issue.record("no bounds")
            return
        }
        #expect(minimum.sign == .minus && maximum.sign == .plus)
    }

    @Test func sortedKeysAreReadAsRuns() throws {
        let fields = [Field("id", .int64)]
        let keys = (0..<10_000).map { Value.int(Int64($0 / 100) * 1_000_003) }
        var options = ParquetWriterOptions()
        options.encodings["id"] = .dictionary
        options.rowGroupRows = 4096
        options.sortingColumns = ["id"]
        let file = try write([Table(fields: fields, columns: [Column(.int64, keys)])], fields: fields, options)
        var rows: [Value] = []
        for group in file.rowGroups.indices {
            let runs = try #require(try file.readRuns(0, rowGroup: group))
            #expect(runs.indices.count <= 43)
            for (index, length) in zip(runs.indices, runs.lengths) {
                rows += Array(repeating: runs.dictionary.value(at: Int(index)), count: Int(length))
            }
        }
        #expect(rows == keys)
    }

    @Test func columnsWithNullsOrWithoutDictionaryHaveNoRuns() throws {
        let fields = [Field("a", .int64), Field("b", .int64), Field("c", .list(.int64))]
        var options = ParquetWriterOptions()
        options.encodings = ["a": .dictionary, "b": .plain, "c": .dictionary]
        let table = Table(
            fields: fields,
            columns: [
                Column(.int64, [.int(1), .null]), Column(.int64, [.int(1), .int(1)]),
                Column(.list(.int64), [.list([.int(1)]), .list([.int(1)])]),
            ])
        let file = try write([table], fields: fields, options)
        for column in 0..<3 { #expect(try file.readRuns(column, rowGroup: 0) == nil) }
    }

    @Test(arguments: [DataType.int32, .int64, .float32, .float64, .instant])
    func plainValuesAreReadInPlace(type: DataType) throws {
        let fields = [Field("x", type)]
        var random = SeededGenerator(seed: 1)
        let values = SampleTable.make(rows: 5000, nulls: 0, using: &random)
        let column = try #require(values.columns.first { $0.type == type })
        var options = ParquetWriterOptions()
        options.compression = .none
        options.encodings["x"] = .plain
        options.rowGroupRows = 1024
        let file = try write([Table(fields: fields, columns: [column])], fields: fields, options)
        for group in file.rowGroups.indices {
            let read = try file.readColumn(0, rowGroup: group)
            #expect(read.values.owner is MappedFile)
            #expect(UInt(bitPattern: read.values.base) % 64 == 0)
            #expect(read.validity == nil)
        }
        #expect(firstDifference(try file.read().columns[0].canonicalText, column.canonicalText) == nil)
    }

    @Test func validityIsReadInPlace() throws {
        let fields = [Field("x", .int64)]
        let column = Column(.int64, (0..<1000).map { $0 % 7 == 0 ? .null : .int($0) })
        var options = ParquetWriterOptions()
        options.compression = .none
        options.encodings["x"] = .plain
        let file = try write([Table(fields: fields, columns: [column])], fields: fields, options)
        let read = try file.readColumn(0, rowGroup: 0)
        #expect(read.validity?.buffer.owner is MappedFile)
        #expect(read.allValues == column.allValues)
    }

    @Test func columnOutlivesItsFile() throws {
        let fields = [Field("x", .int64)]
        var options = ParquetWriterOptions()
        options.compression = .none
        options.encodings["x"] = .plain
        let values = (0..<100).map { Value.int($0) }
        var file: ParquetFile? = try write(
            [Table(fields: fields, columns: [Column(.int64, values)])], fields: fields, options)
        let column = try #require(try file?.readColumn(0, rowGroup: 0))
        file = nil
        #expect(column.allValues == values)
    }

    @Test func someColumnsOfSomeRowGroupsAreRead() throws {
        var random = SeededGenerator(seed: 5)
        let table = SampleTable.make(rows: 300, nulls: 0.1, using: &random)
        var options = ParquetWriterOptions()
        options.rowGroupRows = 64
        let file = try write([table], fields: table.fields, options)
        let text = try #require(file.index(of: "text"))
        let id = try #require(file.index(of: "i64"))
        let read = try file.read(columns: [text, id], rowGroups: 1..<4)
        let expected = Table(
            fields: [table.fields[text], table.fields[id]], columns: [table.columns[text], table.columns[id]]
        ).slice(64..<256)
        #expect(firstDifference(read.canonicalText, expected.canonicalText) == nil)
        #expect(try file.read(columns: [text], rowGroups: 2..<2).rowCount == 0)
        #expect(try file.read(columns: []).rowCount == 300)
    }

    @Test func secondsAreKeptAsMilliseconds() throws {
        let fields = [Field("at", .timestamp(.seconds, zone: "UTC"))]
        let table = Table(fields: fields, columns: [Column(fields[0].type, [.int(5), .null])])
        let file = try write([table], fields: fields)
        #expect(file.fields[0].type == .timestamp(.milliseconds, zone: "UTC"))
        #expect(try file.read().columns[0].allValues == [.int(5000), .null])
    }
}
