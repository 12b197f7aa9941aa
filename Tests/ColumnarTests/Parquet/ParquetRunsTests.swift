import Testing

@testable import Columnar

@Suite struct ParquetRunsTests {
    private static func write(_ column: Column, _ options: ParquetWriterOptions) throws -> ParquetFile {
        let table = Table(fields: [Field("k", column.type)], columns: [column])
        return try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
    }

    private static func options(_ encoding: ParquetWriterOptions.Encoding) -> ParquetWriterOptions {
        ParquetLayoutTests.options(.zstd(level: 1), encoding, rowGroupRows: 500, fields: [Field("k", .int64)])
    }

    /// The runs of equal neighbours, one cell at a time.
    private static func obviousRuns(_ column: Column) -> [(text: String, length: Int)] {
        var runs: [(text: String, length: Int)] = []
        for text in column.exactCells {
            if runs.last?.text == text { runs[runs.count - 1].length += 1 } else { runs.append((text, 1)) }
        }
        return runs
    }

    @Test(arguments: 1...30)
    func runsAreThoseOfTheColumn(seed: UInt64) throws {
        var tables = RandomTables(seed: seed)
        for type in [DataType.int64, .int32, .int16, .string, .binary, .instant, .float64, .uint64] {
            let pool = tables.column(type, rows: Int.random(in: 1...40, using: &tables.random), nulls: .none)
            let rows = (0..<Int.random(in: 1...30, using: &tables.random)).flatMap { _ in
                [Int32](
                    repeating: Int32.random(in: 0..<Int32(pool.count), using: &tables.random),
                    count: [1, 2, 8, 30, 90].randomElement(using: &tables.random) ?? 1)
            }
            let column = rows.withUnsafeBufferPointer { pool.taking($0) }
            let file = try Self.write(column, Self.options(.dictionary))
            for group in file.rowGroups.indices {
                let runs = try #require(try file.readRuns(0, rowGroup: group))
                let expected = Self.obviousRuns(try file.readColumn(0, rowGroup: group))
                let values = runs.dictionary.exactCells
                #expect(runs.indices.map { values[Int($0)] } == expected.map(\.text), "seed \(seed), \(type)")
                #expect(runs.lengths.map(Int.init) == expected.map(\.length), "seed \(seed), \(type)")
            }
        }
    }

    @Test func columnsThatAreNoRunsAreLeftToReadColumn() throws {
        let plain = try Self.write(Column(.int64, [.int(1), .int(1)]), Self.options(.plain))
        #expect(try plain.readRuns(0, rowGroup: 0)?.lengths == nil)
        let withNulls = try Self.write(Column(.int64, [.int(1), .null, .int(1)]), Self.options(.dictionary))
        #expect(try withNulls.readRuns(0, rowGroup: 0)?.lengths == nil)
        let bools = try Self.write(Column(.bool, [.bool(true)]), Self.options(.dictionary))
        #expect(try bools.readRuns(0, rowGroup: 0)?.lengths == nil)
        let lists = try Self.write(Column(.list(.int64), [.list([.int(1)])]), Self.options(.dictionary))
        #expect(try lists.readRuns(0, rowGroup: 0)?.lengths == nil)
    }
}
