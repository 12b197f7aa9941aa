import Columnar
import Foundation
import Testing

/// All cells of the columns of a CSV text.
func readCSV(
    _ text: String, _ columns: [(name: String, type: DataType)], nullTexts: Set<String> = [""]
) throws -> [[Value]] {
    let file = TemporaryFile(text: text)
    let table = try CSVReader(path: file.path).read(columns: columns, nullTexts: nullTexts)
    return table?.columns.map(\.allValues) ?? columns.map { _ in [] }
}

/// The message that reading a CSV text fails with, without the directory.
func failureOfReading(_ text: String, _ columns: [(name: String, type: DataType)], name: String = "x.csv") -> String {
    let file = TemporaryFile(name, text: text)
    do {
        let reader = try CSVReader(path: file.path)
        while try reader.read(columns: columns) != nil {}
        return "no failure"
    } catch {
        return error.description.replacingOccurrences(of: file.directory + "/", with: "")
    }
}

@Suite struct CSVReaderTests {
    @Test func quotedFieldsHoldDelimitersQuotesAndLineEnds() throws {
        let cells = try readCSV(
            "a,b\n\"x,\"\"y\"\"\",\"1\r\n2\"\n\"\"\"\",z\"z\n", [("a", .string), ("b", .string)])
        #expect(cells == [[.string("x,\"y\""), .string("\"")], [.string("1\r\n2"), .string("z\"z")]])
    }

    @Test func allLineEndsReadAlike() throws {
        let expected: [[Value]] = [[.int(1), .int(3)], [.string("2"), .string("4")]]
        for text in ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4", "a,b\r\n\r\n1,2\r\n\n3,\"4\"\r"] {
            #expect(try readCSV(text, [("a", .int64), ("b", .string)]) == expected)
        }
    }

    @Test func byteOrderMarkIsSkipped() throws {
        #expect(try readCSV("\u{feff}a\n1\n", [("a", .int64)]) == [[.int(1)]])
        #expect(try readCSV("\u{feff}\"a\"\n1\n", [("a", .int64)]) == [[.int(1)]])
    }

    @Test func emptyFieldIsNullAndQuotedEmptyFieldIsEmptyString() throws {
        let cells = try readCSV("s,i\n,\n\"\",\"\"\n", [("s", .string), ("i", .int32)])
        #expect(cells == [[.null, .string("")], [.null, .null]])
    }

    @Test func nullTextsAreNullUnlessQuotedStrings() throws {
        let cells = try readCSV("s,i\nNA,NA\n\"NA\",\"NA\"\n", [("s", .string), ("i", .int32)], nullTexts: ["NA"])
        #expect(cells == [[.null, .string("NA")], [.null, .null]])
    }

    @Test func blankLineIsNullInFileOfOneColumn() throws {
        #expect(try readCSV("a\n1\n\n3\n", [("a", .int64)]) == [[.int(1), .null, .int(3)]])
    }

    @Test func columnsAreChosenByNameInAnyOrder() throws {
        let cells = try readCSV("a,b,c\n1,2,3\n", [("c", .int8), ("a", .uint64)])
        #expect(cells == [[.int(3)], [.uint(1)]])
    }

    @Test func tabsSeparateInTSV() throws {
        let file = TemporaryFile("x.tsv", text: "a\tb\n1,5\t2\n")
        let table = try #require(try CSVReader(path: file.path).read(columns: [("a", .string)]))
        #expect(table.columns[0].allValues == [.string("1,5")])
    }

    @Test func batchesHoldAllRowsOnce() throws {
        let file = TemporaryFile(text: "a\n" + (0..<10_000).map { "\($0)\n" }.joined())
        let reader = try CSVReader(path: file.path)
        var values: [Value] = []
        while let batch = try reader.read(columns: [("a", .int64)], maximumRows: 3001) {
            #expect(batch.rowCount == 3001 || values.count + batch.rowCount == 10_000)
            values += batch.columns[0].allValues
        }
        #expect(values == (0..<10_000).map { .int($0) })
    }

    @Test func recordsLongerThanTheWindowAreWhole() throws {
        let long = String(repeating: "long \n", count: 700_000)
        let cells = try readCSV("a,b\n1,\"\(long)\"\n2,x\n", [("a", .int64), ("b", .string)])
        #expect(cells == [[.int(1), .int(2)], [.string(long), .string("x")]])
    }

    @Test func everyTypeReadsItsText() throws {
        let text = """
            b,i,u,f,d,t,day,x,v
            TRUE,-128,18446744073709551615,1e-3,-0,2013-01-01T10:00:00.5+01:00,2013-01-31,0xDEad," [1, 2.5,-3] "
            f, 127 ,3.00,nan,inf,2013-01-01,1969-12-31,0x,"[0,0,0]"
            """
        let cells = try readCSV(
            text,
            [
                ("b", .bool), ("i", .int8), ("u", .uint64), ("f", .float32), ("d", .float64), ("t", .instant),
                ("day", .date32), ("x", .binary), ("v", .fixedSizeList(.float32, 3)),
            ])
        #expect(cells[0] == [.bool(true), .bool(false)])
        #expect(cells[1] == [.int(-128), .int(127)])
        #expect(cells[2] == [.uint(.max), .uint(3)])
        #expect(cells[3][0] == .float32(0.001))
        #expect(cells[4] == [.float64(-0.0), .float64(.infinity)])
        #expect(
            cells[5] == ["2013-01-01T09:00:00.5Z", "2013-01-01T00:00:00Z"].map { .timestamp(Timestamp(parsing: $0)!) })
        #expect(cells[6] == [.int(15_736), .int(-1)])
        #expect(cells[7] == [.bytes([0xde, 0xad]), .bytes([])])
        #expect(cells[8][0] == .list([.float32(1), .float32(2.5), .float32(-3)]))
        if case .float32(let number) = cells[3][1] { #expect(number.isNaN) } else { Issue.record("no nan") }
    }

    @Test func timestampsOfEveryUnitAreExact() throws {
        let text = "s,n\n2013-01-01T00:00:01Z,1969-12-31T23:59:59.999999Z\n"
        let cells = try readCSV(
            text, [("s", .timestamp(.seconds, zone: nil)), ("n", .timestamp(.nanoseconds, zone: nil))])
        #expect(cells == [[.int(1_356_998_401)], [.int(-1000)]])
    }
}
