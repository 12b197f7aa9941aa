import Foundation
import Testing

@testable import Columnar

struct CodecTests {
    static let codecs: [Codec] = [.none, .snappy, .gzip, .zstd(level: 1), .zstd(level: 9), .lz4, .hadoopLZ4]

    private func packed(_ bytes: [UInt8], _ codec: Codec) -> [UInt8] {
        let target = MutableBuffer()
        bytes.withUnsafeBytes { codec.compress($0, to: target) }
        return withExtendedLifetime(target) { Array(UnsafeRawBufferPointer(start: target.base, count: target.count)) }
    }

    private func unpacked(_ bytes: [UInt8], _ codec: Codec, length: Int) throws -> [UInt8] {
        let target = MutableBuffer(uninitialized: length)
        try bytes.withUnsafeBytes { try codec.decompress($0, into: target) }
        return withExtendedLifetime(target) { Array(UnsafeRawBufferPointer(start: target.base, count: target.count)) }
    }

    @Test(arguments: codecs, [0, 1, 100, 65_536, 300_000])
    func bytesComeBack(codec: Codec, count: Int) throws {
        var random = SeededGenerator(seed: 7)
        let bytes = (0..<count).map { _ in UInt8.random(in: 0..<20, using: &random) }
        #expect(try unpacked(packed(bytes, codec), codec, length: count) == bytes)
    }

    @Test(arguments: codecs)
    func compressedBytesAreAppended(codec: Codec) throws {
        let target = MutableBuffer()
        target.append(UInt8(42))
        [1, 2, 3].withUnsafeBytes { codec.compress($0, to: target) }
        #expect(target.base.load(as: UInt8.self) == 42 && target.count > 1)
    }

    @Test(arguments: codecs)
    func wrongLengthsAndDamageAreRefused(codec: Codec) {
        let bytes = [UInt8](repeating: 5, count: 1000) + (0..<200).map { UInt8($0) }
        let whole = packed(bytes, codec)
        #expect(throws: Codec.Failure.self) { try unpacked(whole, codec, length: bytes.count + 1) }
        #expect(throws: Codec.Failure.self) {
            try unpacked(Array(whole.dropLast(whole.count / 2)), codec, length: bytes.count)
        }
        #expect(throws: Codec.Failure.self) { try unpacked([], codec, length: bytes.count) }
    }

    @Test func hadoopsFramesOfSeveralBlocksAndNoFramesAtAllAreRead() throws {
        func block(_ bytes: [UInt8]) -> [UInt8] {
            let raw = packed(bytes, .lz4)
            return [0, 0, 0, UInt8(raw.count)] + raw
        }
        let frames = [0, 0, 0, 5] + block([1, 2, 3]) + block([4, 5]) + [0, 0, 0, 1] + block([6])
        #expect(try unpacked(frames, .hadoopLZ4, length: 6) == [1, 2, 3, 4, 5, 6])
        #expect(try unpacked(packed([7, 8, 9], .lz4), .hadoopLZ4, length: 3) == [7, 8, 9])
    }

    @Test func gzipMembersThatFollowEachOtherAreOne() throws {
        let two = packed([1, 2, 3], .gzip) + packed([4, 5], .gzip)
        #expect(try unpacked(two, .gzip, length: 5) == [1, 2, 3, 4, 5])
    }
}
