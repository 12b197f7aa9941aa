import Columnar
import FeatureStore
import Testing

@testable import fstore

@Suite struct CSVLinesTests {
    private static let columns = [
        ("id", FeatureType.int64, false), ("name", .string, false), ("made", .timestamp, true),
    ]
    .map { PushColumn(name: $0, commonName: $0, type: $1, isOptional: $2) }

    private func lines(_ text: String, places: StreamColumns? = nil) throws -> CSVLines {
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }
        var lines = try parts[0].withUnsafeBytes { bytes in
            Result { () throws(DataError) in try CSVLines(header: bytes, columns: Self.columns, places: places) }
        }.get()
        for (place, part) in parts.dropFirst().enumerated() {
            try part.withUnsafeBytes { bytes in
                Result { () throws(DataError) in try lines.append(bytes, number: place + 2) }
            }.get()
        }
        return lines
    }

    @Test func recordsMayGoOverLines() throws {
        var lines = try lines("name,id\n\"a\nb \"\"c\"\"\",1\nplain 5\" pipe,2", places: nil)
        #expect(lines.count == 2 && !lines.isWithinRecord)
        let (table, numbers) = try lines.table { (error, _) throws(DataError) in throw error }
        #expect(table.fields.map(\.name) == ["id", "name"])
        #expect(table.columns[1].allValues == [.string("a\nb \"c\""), .string("plain 5\" pipe")])
        #expect(numbers == [2, 4])
        #expect(lines.count == 0)
    }

    @Test func aRecordThatIsNotWholeWaits() throws {
        #expect(try lines("name,id\n\"a").isWithinRecord)
        #expect(try lines("name,id\n\"a").count == 0)
    }

    @Test func aLineThatDoesNotFitIsToldByItsNumber() throws {
        var lines = try lines("name\tid\tseq\na\t1\t7\n\"b\nc\"\tx\t8\nd\t4\t9", places: .init("s", position: "seq"))
        var bad: [DataError] = []
        let (table, numbers) = try lines.table { (error, _) throws(DataError) in bad.append(error) }
        #expect(bad.map(\.row) == [3] && bad.map(\.column) == ["id"])
        #expect(table.columns[2].allValues == [.int(7), .int(9)])
        #expect(numbers == [2, 5])
    }

    @Test(arguments: [("name,id", true), ("id\tname", true), ("{\"id\": 1}", false), ("garbage", false), ("", false)])
    func aHeaderIsKnownByTheKey(line: String, isHeader: Bool) {
        Array(line.utf8).withUnsafeBytes { #expect(CSVLines.isLikelyHeader($0, of: Self.columns) == isHeader) }
    }
}
