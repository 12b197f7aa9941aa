import Columnar
import Foundation
import Testing

/// A writer leaves a whole file or none.
struct ParquetWriterTests {
    private let folder: TemporaryDirectory
    private let fields = [Field("id", .int64)]

    init() throws { folder = try TemporaryDirectory() }

    private var table: Table { Table(fields: fields, columns: [Column(.int64, (0..<100).map { .int($0) })]) }

    @Test func abandonedWriterRemovesItsFile() throws {
        let path = folder.file("abandoned")
        do {
            let writer = try ParquetWriter(path: path, fields: fields)
            try writer.write(table)
            #expect(FileManager.default.fileExists(atPath: path))
        }
        #expect(!FileManager.default.fileExists(atPath: path))

        let writer = try ParquetWriter(path: path, fields: fields)
        writer.abandon()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func fullDiskIsToldInOneSentence() throws {
        let path = folder.file("full")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/full")
        #expect(
            throws: DataError(
                "cannot be written, the disk is full; free some space and run the command again", file: path)
        ) {
            let writer = try ParquetWriter(path: path, fields: fields)
            try writer.write(table)
            _ = try writer.close()
        }
    }

    @Test func fileThatCannotBeMadeIsTold() throws {
        let path = folder.file("missing/x.parquet")
        #expect(throws: DataError("cannot be written (No such file or directory)", file: path)) {
            _ = try ParquetWriter(path: path, fields: fields)
        }
    }

    @Test func listOfListsIsRefused() throws {
        let nested = [Field("deep", .list(.list(.int64)))]
        #expect(throws: DataError.self) { _ = try ParquetWriter(path: folder.file("x"), fields: nested) }
    }

    @Test func dictionaryIsWrittenOnlyWhereItPays() throws {
        let fields = [
            Field("same", .int64), Field("different", .int64), Field("words", .string), Field("ids", .string),
        ]
        let rows = 20_000
        let table = Table(
            fields: fields,
            columns: [
                Column(.int64, (0..<rows).map { .int(Int64($0 % 10)) }),
                Column(.int64, (0..<rows).map { .int(Int64($0)) }),
                Column(.string, (0..<rows).map { .string(["red", "green", "blue"][$0 % 3]) }),
                Column(.string, (0..<rows).map { .string("id\($0)") }),
            ])
        var options = ParquetWriterOptions()
        options.compression = .none
        let writer = try ParquetWriter(path: folder.file("x"), fields: fields, options: options)
        try writer.write(table)
        _ = try writer.close()
        let file = try ParquetFile(path: folder.file("x"))
        let runs = try (0..<4).map { try file.readRuns($0, rowGroup: 0) != nil }
        #expect(runs == [true, false, true, false])
        #expect(file.columnChunk(of: 0, rowGroup: 0).compressedBytes < rows)
        #expect(firstDifference(try file.read().canonicalText, table.canonicalText) == nil)
    }
}
