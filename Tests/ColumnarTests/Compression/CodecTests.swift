import Testing

@testable import Columnar

@Suite struct CodecTests {
    static let codecs: [Codec] = [.none, .snappy, .gzip, .zstd(level: 1), .zstd(level: 19)]

    private static func randomBytes(_ random: inout SeededGenerator) -> Buffer {
        let count = [0, 1, 100, 5000, 70_000].randomElement(using: &random) ?? 0
        let alphabet = [UInt8(1), 2, 255].randomElement(using: &random) ?? 1
        return Buffer(copying: (0..<count).map { _ in UInt8.random(in: 0...alphabet, using: &random) })
    }

    private static func compress(_ bytes: Buffer, _ codec: Codec) -> Buffer {
        let target = MutableBuffer()
        codec.compress(bytes.bytes, to: target)
        return target.freeze()
    }

    @Test(arguments: codecs)
    func whatIsCompressedComesBack(codec: Codec) throws {
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            let original = Self.randomBytes(&random)
            let packed = Self.compress(original, codec)
            let unpacked = try codec.decompress(packed.bytes, length: original.count)
            #expect(unpacked.bytes.elementsEqual(original.bytes), "seed \(seed)")
        }
    }

    @Test(arguments: codecs)
    func compressingAppendsBehindWhatIsThere(codec: Codec) {
        let target = MutableBuffer()
        target.append(UInt8(42))
        codec.compress(Buffer(copying: [1, 2, 3]).bytes, to: target)
        let bytes = target.freeze().bytes
        #expect(bytes[0] == 42 && bytes.count > 1)
    }

    @Test(arguments: codecs)
    func aWrongLengthIsAFailure(codec: Codec) {
        let original = Buffer(copying: (0..<1000).map { UInt8($0 % 7) })
        let packed = Self.compress(original, codec)
        for length in [0, 1, 999, 1001, 100_000] where !(codec == .gzip && length < 1000) {
            #expect(throws: Codec.Failure.self, "\(length)") { try codec.decompress(packed.bytes, length: length) }
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
                try codec.decompress(packed.slice(0..<length).bytes, length: original.count)
            }
        }
    }

    @Test(arguments: codecs)
    func damagedBlocksAreAFailureOrOtherBytesButNeverATrap(codec: Codec) {
        var random = SeededGenerator(seed: 3)
        let original = Buffer(copying: (0..<1000).map { UInt8($0 % 7) })
        let packed = Array(Self.compress(original, codec).bytes)
        for _ in 0..<500 {
            var damaged = packed
            damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(in: 0...255, using: &random)
            let unpacked = try? codec.decompress(Buffer(copying: damaged).bytes, length: original.count)
            #expect(unpacked == nil || unpacked?.count == original.count)
        }
    }

    @Test func severalGzipMembersReadAsOne() throws {
        let target = MutableBuffer()
        Codec.gzip.compress(Buffer(copying: [1, 2, 3]).bytes, to: target)
        Codec.gzip.compress(Buffer(copying: [4, 5]).bytes, to: target)
        let packed = target.freeze()
        #expect(try Array(Codec.gzip.decompress(packed.bytes, length: 5).bytes) == [1, 2, 3, 4, 5])
    }
}
