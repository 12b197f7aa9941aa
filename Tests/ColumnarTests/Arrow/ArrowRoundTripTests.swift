import CArrowABI
import Testing

@testable import Columnar

@Suite struct ArrowRoundTripTests {
    static let samples: [(DataType, [Value])] =
        ColumnTests.samples + [
            (.int8, [.int(-128), .null, .int(127), .int(0), .int(1)]),
            (.uint8, [.uint(255), .null, .uint(0), .uint(1), .uint(2)]),
            (.int16, [.int(-32768), .int(1), .int(2), .null, .int(3)]),
            (.uint16, [.uint(65535), .uint(1), .uint(2), .null, .uint(3)]),
            (.uint32, [.uint(4_294_967_295), .null, .null, .uint(1), .uint(0)]),
            (.int64, [.int(.min), .int(.max), .int(0), .int(-1), .int(1)]),
            (.uint64, [.uint(.max), .null, .uint(1), .uint(2), .uint(3)]),
            (.float64, [.float64(0.1), .null, .float64(-.infinity), .float64(1), .float64(2)]),
            (.date32, [.int(-1), .null, .int(19_000), .int(0), .int(1)]),
            (.timestamp(.seconds, zone: nil), [.int(1), .null, .int(-1), .int(0), .int(2)]),
            (.timestamp(.milliseconds, zone: "Europe/Berlin"), [.int(1), .null, .int(-1), .int(0), .int(2)]),
            (.timestamp(.nanoseconds, zone: "+01:00"), [.int(1), .null, .int(-1), .int(0), .int(2)]),
            (
                .list(.string),
                [.list([.string("a"), .null]), .null, .list([]), .list([.string("bc")]), .list([.string("")])]
            ),
            (
                .list(.list(.bool)),
                [.list([.list([.bool(true), .null])]), .null, .list([.null]), .list([]), .list([.list([])])]
            ),
            (.fixedSizeList(.int64, 0), [.list([]), .null, .list([]), .list([]), .list([])]),
        ]

    static func lend(_ table: Table, batchRows: Int? = nil) throws(DataError) -> Table {
        var stream = ArrowArrayStream()
        ArrowExport.stream(of: table, to: &stream, batchRows: batchRows)
        defer { #expect(stream.release == nil) }
        return try ArrowImport.table(from: &stream)
    }

    static func values(of table: Table) -> [[Value]] { table.columns.map(\.allValues) }

    @Test(arguments: samples.indices)
    func everyTypeComesBackAsItWas(sample: Int) throws {
        let (type, values) = Self.samples[sample]
        let table = Table(fields: [Field("a", type)], columns: [Column(type, values)])
        for range in [0..<5, 1..<5, 2..<3, 3..<3, 0..<1] {
            let slice = table.slice(range)
            for batchRows in [nil, 1, 2, 100] {
                let back = try Self.lend(slice, batchRows: batchRows)
                #expect(back.fields == table.fields)
                #expect(back.columns[0].allValues == Array(values[range]))
                #expect(back.columns[0].nullCount == slice.columns[0].nullCount)
            }
        }
    }

    @Test func halfPrecisionNumbersComeBack() throws {
        let bits: [UInt16] = [0x3c00, 0x7c00, 0x8001]
        let column = Column(.float16, count: 3, values: Buffer(copying: littleEndian(bits)))
        let back = try Self.lend(Table(fields: [Field("h", .float16)], columns: [column]))
        #expect(Array(back.columns[0].elements(as: UInt16.self)) == bits)
    }

    @Test func tablesWithoutColumnsKeepTheirRows() throws {
        let table = Table(fields: [], columns: [], rowCount: 7)
        #expect(try Self.lend(table).rowCount == 7)
        #expect(try Self.lend(table, batchRows: 3).rowCount == 7)
        #expect(try Self.lend(Table(fields: [], columns: [])).rowCount == 0)
    }

    @Test func namesAndNullabilityComeBack() throws {
        let fields = [Field("", .int64, isNullable: false), Field("naïve 😀", .int64), Field("", .int64)]
        let column = Column(.int64, [.int(1)])
        let back = try Self.lend(Table(fields: fields, columns: [column, column, column]))
        #expect(back.fields == fields)
    }

    @Test func columnsWithNullsAreNeverDeclaredFreeOfThem() throws {
        let column = Column(.int64, [.int(1), .null])
        let back = try Self.lend(Table(fields: [Field("a", .int64, isNullable: false)], columns: [column]))
        #expect(back.fields[0].isNullable)
    }

    @Test func oneBatchIsReadInPlace() throws {
        let columns = [
            Column(.int64, (0..<100).map { .int($0) }),
            Column(.string, (0..<100).map { .string("text \($0)") }),
            Column(.bool, (0..<100).map { .bool($0 % 3 == 0) }),
            Column(.fixedSizeList(.float32, 2), (0..<100).map { _ in .list([.float32(1), .float32(2)]) }),
        ]
        let table = Table(
            fields: columns.enumerated().map { Field("c\($0)", $1.type) }, columns: columns
        ).slice(10..<90)
        let back = try Self.lend(table)
        #expect(Self.values(of: back) == Self.values(of: table))
        #expect(back.columns[0].values.base == table.columns[0].values.base)
        #expect(back.columns[1].values.base == table.columns[1].values.base + 10 * 6)
        #expect(back.columns[2].values.base == table.columns[2].values.base + 1)
        #expect(back.columns[3].child?.values.base == table.columns[3].child?.values.base)
    }
}
