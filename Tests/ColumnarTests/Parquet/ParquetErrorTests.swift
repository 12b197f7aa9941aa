import Testing

@testable import Columnar

@Suite struct ParquetErrorTests {
    /// What is said of the file at `path`, behind its name.
    private static func complaint(_ path: String, columns: [String]? = nil) -> String? {
        do throws(DataError) {
            _ = try ParquetFile(path: path).read(columns: columns)
            return nil
        } catch {
            #expect(error.file == path)
            return error.message
        }
    }

    private static func smallFile() throws -> TemporaryFile {
        var tables = RandomTables(seed: 1)
        let file = TemporaryFile("x.parquet")
        let table = tables.table([.int64, .string, .list(.int32)], rows: 9)
        _ = try ParquetLayoutTests.write(table, to: file, ParquetLayoutTests.options(.none, .automatic))
        return file
    }

    @Test func aMissingFileAndAFolderAreNamed() {
        let file = TemporaryFile("x.parquet")
        #expect(Self.complaint(file.path) == "there is no such file")
        #expect(Self.complaint(file.directory) == "is a folder, not a file")
    }

    @Test func filesOfAnotherKindAreRefused() {
        let notParquet = "is not a Parquet file (it does not begin with 'PAR1')"
        for text in ["a", "a,b\n1,2\n", "PAR", "PAR1", "PAR1PAR1", String(repeating: "x", count: 5000)] {
            let file = TemporaryFile("x.parquet", text: text)
            #expect(Self.complaint(file.path) == notParquet, "\(text.prefix(12))")
        }
        let empty = TemporaryFile("x.parquet", text: "")
        #expect(Self.complaint(empty.path) == "is empty, not a Parquet file")
        let encrypted = TemporaryFile("x.parquet", text: "PARE" + String(repeating: "x", count: 20) + "PARE")
        #expect(Self.complaint(encrypted.path) == "has an encrypted footer; decrypt the file first")
        let half = TemporaryFile("x.parquet", text: "PAR1" + String(repeating: "x", count: 20))
        #expect(
            Self.complaint(half.path)
                == "is not a whole Parquet file (it does not end with 'PAR1'); it was cut off, write or copy it again")
        let long = TemporaryFile("x.parquet", bytes: Array("PAR1".utf8) + [255, 255, 255, 255] + Array("PAR1".utf8))
        #expect(Self.complaint(long.path) == "has an unreadable footer; the file is damaged, write it again")
    }

    @Test func everyTruncationOfAFileIsRefused() throws {
        let bytes = try Self.smallFile().bytes
        for length in 0..<bytes.count {
            let file = TemporaryFile("x.parquet", bytes: Array(bytes[..<length]))
            #expect(Self.complaint(file.path) != nil, "\(length) of \(bytes.count) bytes")
        }
    }

    @Test func anUnknownColumnIsToldWithTheNearestName() throws {
        let file = TemporaryFile("x.parquet")
        let table = Table(fields: [Field("driver_id", .int64)], columns: [Column(.int64, [.int(1)])])
        _ = try ParquetLayoutTests.write(table, to: file, ParquetWriterOptions())
        #expect(
            Self.complaint(file.path, columns: ["drivr_id"])
                == "has no column 'drivr_id' (did you mean 'driver_id'?)")
    }

    @Test func aPlaceThatCannotBeWrittenIsNamed() {
        let path = TemporaryFile("x.parquet").directory + "/missing/x.parquet"
        #expect(throws: DataError("cannot be written (No such file or directory)", file: path)) {
            try ParquetWriter(path: path, fields: [Field("n", .int64)])
        }
    }
}
