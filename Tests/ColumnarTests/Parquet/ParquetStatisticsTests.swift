import Testing

@testable import Columnar

@Suite struct ParquetStatisticsTests {
    private static func statistics(
        _ column: Column, _ encoding: ParquetWriterOptions.Encoding = .automatic
    ) throws -> ParquetMetadata.Statistics? {
        let table = Table(fields: [Field("c", column.type)], columns: [column])
        let options = ParquetLayoutTests.options(.none, encoding, rowGroupRows: 10_000, fields: table.fields)
        let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
        return file.statistics(of: file.chunk(of: 0, rowGroup: 0))
    }

    private static func little<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    @Test(arguments: 1...20)
    func leastAndGreatestAreThoseOfTheValues(seed: UInt64) throws {
        var tables = RandomTables(seed: seed)
        for encoding in [ParquetWriterOptions.Encoding.automatic, .plain, .dictionary] {
            let column = tables.column(.int64, rows: 200, nulls: .few, distinct: 20)
            let numbers = column.allValues.compactMap { value -> Int64? in
                if case .int(let number) = value { number } else { nil }
            }
            let statistics = try Self.statistics(column, encoding)
            #expect(statistics?.minimum == numbers.min().map(Self.little), "seed \(seed)")
            #expect(statistics?.maximum == numbers.max().map(Self.little), "seed \(seed)")
            #expect(statistics?.nullCount == Int64(column.nullCount), "seed \(seed)")
        }
    }

    @Test func smallSignedAndUnsignedNumbersAreWidenedToTheirPhysicalType() throws {
        let signed = try Self.statistics(Column(.int8, [.int(-5), .int(3)]))
        #expect(signed?.minimum == Self.little(Int32(-5)) && signed?.maximum == Self.little(Int32(3)))
        let unsigned = try Self.statistics(Column(.uint8, [.uint(250), .uint(3)]))
        #expect(unsigned?.minimum == Self.little(Int32(3)) && unsigned?.maximum == Self.little(Int32(250)))
        let wide = try Self.statistics(Column(.uint64, [.uint(.max), .uint(3)]))
        #expect(wide?.minimum == Self.little(UInt64(3)) && wide?.maximum == Self.little(UInt64.max))
    }

    @Test func floatsFollowTheFormatsRules() throws {
        // A NaN makes min and max useless, so there are none; zeros are widened to both of their signs.
        let withNaN = try Self.statistics(Column(.float64, [.float64(1), .float64(.nan)]))
        #expect(withNaN?.minimum == nil && withNaN?.maximum == nil)
        let zeros = try Self.statistics(Column(.float64, [.float64(0), .float64(-0.0)]))
        #expect(zeros?.minimum == Self.little((-0.0).bitPattern) && zeros?.maximum == Self.little((0.0).bitPattern))
        let infinite = try Self.statistics(Column(.float64, [.float64(.infinity), .float64(-.infinity)]))
        #expect(infinite?.minimum == Self.little((-Double.infinity).bitPattern))
        #expect(infinite?.maximum == Self.little(Double.infinity.bitPattern))
    }

    @Test func stringsAreOrderedByTheirBytesAndLongOnesCutOff() throws {
        let short = try Self.statistics(Column(.string, [.string("é"), .string("z"), .string(""), .null]))
        #expect(short?.minimum == [] && short?.maximum == Array("é".utf8))
        let long = try Self.statistics(Column(.string, [.string("a"), .string(String(repeating: "b", count: 65))]))
        #expect(long?.minimum == Array("a".utf8))
        #expect(long?.maximum == Array((String(repeating: "b", count: 63) + "c").utf8))
        // Behind the last of all characters, and within one, there is nothing to count up.
        let high = String(repeating: "\u{10ffff}", count: 17)
        let greatest = try Self.statistics(Column(.string, [.string("a" + high)]))
        #expect(greatest?.maximum == Array("b".utf8))
        let endless = try Self.statistics(Column(.string, [.string(high)]))
        #expect(endless?.minimum == nil && endless?.maximum == nil)
        let bytes = try Self.statistics(Column(.binary, [.bytes([UInt8](repeating: 255, count: 63) + [7, 255])]))
        #expect(bytes?.maximum == [UInt8](repeating: 255, count: 63) + [8])
    }

    @Test func columnsOfNullsHaveACountAndNoRange() throws {
        let statistics = try Self.statistics(Column(.int64, [.null, .null]))
        #expect(statistics?.nullCount == 2 && statistics?.minimum == nil)
    }

    @Test func maximumReadsTheGreatestTimeOfARowGroup() throws {
        let times = [3, 9, -1, 5].map { Value.timestamp(Timestamp(microseconds: $0)) }
        let table = Table(
            fields: [Field("t", .instant), Field("s", .string)],
            columns: [Column(.instant, times), Column(.string, [.null, .null, .null, .null])])
        let options = ParquetLayoutTests.options(.none, .automatic, rowGroupRows: 2)
        let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
        #expect(file.rowGroups.indices.map { file.columnChunk(of: 0, rowGroup: $0).maximum } == [times[1], times[3]])
        #expect(file.columnChunk(of: 1, rowGroup: 0).maximum == nil)
    }
}
