import Testing

@testable import Columnar

@Suite struct RunLengthTests {
    /// Values in runs of random length, so that repeated and packed runs alternate.
    private static func randomValues(_ random: inout SeededGenerator, bitWidth: Int) -> [UInt32] {
        let greatest = bitWidth == 32 ? UInt32.max : UInt32(1) << UInt32(bitWidth) - 1
        var values: [UInt32] = []
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            let length = [1, 1, 1, 2, 7, 8, 9, 15, 16, 17, 100].randomElement(using: &random) ?? 1
            values += [UInt32](repeating: UInt32.random(in: 0...greatest, using: &random), count: length)
        }
        return values
    }

    private static func decode(_ bytes: Buffer, bitWidth: Int, count: Int) throws -> [UInt32] {
        try [UInt32](unsafeUninitializedCapacity: max(count, 1)) { output, initialized in
            guard let base = output.baseAddress else { return }
            try RunLengthDecoder.decode(bytes.bytes, bitWidth: bitWidth, count: count, to: base)
            initialized = count
        }
    }

    @Test(arguments: 1...32)
    func randomRunsComeBack(bitWidth: Int) throws {
        for seed in UInt64(0)..<60 {
            var random = SeededGenerator(seed: seed)
            let values = Self.randomValues(&random, bitWidth: bitWidth)
            let target = MutableBuffer()
            target.appendRuns(values, bitWidth: bitWidth)
            let read = try Self.decode(target.freeze(), bitWidth: bitWidth, count: values.count)
            #expect(read == values, "seed \(seed), width \(bitWidth)")
        }
    }

    @Test func aWidthOfZeroMeansZeros() throws {
        #expect(try Self.decode(Buffer(copying: [0x14]), bitWidth: 0, count: 10) == [UInt32](repeating: 0, count: 10))
        #expect(try Self.decode(Buffer(copying: [0x05]), bitWidth: 0, count: 10) == [UInt32](repeating: 0, count: 10))
    }

    @Test func theFormatsOwnExampleReadsAsItSays() throws {
        // Encodings.md: the numbers 0 through 7 in three bits.
        let packed: [UInt8] = [0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010]
        #expect(try Self.decode(Buffer(copying: packed), bitWidth: 3, count: 8) == [0, 1, 2, 3, 4, 5, 6, 7])
    }

    @Test func aRunLongerThanAskedForIsCut() throws {
        #expect(try Self.decode(Buffer(copying: [200, 1, 7]), bitWidth: 3, count: 5) == [7, 7, 7, 7, 7])
    }

    @Test func aPackedRunWhoseUnneededEndIsMissingIsRead() throws {
        #expect(try Self.decode(Buffer(copying: [0x03, 0b1000_1000]), bitWidth: 3, count: 2) == [0, 1])
    }

    @Test(arguments: [[], [0x80], [0x02], [0x00, 0x01], [0x01], [0x03], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]])
    func missingBytesAndEmptyRunsAreFailures(bytes: [UInt8]) {
        #expect(throws: RunLengthDecoder.Failure.self) {
            try Self.decode(Buffer(copying: bytes), bitWidth: 8, count: 4)
        }
    }

    @Test func aWidthThatCannotBeIsAFailure() {
        #expect(throws: RunLengthDecoder.Failure.self) {
            try Self.decode(Buffer(copying: [2, 1]), bitWidth: 33, count: 1)
        }
    }

    @Test(arguments: 1...20)
    func randomBytesGiveValuesOrAFailure(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let count = Int.random(in: 0...1000, using: &random)
            let bitWidth = Int.random(in: 0...32, using: &random)
            // Nothing is promised of the values; the promise is that no byte outside is read and nothing traps.
            let values = try? Self.decode(Buffer(copying: bytes), bitWidth: bitWidth, count: count)
            #expect(values == nil || values?.count == count, "seed \(seed)")
        }
    }
}
