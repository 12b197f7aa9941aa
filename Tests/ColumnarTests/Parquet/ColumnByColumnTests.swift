import Columnar
import Testing

/// Row groups that are written column by column hold what they hold when they are written row by row.
@Suite struct ColumnByColumnTests {
    @Test(arguments: 0..<40)
    func readsBackAsWritten(seed: UInt64) throws {
        var tables = RandomTables(seed: seed)
        let folder = try TemporaryDirectory()
        let path = folder.file("columns.parquet")
        let table = tables.table(RandomTables.flatTypes + RandomTables.listTypes, rows: 500)
        var options = ParquetWriterOptions()
        options.pageRows = 50
        options.isReadInPlace = seed % 2 == 0
        options.compression = seed % 3 == 0 ? .zstd(level: 1) : .none
        let writer = try ParquetWriter(path: path, fields: table.fields, options: options)
        var start = 0
        while start < table.rowCount {
            // Some rows the usual way, then some row groups by columns.
            let usual = Int.random(in: 0...60, using: &tables.random)
            let end = min(table.rowCount, start + usual)
            try writer.write(table.slice(start..<end))
            start = end
            var counts: [Int] = []
            while start < table.rowCount, counts.count < 3 {
                let count = min(table.rowCount - start, Int.random(in: 1...120, using: &tables.random))
                counts.append(count)
                start += count
            }
            guard !counts.isEmpty else { continue }
            try writer.beginRowGroups(counts)
            for column in table.columns {
                try writer.writeColumn { _, rows in column.slice(end + rows.lowerBound..<end + rows.upperBound) }
            }
        }
        let summary = try writer.close()
        let file = try ParquetFile(path: path)
        #expect(summary.rows == 500)
        #expect(summary.checksum == (try Checksum(ofFile: path)))
        #expect(try file.read().canonicalText == table.canonicalText, "seed \(seed)")
    }

    @Test func chunksThatACodecDoesNotMakeSmallerAreStoredAsTheyAre() throws {
        var random = SeededGenerator(seed: 5)
        let folder = try TemporaryDirectory()
        let fields = [Field("noise", .float64), Field("steps", .float64)]
        let noise = (0..<20_000).map { _ in
            Value.float64(Double(bitPattern: UInt64.random(in: 0...(.max >> 2), using: &random)))
        }
        let steps = (0..<20_000).map { Value.float64(Double($0)) }
        let table = Table(fields: fields, columns: [Column(.float64, noise), Column(.float64, steps)])
        let path = folder.file("noise.parquet")
        let writer = try ParquetWriter(path: path, fields: fields)
        try writer.write(table)
        _ = try writer.close()
        let file = try ParquetFile(path: path)
        let chunks = file.fields.indices.map { file.columnChunk(of: $0, rowGroup: 0) }
        #expect(chunks[0].compressedBytes == chunks[0].uncompressedBytes)
        #expect(chunks[1].compressedBytes * 2 < chunks[1].uncompressedBytes)
        #expect(try file.read().canonicalText == table.canonicalText)
    }
}
