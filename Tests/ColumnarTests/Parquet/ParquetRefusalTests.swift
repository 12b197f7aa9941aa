import Columnar
import Foundation
import Testing

/// What cannot be read is told in one sentence, with the file and the column.
struct ParquetRefusalTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func message(_ name: String, _ bytes: [UInt8]?) throws -> String {
        if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name))) }
        do {
            _ = try ParquetFile(path: folder.file(name)).read()
            return "no error"
        } catch {
            return error.description.replacingOccurrences(of: folder.path + "/", with: "")
        }
    }

    private func smallFile(_ compression: Codec = .none) throws -> [UInt8] {
        var options = ParquetWriterOptions()
        options.compression = compression
        let writer = try ParquetWriter(
            path: folder.file("small"), fields: [Field("driver_id", .int64)], options: options)
        try writer.write(
            Table(fields: [Field("driver_id", .int64)], columns: [Column(.int64, (0..<100).map { Value.int($0) })]))
        _ = try writer.close()
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("small"))))
    }

    @Test func fileThatIsNoParquetFileIsRefused() throws {
        #expect(try message("missing", nil) == "missing: there is no such file")
        #expect(try message("empty", []) == "empty: is empty, not a Parquet file")
        #expect(
            try message("text", Array("id,name\n1,x\n2,y\n".utf8))
                == "text: is not a Parquet file (it does not begin with 'PAR1')")
        #expect(
            try message("secret", Array("PARExxxxxxxxPARE".utf8))
                == "secret: has an encrypted footer; decrypt the file first")
        try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: false)
        #expect(try message("folder", nil) == "folder: is a folder, not a file")
    }

    @Test func fileThatWasCutOffIsRefused() throws {
        let whole = try smallFile()
        #expect(
            try message("cut", Array(whole.dropLast(20)))
                == "cut: is not a whole Parquet file (it does not end with 'PAR1'); it was cut off, write or copy it again"
        )
        #expect(
            try message("hole", Array(whole[..<200] + whole[400...]))
                .hasSuffix("it is damaged, write it again") == true)
    }

    @Test func columnThatTheFileDoesNotHaveIsRefused() throws {
        _ = try smallFile()
        let file = try ParquetFile(path: folder.file("small"))
        #expect(throws: DataError("has no column 'driverid' (did you mean 'driver_id'?)", file: file.path)) {
            try file.read(columns: ["driverid"])
        }
    }

    @Test(.enabled(if: Python.executable != nil, Python.isMissing))
    func columnThatCannotBeReadIsRefusedOnlyWhenAskedFor() throws {
        _ = try Python.run(
            """
            import decimal, datetime
            table = pa.table({
                'id': [1, 2], 'price': pa.array([decimal.Decimal('1.50'), None], pa.decimal256(76, 2)), 'point': [{'x': 1, 'y': 2}, None],
                'tags': pa.array([[('a', 1)], []], pa.map_(pa.string(), pa.int64())), 'deep': [[[1], [2, 3]], None],
                'people': [[{'name': 'a'}], []], 'last': ['x', 'y'],
            })
            pq.write_table(table, sys.argv[1])
            """, folder.file("mixed"))
        let file = try ParquetFile(path: folder.file("mixed"))
        #expect(file.fields.map(\.name) == ["id", "last"])
        let table = try file.read()
        #expect(table.columns.map(\.allValues) == [[.int(1), .int(2)], [.string("x"), .string("y")]])
        #expect(file.unreadableColumns.map(\.name) == ["price", "point", "tags", "deep", "people"])
        let flatten = "which cannot be read; flatten it where the file is written"
        let cast = "which cannot be read; cast it where the file is written"
        for (name, reason) in [
            ("price", "is a decimal of 76 digits, 2 of them behind the point, \(cast)"),
            ("point", "is a structure, \(flatten)"),
            ("tags", "is a map, \(flatten)"),
            ("deep", "is a list of lists or structures, \(flatten)"),
            ("people", "is a list of lists or structures, \(flatten)"),
        ] {
            #expect(throws: DataError(reason, file: file.path, column: name)) { try file.read(columns: ["id", name]) }
        }
    }

    @Test(.enabled(if: Python.executable != nil, Python.isMissing), )
    func unknownCodecIsNamed() throws {
        _ = try Python.run(
            "pq.write_table(pa.table({'id': [1]}), sys.argv[1], compression='brotli')", folder.file("packed"))
        #expect(
            try message("packed", nil)
                == "packed:id: is compressed with Brotli, which cannot be read; write the file with zstd or snappy")
    }

    @Test(.enabled(if: Python.executable != nil, Python.isMissing))
    func wrongChecksumIsFound() throws {
        _ = try Python.run(
            "pq.write_table(pa.table({'id': [1234567890123] * 5}), sys.argv[1], compression='NONE', use_dictionary=False, "
                + "write_page_checksum=True)", folder.file("checked"))
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("checked"))))
        let value = withUnsafeBytes(of: Int64(1_234_567_890_123).littleEndian, Array.init)
        // Twice in a row, because the page's header has it, too.
        let place = try #require((0..<bytes.count - 16).first { Array(bytes[$0..<$0 + 16]) == value + value })
        #expect(try message("checked", nil) == "no error")
        bytes[place] ^= 1
        #expect(
            try message("damaged", bytes)
                == "damaged:id: has a page with a wrong checksum; it is damaged, write it again")
    }
}
