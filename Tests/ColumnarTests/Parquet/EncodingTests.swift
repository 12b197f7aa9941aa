import Foundation
import Testing

@testable import Columnar

/// Each encoding alone: what the encoder writes the decoder reads, and fast paths agree with slow twins.
struct EncodingTests {
    private static func generator() -> (SeededGenerator, Comment) {
        let seed = UInt64.random(in: 0..<1_000_000)
        return (SeededGenerator(seed: seed), "seed \(seed)")
    }

    /// Numbers of up to `width` bits, in stretches.
    private func numbers(_ count: Int, width: Int, _ random: inout SeededGenerator) -> [UInt32] {
        var numbers: [UInt32] = []
        while numbers.count < count {
            let number = width == 0 ? 0 : UInt32.random(in: 0...UInt32.max >> UInt32(32 - width), using: &random)
            for _ in 0..<([1, 1, 1, 7, 8, 9, 50].randomElement(using: &random) ?? 1) { numbers.append(number) }
        }
        return Array(numbers[..<count])
    }

    @Test(arguments: 1...32)
    func runsAndPackedGroupsComeBack(width: Int) throws {
        var (random, seed) = Self.generator()
        for count in [0, 1, 7, 8, 9, 63, 64, 65, 1000, 3000] {
            let values = numbers(count, width: width, &random)
            let target = MutableBuffer()
            values.withUnsafeBufferPointer { RunLengthEncoder.append($0, bitWidth: width, to: target) }
            let bytes = target.freeze()
            var decoder = try RunLengthDecoder(bytes.bytes, bitWidth: width, count: count)
            var decoded = [UInt32](repeating: 0, count: count)
            try decoded.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { try decoder.decode(to: base) } }
            withExtendedLifetime(bytes) {}
            #expect(decoded == values, "\(count) values, \(seed)")
        }
    }

    @Test(arguments: 1...32)
    func unpackedGroupsAreThoseOfTheSlowTwin(width: Int) {
        var (random, seed) = Self.generator()
        let bytes = (0..<width * 5 + 8).map { _ in UInt8.random(in: 0...255, using: &random) }
        var fast = [UInt32](repeating: 0, count: 40)
        bytes.withUnsafeBytes { bytes in
            fast.withUnsafeMutableBufferPointer { output in
                guard let source = bytes.baseAddress, let base = output.baseAddress else { return }
                BitUnpacker.unpack(source, groups: 5, bitWidth: width, to: base)
            }
        }
        let slow = (0..<40).map { index in
            (0..<width).reduce(UInt32(0)) { value, bit in
                let position = index * width + bit
                return value | UInt32(bytes[position / 8] >> UInt8(position % 8) & 1) << UInt32(bit)
            }
        }
        #expect(fast == slow, seed)
    }

    @Test func damagedRunsAreRefused() throws {
        func decode(_ bytes: [UInt8], width: Int, count: Int) throws {
            let buffer = Buffer(copying: bytes)
            var output = [UInt32](repeating: 0, count: count)
            var decoder = try RunLengthDecoder(buffer.bytes, bitWidth: width, count: count)
            try output.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { try decoder.decode(to: base) } }
            withExtendedLifetime(buffer) {}
        }
        #expect(throws: DataError.self) { try decode([], width: 3, count: 8) }
        #expect(throws: DataError.self) { try decode([0], width: 3, count: 8) }
        #expect(throws: DataError.self) { try decode([1], width: 3, count: 8) }
        #expect(throws: DataError.self) { try decode([3, 1, 2], width: 3, count: 8) }
        #expect(throws: DataError.self) { try decode([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], width: 3, count: 8) }
        #expect(throws: DataError.self) { try decode([3, 1, 2, 3], width: 33, count: 8) }
        #expect(throws: Never.self) { try decode([3, 1, 2, 3], width: 3, count: 8) }
    }

    @Test(arguments: [0, 1, 2, 31, 32, 33, 127, 128, 129, 257, 1000], [1, 7, 20, 40, 62])
    func differencesComeBack(count: Int, bits: Int) throws {
        var (random, seed) = Self.generator()
        let values = (0..<count).map { _ in Int64.random(in: -(1 << bits - 1)...(1 << bits - 1), using: &random) }
        let extremes: [Int64] = [.min, .max, 0, .max, .min]
        for values in [values, values.sorted(), extremes] {
            let bytes = values.withUnsafeBufferPointer { DeltaBinaryPackedEncoder.encode($0) }
            var deltas = try DeltaBinaryPacked(bytes.bytes)
            var decoded = [Int64](repeating: 0, count: deltas.count)
            try decoded.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { try deltas.decode(to: base) } }
            #expect(decoded == values, seed)
            #expect(deltas.position == bytes.count)
            withExtendedLifetime(bytes) {}
        }
        let small = values.map { Int32(truncatingIfNeeded: $0) }
        let bytes = small.withUnsafeBufferPointer { DeltaBinaryPackedEncoder.encode($0) }
        var deltas = try DeltaBinaryPacked(bytes.bytes)
        var decoded = [UInt32](repeating: 0, count: deltas.count)
        try decoded.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { try deltas.decode(to: base) } }
        withExtendedLifetime(bytes) {}
        #expect(decoded.map { Int32(bitPattern: $0) } == small, seed)
    }

    @Test(arguments: [0, 0.1, 0.5, 0.9, 1])
    func spreadValuesStandWhereTheirBitsAre(share: Double) {
        var (random, seed) = Self.generator()
        for count in [1, 63, 64, 65, 128, 500] {
            var bits: [Bool] = []
            while bits.count < count {
                bits += Array(
                    repeating: .random(in: 0..<1, using: &random) < share, count: .random(in: 1...90, using: &random))
            }
            bits.removeLast(bits.count - count)
            let offset = Int.random(in: 0..<20, using: &random)
            let bitmap = Bitmap(Array(repeating: true, count: offset) + bits + Array(repeating: true, count: 80))
            let valid = bits.count { $0 }
            let dense = (0..<valid).map { _ in UInt32.random(in: 1...(.max), using: &random) }
            var spread = [UInt32](repeating: 7, count: count)
            dense.withUnsafeBytes { source in
                spread.withUnsafeMutableBufferPointer { output in
                    guard let base = output.baseAddress else { return }
                    NullSpreading.spread(
                        source.baseAddress ?? UnsafeRawPointer(base), count: valid,
                        validity: ValidBits(base: bitmap.buffer.base, offset: offset, count: count), to: base)
                }
            }
            var rest = dense[...]
            #expect(spread == bits.map { $0 ? rest.removeFirst() : 0 }, "\(count) rows, \(seed)")
        }
    }

    @Test func copiedAndFilledBitsAreThoseOfTheSlowTwin() {
        var (random, seed) = Self.generator()
        for _ in 0..<300 {
            let source = (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
            var target = (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
            var slow = target
            let count = Int.random(in: 0...300, using: &random)
            let (from, to) = (Int.random(in: 0...100, using: &random), Int.random(in: 0...100, using: &random))
            func set(_ position: Int, _ bit: Bool) {
                let mask = UInt8(1) << UInt8(position & 7)
                slow[position / 8] = bit ? slow[position / 8] | mask : slow[position / 8] & ~mask
            }
            for i in 0..<count { set(to + i, source[(from + i) / 8] >> UInt8((from + i) & 7) & 1 == 1) }
            copy(source, from, to: &target, to, count)
            #expect(target == slow, "\(count) bits from \(from) to \(to), \(seed)")
            let value = Bool.random(using: &random)
            for i in 0..<count { set(from + i, value) }
            fill(&target, value, from, count)
            #expect(target == slow, "\(count) bits at \(from), \(seed)")
        }
    }

    private func copy(_ source: [UInt8], _ from: Int, to target: inout [UInt8], _ to: Int, _ count: Int) {
        source.withUnsafeBytes { source in
            target.withUnsafeMutableBytes { target in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                Bitmap.copyBits(from: source, at: from, to: target, at: to, count: count)
            }
        }
    }

    private func fill(_ target: inout [UInt8], _ value: Bool, _ position: Int, _ count: Int) {
        target.withUnsafeMutableBytes { target in
            guard let target = target.baseAddress else { return }
            Bitmap.fillBits(value, in: target, at: position, count: count)
        }
    }

    @Test func textIsCheckedAsSwiftChecksIt() {
        var (random, seed) = Self.generator()
        let parts: [[UInt8]] = [
            Array("plain ascii of more than thirty-two bytes".utf8), Array("é".utf8), Array("漢".utf8), Array("😀".utf8),
            [0x80],
            [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff],
        ]
        for _ in 0..<500 {
            let strings = (0..<4).map { _ in
                (0..<Int.random(in: 0...3, using: &random)).flatMap { _ in
                    // Mostly whole characters, or no text would be valid.
                    parts[
                        Int.random(in: 0..<10, using: &random) < 9
                            ? Int.random(in: 0..<4, using: &random) : Int.random(in: 0..<parts.count, using: &random)]
                }
            }
            #expect(isUTF8(strings) == strings.allSatisfy { String(validating: $0, as: UTF8.self) != nil }, seed)
        }
        #expect(!isUTF8([[0xc3], [0xa9]]))
    }

    private func isUTF8(_ strings: [[UInt8]]) -> Bool {
        var offsets: [Int64] = [0]
        for string in strings { offsets.append((offsets.last ?? 0) + Int64(string.count)) }
        return strings.flatMap { $0 }.withUnsafeBytes { bytes in
            offsets.withUnsafeBufferPointer { UTF8Check.isValid(bytes, offsets: $0) }
        }
    }
}
