import Columnar
import Foundation
import Testing

@Suite struct CSVWriterTests {
    private func written(_ table: Table, _ name: String = "x.csv") throws -> String {
        let file = TemporaryFile(name)
        let writer = try CSVWriter(path: file.path, fields: table.fields)
        try writer.write(table)
        try writer.close()
        return file.text
    }

    @Test func onlyFieldsThatNeedQuotesHaveThem() throws {
        let strings = ["plain", "a,b", "\"q\"", "x\ny", "r\r", "", " s "].map { Value.string($0) } + [.null]
        let table = Table(
            fields: [Field("na,me", .string), Field("n", .int64)],
            columns: [Column(.string, strings), Column(.int64, (0..<8).map { .int($0 - 4) })])
        #expect(
            try written(table)
                == "\"na,me\",n\nplain,-4\n\"a,b\",-3\n\"\"\"q\"\"\",-2\n\"x\ny\",-1\n\"r\r\",0\n\"\",1\n s ,2\n,3\n")
        #expect(try written(table, "x.tsv").hasPrefix("na,me\tn\nplain\t-4\na,b\t-3\n"))
    }

    @Test func valuesHaveOneText() throws {
        let columns: [(String, Column)] = [
            ("b", Column(.bool, [.bool(true)])), ("f", Column(.float32, [.float32(0.1)])),
            ("d", Column(.float64, [.float64(0.1 + 0.2)])),
            ("t", Column(.instant, [.timestamp(Timestamp(microseconds: 1_500_000))])),
            ("n", Column(.timestamp(.nanoseconds, zone: nil), [.int(-1)])), ("day", Column(.date32, [.int(-1)])),
            ("x", Column(.binary, [.bytes([0, 255])])),
            ("v", Column(.fixedSizeList(.float32, 2), [.list([.float32(1), .float32(-0.5)])])),
        ]
        let table = Table(fields: columns.map { Field($0.0, $0.1.type) }, columns: columns.map(\.1))
        let line = try written(table).split(separator: "\n")[1]
        #expect(
            line
                == "true,0.1,0.30000000000000004,1970-01-01T00:00:01.500Z,1969-12-31T23:59:59.999999999Z,1969-12-31,"
                + "0x00ff,\"[1.0, -0.5]\"")
    }

    @Test func randomTablesComeBackBitForBit() throws {
        for seed in UInt64(1)...40 {
            var random = SeededGenerator(seed: seed)
            let types: [DataType] = [
                .bool, .int8, .int32, .int64, .uint64, .float32, .float64, .string, .binary, .date32, .instant,
                .fixedSizeList(.float32, 3),
            ]
            let count = Int.random(in: 0...300, using: &random)
            let fields = types.enumerated().map { Field("c\($0.offset)", $0.element) }
            let columns = types.map { type in
                Column(type, (0..<count).map { _ in Self.randomValue(type, &random) })
            }
            let file = TemporaryFile(Bool.random(using: &random) ? "x.csv" : "x.tsv.gz")
            let writer = try CSVWriter(path: file.path, fields: fields)
            try writer.write(Table(fields: fields, columns: columns, rowCount: count))
            try writer.close()
            let reader = try CSVReader(path: file.path)
            let table = try reader.read(columns: fields.map { ($0.name, $0.type) })
            for (i, column) in columns.enumerated() {
                let read = table?.columns[i].allValues ?? []
                #expect(read.map(\.description) == column.allValues.map(\.description), "seed \(seed), \(types[i])")
            }
        }
    }

    private static func randomValue(_ type: DataType, _ random: inout SeededGenerator) -> Value {
        if Int.random(in: 0..<5, using: &random) == 0 { return .null }
        switch type {
        case .bool: return .bool(Bool.random(using: &random))
        case .int8: return .int(Int64(Int8.random(in: .min ... .max, using: &random)))
        case .int32: return .int(Int64(Int32.random(in: .min ... .max, using: &random)))
        case .date32: return .int(Int64.random(in: -700_000...2_900_000, using: &random))
        case .int64: return .int(Int64.random(in: .min ... .max, using: &random))
        case .uint64: return .uint(UInt64.random(in: .min ... .max, using: &random))
        case .float32: return .float32(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
        case .float64: return .float64(Double(bitPattern: random.next()))
        case .instant:
            return .timestamp(
                Timestamp(
                    microseconds: Int64.random(in: -60_000_000_000_000_000...200_000_000_000_000_000, using: &random)))
        case .binary:
            return .bytes(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        case .fixedSizeList(_, let size):
            return .list((0..<size).map { _ in .float32(Float.random(in: -1...1, using: &random)) })
        default:
            let parts = ["a", "\"", ",", "\t", "\n", "\r", "é", " ", ""]
            let text = (0..<Int.random(in: 0...6, using: &random)).map { _ in parts.randomElement(using: &random) ?? ""
            }
            return .string(text.joined())
        }
    }

    @Test func abandonedWriterLeavesNothingBehind() throws {
        let file = TemporaryFile(text: "older")
        do {
            let writer = try CSVWriter(path: file.path, fields: [Field("a", .int64)])
            try writer.write(Table(fields: [Field("a", .int64)], columns: [Column(.int64, [.int(1)])]))
        }
        #expect(file.text == "older")
        #expect(try FileManager.default.contentsOfDirectory(atPath: file.directory) == ["x.csv"])
    }

    @Test func unwritablePathsAreNamed() {
        let error = #expect(throws: DataError.self) { try CSVWriter(path: "/nowhere/x.csv", fields: []) }
        #expect(error?.description == "/nowhere/x.csv: cannot be created: No such file or directory")
        #expect(throws: DataError.self) { try CSVWriter(path: "/tmp", fields: []) }
    }

    @Test func fullDisksAreErrors() throws {
        let error = #expect(throws: DataError.self) { try CSVWriter(path: "/dev/full", fields: []) }
        #expect(error?.description == "/dev/full: cannot be written: No space left on device")
    }
}
