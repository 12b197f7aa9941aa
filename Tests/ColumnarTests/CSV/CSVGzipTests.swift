import Columnar
import Foundation
import Testing

@Suite struct CSVGzipTests {
    private let fields = [Field("a", .int64), Field("s", .string)]

    private func gzipped(rows: Int) throws -> [UInt8] {
        let file = TemporaryFile("x.csv.gz")
        let writer = try CSVWriter(path: file.path, fields: fields)
        for start in stride(from: 0, to: rows, by: 10_000) {
            let range = start..<min(start + 10_000, rows)
            try writer.write(
                Table(
                    fields: fields,
                    columns: [
                        Column(.int64, range.map { .int(Int64($0)) }),
                        Column(.string, range.map { .string("value \($0 &* 7919)") }),
                    ]))
        }
        try writer.close()
        return file.bytes
    }

    private func numbers(in bytes: [UInt8]) throws -> [Value] {
        let file = TemporaryFile("x.csv.gz", bytes: bytes)
        let reader = try CSVReader(path: file.path)
        var values: [Value] = []
        while let batch = try reader.read(columns: [("a", .int64)]) { values += batch.columns[0].allValues }
        return values
    }

    @Test func compressedFilesReadLikePlainOnes() throws {
        #expect(try numbers(in: gzipped(rows: 200_000)) == (0..<200_000).map { .int($0) })
    }

    @Test func membersOneAfterTheOtherReadAsOne() throws {
        let head = try gzipped(rows: 3)
        let plain = TemporaryFile("y.csv.gz")
        let writer = try CSVWriter(path: plain.path, fields: [Field("9", .int64), Field("x", .string)])
        try writer.close()
        // Its header line is a row of the joined file. Zeros are what tapes are padded with.
        let joined = head + plain.bytes + [0, 0, 0, 0]
        #expect(try numbers(in: joined) == [.int(0), .int(1), .int(2), .int(9)])
    }

    @Test func truncatedFilesFail() throws {
        let bytes = try gzipped(rows: 1000)
        for count in [2, 5, 12, 100, bytes.count - 8, bytes.count - 1] {
            #expect(throws: DataError.self, "\(count) bytes") { try numbers(in: Array(bytes.prefix(count))) }
        }
    }

    @Test func damagedFilesFail() throws {
        var bytes = try gzipped(rows: 1000)
        bytes[bytes.count / 2] ^= 0x55
        #expect(throws: DataError.self) { try numbers(in: bytes) }
        bytes = try gzipped(rows: 10) + [1, 2, 3]
        #expect(throws: DataError.self) { try numbers(in: bytes) }
    }
}
