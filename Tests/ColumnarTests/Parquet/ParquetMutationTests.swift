import Columnar
import Foundation
import Testing

/// Damaged files never crash, hang or ask for absurd memory: they are refused, or read as something of the right shape.
struct ParquetMutationTests {
    @Test func damagedFilesAreRefusedOrRead() throws {
        let folder = try TemporaryDirectory()
        var originals = try ownFiles(folder)
        if Python.executable != nil { originals += try pyarrowFiles(folder) }
        let seed = UInt64.random(in: 0..<1_000_000)
        print("mutation seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let end = ContinuousClock.now + .seconds(5)
        var (refused, read) = (0, 0)
        while ContinuousClock.now < end {
            guard var bytes = originals.randomElement(using: &random) else { break }
            damage(&bytes, &random)
            let path = folder.file("damaged.parquet")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do throws(DataError) {
                try readEverything(path)
                read += 1
            } catch {
                #expect(!error.message.isEmpty)
                refused += 1
            }
        }
        print("\(refused) damaged files refused, \(read) read")
        #expect(refused > 0)
    }

    private func readEverything(_ path: String) throws(DataError) {
        let file = try ParquetFile(path: path)
        // A change of the footer can make a small file claim billions of rows in runs: true, but slow to look at here.
        guard file.rowCount < 1_000_000 else { return }
        let table = try file.read()
        for column in table.columns where column.count > 0 {
            _ = column.value(at: 0)
            _ = column.value(at: column.count - 1)
        }
        for rowGroup in file.rowGroups.indices {
            for column in file.fields.indices {
                guard let runs = try file.readRuns(column, rowGroup: rowGroup) else { continue }
                #expect(runs.lengths.reduce(0) { $0 + Int($1) } == file.rowGroups[rowGroup].rowCount)
            }
        }
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes[place] = .random(in: 0...255, using: &random)
            case 1: bytes[place] = 0xff
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...9, using: &random)))
            case 3: bytes.insert(.random(in: 0...255, using: &random), at: place)
            case 4 where bytes.count > 40:
                // A shorter file with its end intact.
                let count = Int.random(in: 1..<bytes.count - 20, using: &random)
                bytes.removeSubrange(4..<min(4 + count, bytes.count - 12))
            default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            if bytes.count < 16 { bytes += [UInt8](repeating: 0, count: 16) }
        }
    }

    private func ownFiles(_ folder: TemporaryDirectory) throws -> [[UInt8]] {
        var random = SeededGenerator(seed: 1)
        let sample = SampleTable.make(rows: 300, nulls: 0.2, using: &random)
        return try [Codec.none, .snappy, .gzip, .zstd(level: 1), .lz4, .hadoopLZ4].map { codec in
            var options = ParquetWriterOptions()
            options.compression = codec
            options.rowGroupRows = 200
            let writer = try ParquetWriter(path: folder.file("own"), fields: sample.fields, options: options)
            try writer.write(sample)
            _ = try writer.close()
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("own"))))
        }
    }

    /// With the encodings that we do not write.
    private func pyarrowFiles(_ folder: TemporaryDirectory) throws -> [[UInt8]] {
        _ = try Python.run(
            """
            table = pa.table({
                'i': [i * 7 for i in range(200)], 's': ['prefix' + str(i) for i in range(200)],
                't': [None if i % 3 else 'x' * (i % 5) for i in range(200)], 'f': [i / 3 for i in range(200)],
                'b': [i % 3 == 0 for i in range(200)], 'l': [[1.0] * (i % 3) for i in range(200)],
            })
            delta = {'i': 'DELTA_BINARY_PACKED', 's': 'DELTA_BYTE_ARRAY', 't': 'DELTA_LENGTH_BYTE_ARRAY',
                'f': 'BYTE_STREAM_SPLIT', 'b': 'RLE'}
            for i in range(8):
                pq.write_table(table, sys.argv[1] + str(i), column_encoding=delta if i % 2 else None, use_dictionary=i % 2 == 0,
                    data_page_version='2.0' if i // 2 % 2 else '1.0', compression='NONE' if i // 4 else 'SNAPPY')
            """, folder.file("pyarrow"))
        return try (0..<8).map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("pyarrow\($0)")))) }
    }
}
