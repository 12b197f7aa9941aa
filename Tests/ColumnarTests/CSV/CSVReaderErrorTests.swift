import Columnar
import Foundation
import Testing

@Suite struct CSVReaderErrorTests {
    @Test(arguments: [
        ("12x", DataType.float32, "'12x' is not a float32; write a decimal number such as -12.5 or 1e-3"),
        ("1e39", .float32, "'1e39' is beyond the range of float32; write inf if that is meant"),
        ("0x10", .float64, "'0x10' is not a float64; write a decimal number such as -12.5 or 1e-3"),
        (
            "128", .int8,
            "'128' is beyond the range of int8 (-128 to 127); declare the column int64 or correct the value"
        ),
        ("-1", .uint8, "'-1' is beyond the range of uint8 (0 to 255); declare the column int64 or correct the value"),
        (
            "9223372036854775808", .int64,
            "'9223372036854775808' is beyond the range of int64 (-9223372036854775808 to 9223372036854775807); "
                + "correct the value"
        ),
        ("1.5", .int64, "'1.5' is not a whole number; declare the column float64 or correct the value"),
        ("one", .int32, "'one' is not an int32; write a whole number"),
        ("NA", .int64, "'NA' is not an int64; leave the field empty for a null"),
        ("yes", .bool, "'yes' is not a bool; write true or false"),
        (
            "1357034400", .instant,
            "'1357034400' is a number, not a timestamp; write 2013-01-01T10:00:00Z, since a number alone does not say "
                + "its unit"
        ),
        ("2013-02-30", .date32, "'2013-02-30' is not a date; write 2013-01-31"),
        ("0xf", .binary, "'0xf' is not bytes; write 0x and two hexadecimal digits a byte"),
        ("[1]", .fixedSizeList(.float32, 2), "'[1]' has 1 element, but float32[2] has 2"),
        (
            "[1;2]", .fixedSizeList(.float32, 2),
            "'[1;2]' has 1 element, but float32[2] has 2"
        ),
    ])
    func valuesThatDoNotFitAreExplained(text: String, type: DataType, message: String) {
        #expect(failureOfReading("id,v\n1,\n2,\(text)\n", [("v", type)]) == "x.csv:3:v: \(message)")
    }

    @Test func placeIsTheLineWhereTheRecordStarts() {
        let text = "a,b\n\"1\n2\",3\n\"x\ny\",z\n"
        #expect(failureOfReading(text, [("b", .int64)]).hasPrefix("x.csv:4:b: 'z' is not an int64"))
    }

    @Test func wrongNumberOfFieldsNamesTheLine() {
        #expect(
            failureOfReading("a,b\n1,2\n1,2,3\n", [("a", .int64)])
                == "x.csv:3: has 3 fields where the header has 2; quote fields that hold the delimiter or a line end")
        #expect(failureOfReading("a,b\n1\n", [("a", .int64)]).hasPrefix("x.csv:2: has 1 field where"))
    }

    @Test func missingColumnNamesTheNearest() {
        #expect(
            failureOfReading("carrier,dep_delay\nUA,1\n", [("dep_dely", .int64)])
                == "x.csv: has no column 'dep_dely' (did you mean 'dep_delay'?); its columns are carrier, dep_delay")
        #expect(failureOfReading("a;b\n1;2\n", [("a", .int64)]).hasSuffix("the delimiter seems to be ';'"))
    }

    @Test func headersMustBeThereOnceEach() {
        #expect(failureOfReading("", []) == "x.csv: is empty; a CSV file begins with a line of column names")
        #expect(failureOfReading("\u{feff}\n\n", []).hasPrefix("x.csv: is empty"))
        #expect(failureOfReading("a,b,a\n", []) == "x.csv:1:a: occurs twice in the header; rename one of the two")
        #expect(failureOfReading("a\rb\rc", []).contains("carriage return"))
        #expect(failureOfReading("a,b\n1,2\n", [("a", .int64), ("a", .int32)]) == "x.csv:a: is asked for twice")
        #expect(failureOfReading("a\n", [("a", .list(.int64))]).hasSuffix("cannot be read from CSV; use Parquet"))
    }

    @Test func headersAndStringsMustBeUTF8() {
        let file = TemporaryFile(bytes: [0xff, 0xfe, 0x61, 0x00])
        #expect(throws: DataError.self) { try CSVReader(path: file.path) }
        let other = TemporaryFile(bytes: Array("a\n".utf8) + [0xe9, 0x0a])
        let error = #expect(throws: DataError.self) {
            try CSVReader(path: other.path).read(columns: [("a", .string)])
        }
        #expect(error?.message.hasSuffix("is not UTF-8; write the file as UTF-8") == true)
    }

    @Test func unclosedQuoteNamesTheLineWhereItOpened() {
        let text = "a,b\n1,2\n\"x\ny\",\"never\nclosed,\n"
        #expect(failureOfReading(text, [("a", .string)]).hasPrefix("x.csv:3: the quote opened on line 4 is not closed"))
        #expect(failureOfReading("a,\"b\n", []).hasPrefix("x.csv:1: the quote opened on line 1"))
    }

    @Test func recordsAboveTheLimitAreRefused() {
        let long = String(repeating: "x", count: 17 << 20)
        #expect(
            failureOfReading("a\n\(long)\n", [("a", .string)]).hasPrefix("x.csv:2: the record is longer than 16 MiB"))
        #expect(failureOfReading("a\n\"\(long)\n", [("a", .string)]).hasPrefix("x.csv:2: the quote opened on line 2"))
    }

    @Test func quarantineLeavesBadRowsOutInOrder() throws {
        let file = TemporaryFile(text: "a,b\n1,x\n2,5\n3\n\"4\"!,6\r\n5,7\n6,y\n")
        let reader = try CSVReader(path: file.path)
        var bad: [String] = []
        let table = try #require(
            try reader.read(columns: [("a", .int64), ("b", .int32)]) { error, record in
                bad.append("\(error.row ?? 0) \(error.column ?? "-") \(record)")
            })
        #expect(bad == ["2 b 1,x", "4 - 3", "5 - \"4\"!,6", "7 b 6,y"])
        #expect(table.columns.map(\.allValues) == [[.int(2), .int(5)], [.int(5), .int(7)]])
        #expect(try reader.read(columns: [("a", .int64)]) == nil)
    }

    @Test func quarantineFillsBatchesWithGoodRows() throws {
        let text = "a\n" + (0..<9000).map { $0 % 3 == 0 ? "bad\n" : "\($0)\n" }.joined()
        let file = TemporaryFile(text: text)
        let batches = try CSVReader(path: file.path)
        var values: [Value] = []
        var bad = 0
        while let batch = try batches.read(columns: [("a", .int64)], maximumRows: 100, onBadRow: { _, _ in bad += 1 }) {
            #expect(batch.rowCount == 100)
            values += batch.columns[0].allValues
        }
        #expect(bad == 3000)
        #expect(values == (0..<9000).filter { $0 % 3 != 0 }.map { .int($0) })
    }

    @Test func handlerThatThrowsStopsTheRead() throws {
        let file = TemporaryFile(text: "a\nx\n")
        #expect(throws: DataError("enough")) {
            try CSVReader(path: file.path).read(columns: [("a", .int64)]) { (_, _) throws(DataError) in
                throw DataError("enough")
            }
        }
    }

    @Test func missingFilesAndDirectoriesAreNamed() {
        #expect(throws: DataError("cannot be opened: No such file or directory", file: "/nowhere/x.csv")) {
            try CSVReader(path: "/nowhere/x.csv")
        }
        #expect(throws: DataError("is a directory; name a file in it", file: "/")) { try CSVReader(path: "/") }
    }
}
