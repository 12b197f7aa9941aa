import Foundation
import Testing

@testable import Columnar

/// Damaged files: whatever the bytes, a read ends, with rows or with an error, and touches nothing outside the file.
@Suite struct ParquetMutationTests {
    /// Small files of all kinds, to be damaged.
    private static func originals() throws -> [[UInt8]] {
        var tables = RandomTables(seed: 23)
        var files: [[UInt8]] = []
        let types = RandomTables.flatTypes + RandomTables.listTypes
        for codec in [Codec.none, .snappy, .gzip, .zstd(level: 1)] {
            for encoding in [ParquetWriterOptions.Encoding.plain, .dictionary] {
                for part in [Array(types[..<8]), Array(types[8..<17]), Array(types[17...])] {
                    let table = tables.table(part, rows: 40)
                    let options = ParquetRoundTripTests.options(
                        codec, encoding, rowGroupRows: 25, fields: table.fields)
                    let file = TemporaryFile("x.parquet")
                    _ = try ParquetRoundTripTests.write(table, to: file, options)
                    files.append(file.bytes)
                }
            }
        }
        return files
    }

    private static func damage(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
        case 1:
            let start = Int.random(in: 0..<bytes.count, using: &random)
            bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...20, using: &random)))
        case 2: bytes.insert(.random(in: 0...255, using: &random), at: Int.random(in: 0...bytes.count, using: &random))
        default: break
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            // The footer, at the end, is where lengths and places are.
            let last = Bool.random(using: &random) ? bytes.count : min(bytes.count, 400)
            let position = bytes.count - Int.random(in: 1...last, using: &random)
            bytes[position] =
                Bool.random(using: &random)
                ? bytes[position] ^ 1 << UInt8.random(in: 0..<8, using: &random)
                : [0, 1, 127, 128, 255].randomElement(using: &random) ?? 0
        }
        return bytes
    }

    /// Reads all that can be read, column by column, runs too, so that one damaged column hides no other.
    private static func readEverything(_ path: String) -> Bool {
        guard let file = try? ParquetFile(path: path) else { return false }
        var isWhole = true
        for column in file.fields.indices {
            for group in file.rowGroups.indices {
                _ = file.maximum(of: column, rowGroup: group)
                _ = try? file.readRuns(column, rowGroup: group)
                guard let read = try? file.readColumn(column, rowGroup: group) else {
                    isWhole = false
                    continue
                }
                // Every cell is looked at: an offset that leads outside would be found here.
                isWhole = read.exactCells.count == file.rowGroups[group].rowCount && isWhole
            }
        }
        return isWhole
    }

    @Test(.timeLimit(.minutes(2))) func damagedFilesAreReadOrRefused() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("damagedFilesAreReadOrRefused: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let originals = try Self.originals()
        let clock = ContinuousClock()
        let start = clock.now
        var rounds = 0
        let file = TemporaryFile("x.parquet")
        while clock.now - start < .seconds(4) {
            let bytes = Self.damage(originals.randomElement(using: &random) ?? [], &random)
            try Data(bytes).write(to: URL(fileURLWithPath: file.path))
            _ = Self.readEverything(file.path)
            rounds += 1
        }
        #expect(rounds > 20, "seed \(seed)")
        for original in originals {
            try Data(original).write(to: URL(fileURLWithPath: file.path))
            #expect(Self.readEverything(file.path), "what was not damaged reads whole")
        }
    }
}
