import Foundation
import Testing

@testable import Columnar

/// Damaged files never crash, hang or ask for absurd memory: they are refused, or read as something of the right shape.
/// `make fuzz` looks for longer, and guided by what the code does.
struct ParquetMutationTests {
    /// Files of pyarrow, Polars and DuckDB in all encodings, made by Tests/Corpus/make_parquet.py.
    private static let corpus = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Corpus/parquet")
        .standardized

    @Test func filesOfTheCorpusAreRead() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.corpus, includingPropertiesForKeys: nil)
        #expect(files.count > 25)
        for file in files {
            #expect(
                ParquetProbe.readEverything(Buffer(copying: try Data(contentsOf: file))), "\(file.lastPathComponent)")
        }
    }

    @Test func damagedFilesAreRefusedOrRead() throws {
        let corpus = try FileManager.default.contentsOfDirectory(at: Self.corpus, includingPropertiesForKeys: nil)
        let originals = try corpus.map { [UInt8](try Data(contentsOf: $0)) } + ownFiles(try TemporaryDirectory())
        let seed = UInt64.random(in: 0..<1_000_000)
        print("mutation seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let end = ContinuousClock.now + .seconds(5)
        var (refused, read) = (0, 0)
        while ContinuousClock.now < end {
            guard var bytes = originals.randomElement(using: &random) else { break }
            damage(&bytes, &random)
            if ParquetProbe.readEverything(Buffer(copying: bytes)) { read += 1 } else { refused += 1 }
        }
        print("\(refused) damaged files refused, \(read) read")
        #expect(refused > 0)
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
            options.pageRows = 50
            options.bloomFilters = Set(sample.fields.map(\.name))
            let writer = try ParquetWriter(path: folder.file("own"), fields: sample.fields, options: options)
            try writer.write(sample)
            _ = try writer.close()
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("own"))))
        }
    }
}
