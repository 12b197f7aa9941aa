import Testing

@testable import Columnar

@Suite struct CodecTests {
    static let codecs: [Codec] = [.none, .snappy, .gzip, .zstd(level: 1), .zstd(level: 19)]

    private static func randomBytes(_ random: inout SeededGenerator) -> Buffer {
        let count = [0, 1, 100, 5000, 70_000].randomElement(using: &random) ?? 0
        let alphabet: UInt8 = [1, 2, 255].randomElement(using: &random) ?? 1
        let bytes: [UInt8] = (0..<count).map { _ in .random(in: 0...alphabet, using: &random) }
        return Buffer(copying: bytes)
    }

    private static func compress(_ bytes: Buffer, _ codec: Codec) -> Buffer {
        let target = MutableBuffer()
        withExtendedLifetime(bytes) { codec.compress(bytes.bytes, to: target) }
        return target.freeze()
    }

    private static func decompress(_ packed: Buffer, _ codec: Codec, length: Int) throws -> [UInt8] {
        let unpacked = try withExtendedLifetime(packed) { try codec.decompress(packed.bytes, length: length) }
        return unpacked.array
    }

    @Test(arguments: codecs)
    func whatIsCompressedComesBack(codec: Codec) throws {
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            let original = Self.randomBytes(&random)
            let packed = Self.compress(original, codec)
            #expect(try Self.decompress(packed, codec, length: original.count) == original.array, "seed \(seed)")
        }
    }

    @Test(arguments: codecs)
    func compressingAppendsBehindWhatIsThere(codec: Codec) {
        let target = MutableBuffer()
        target.append(UInt8(42))
        let original = Buffer(copying: [1, 2, 3])
        withExtendedLifetime(original) { codec.compress(original.bytes, to: target) }
        let bytes = target.freeze().array
        #expect(bytes[0] == 42 && bytes.dropFirst().elementsEqual(Self.compress(original, codec).array))
    }

    @Test(arguments: codecs)
    func aWrongLengthIsAFailure(codec: Codec) {
        let original = Buffer(copying: (0..<1000).map { UInt8($0 % 7) })
        let packed = Self.compress(original, codec)
        for length in [0, 1, 999, 1001, 100_000] where !(codec == .gzip && length < 1000) {
            #expect(throws: Codec.Failure.self, "\(length)") { try Self.decompress(packed, codec, length: length) }
        }
    }

    @Test(arguments: codecs)
    func cutOffAndEmptyBlocksAreAFailure(codec: Codec) {
        let original = Buffer(copying: (0..<1000).map { UInt8($0 % 7) })
        let packed = Self.compress(original, codec)
        // The last eight bytes of a gzip member are its checksum, which a page's length makes needless.
        let needed = codec == .gzip ? packed.count - 12 : packed.count
        for length in 0..<needed {
            #expect(throws: Codec.Failure.self, "\(length)") {
                try Self.decompress(packed.slice(0..<length), codec, length: original.count)
            }
        }
    }

    @Test(arguments: codecs)
    func damagedBlocksAreAFailureOrOtherBytesButNeverATrap(codec: Codec) {
        var random = SeededGenerator(seed: 3)
        let original = Buffer(copying: (0..<1000).map { UInt8($0 % 7) })
        let packed = Self.compress(original, codec).array
        for _ in 0..<500 {
            var damaged = packed
            damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(in: 0...255, using: &random)
            let unpacked = try? Self.decompress(Buffer(copying: damaged), codec, length: original.count)
            #expect(unpacked == nil || unpacked?.count == original.count)
        }
    }

    @Test func severalGzipMembersReadAsOne() throws {
        let members = [[1, 2, 3], [4, 5]].map { Self.compress(Buffer(copying: $0), .gzip).array }
        let packed = Buffer(copying: members[0] + members[1])
        #expect(try Self.decompress(packed, .gzip, length: 5) == [1, 2, 3, 4, 5])
    }
}
