import Columnar
import Testing

@testable import FeatureStore

@Suite struct KeyEncoderTests {
    /// The types of keys that are tried: single ones, pairs, and one of everything.
    static let keyTypes: [[FeatureType]] = [
        [.int64], [.int32], [.bool], [.string], [.bytes], [.int32, .int32], [.string, .string], [.int32, .bool],
        [.string, .int64], [.bytes, .bytes], [.bool, .string, .int32, .bytes, .int64], [.int64, .int64],
    ]

    static func randomValue(_ type: FeatureType, _ random: inout SeededGenerator) -> Value {
        switch type {
        case .bool: .bool(random.chance(0.5))
        case .int32:
            .int(
                random.chance(0.5)
                    ? Int64(random.number(-3...3)) : Int64(Int32.random(in: .min ... .max, using: &random)))
        case .string:
            .string((0..<random.number(0...10)).map { _ in ["a", "b", "\u{0}", "é"][random.number(0...3)] }.joined())
        case .bytes: .bytes((0..<random.number(0...10)).map { _ in [0, 1, 2, 254, 255][random.number(0...4)] })
        default:
            .int(random.chance(0.5) ? Int64(random.number(-3...3)) : Int64.random(in: .min ... .max, using: &random))
        }
    }

    static func randomKeys(_ types: [FeatureType], count: Int, _ random: inout SeededGenerator) -> [[Value]] {
        (0..<count).map { _ in types.map { randomValue($0, &random) } }
    }

    static func columns(_ keys: [[Value]], _ types: [FeatureType]) -> [Column] {
        types.enumerated().map { place, type in Column(type.dataType, keys.map { $0[place] }) }
    }

    /// The typed order, component by component: the oracle.
    static func obviouslyPrecedes(_ a: [Value], _ b: [Value]) -> Bool {
        for (left, right) in zip(a, b) where left != right {
            switch (left, right) {
            case (.int(let x), .int(let y)): return x < y
            case (.bool(let x), .bool(let y)): return !x && y
            case (.string(let x), .string(let y)): return x.utf8.lexicographicallyPrecedes(y.utf8)
            case (.bytes(let x), .bytes(let y)): return x.lexicographicallyPrecedes(y)
            default: return false
            }
        }
        return false
    }

    @Test(arguments: keyTypes.indices, 1...5)
    func bytesOrderAsTheTypedKeysDo(types: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let types = Self.keyTypes[types]
        let keys = Self.randomKeys(types, count: 60, &random)
        let encoded = KeyEncoder(types).encode(Self.columns(keys, types))
        for a in keys.indices {
            for b in keys.indices {
                let order = encoded.compare(a, with: encoded, b)
                #expect((order < 0) == Self.obviouslyPrecedes(keys[a], keys[b]), "seed \(seed): \(keys[a]), \(keys[b])")
                #expect((order == 0) == (keys[a] == keys[b]), "seed \(seed): \(keys[a]), \(keys[b])")
                let bytes = (Array(encoded.bytes(at: a)), Array(encoded.bytes(at: b)))
                #expect((order < 0) == bytes.0.lexicographicallyPrecedes(bytes.1), "seed \(seed)")
            }
        }
        withExtendedLifetime(encoded) {}
    }

    @Test(arguments: keyTypes.indices)
    func keysDecodeToTheirValues(types: Int) {
        var random = SeededGenerator(seed: 3)
        let types = Self.keyTypes[types]
        let encoder = KeyEncoder(types)
        for key in Self.randomKeys(types, count: 200, &random) {
            let bytes = encoder.encode(key)
            #expect(bytes?.withUnsafeBytes { encoder.decode($0) } == key)
        }
    }

    @Test func oneKeyEncodesAsItDoesInAColumn() {
        var random = SeededGenerator(seed: 5)
        for types in Self.keyTypes {
            let keys = Self.randomKeys(types, count: 20, &random)
            let encoder = KeyEncoder(types)
            let encoded = encoder.encode(Self.columns(keys, types))
            for (row, key) in keys.enumerated() { #expect(encoder.encode(key) == Array(encoded.bytes(at: row))) }
            withExtendedLifetime(encoded) {}
        }
    }

    @Test func componentsNeverGlue() {
        let encoder = KeyEncoder([.string, .string])
        let pairs: [[Value]] = [
            [.string("1"), .string("23")], [.string("12"), .string("3")], [.string(""), .string("123")],
            [.string("123"), .string("")], [.string("1\u{0}"), .string("23")], [.string("1"), .string("\u{0}23")],
            [.string("1\u{0}\u{1}23"), .string("")],
        ]
        #expect(Set(pairs.compactMap(encoder.encode)).count == pairs.count)
    }

    @Test func keysThatAreNullOrOfAnotherTypeHaveNoBytes() {
        let encoder = KeyEncoder([.int32, .string])
        #expect(encoder.encode([.int(1), .null]) == nil)
        #expect(encoder.encode([.int(1)]) == nil)
        #expect(encoder.encode([.int(1), .int(2)]) == nil)
        #expect(encoder.encode([.int(1 << 40), .string("a")]) == nil)
    }

    @Test func rowsWithANullComponentAreMarked() {
        for types in [[FeatureType.int64, .string], [.int64, .int64]] {
            let second: [Value] =
                types[1] == .string ? [.string("a"), .null, .string("b")] : [.int(1), .null, .int(2)]
            let encoded = KeyEncoder(types).encode([
                Column(.int64, [.null, .int(2), .int(3)]), Column(types[1].dataType, second),
            ])
            #expect((0..<3).map(encoded.isNull) == [true, true, false])
        }
        let single = KeyEncoder([.int64]).encode([Column(.int64, [.null, .int(2)])])
        #expect((0..<2).map(single.isNull) == [true, false])
    }

    @Test(arguments: keyTypes.indices)
    func damagedKeysDecodeToNothingOrOtherValuesButNeverTrap(types: Int) throws {
        var random = SeededGenerator(seed: 7)
        let encoder = KeyEncoder(Self.keyTypes[types])
        for key in Self.randomKeys(encoder.types, count: 100, &random) {
            let bytes = try #require(encoder.encode(key))
            for length in bytes.indices {
                #expect(bytes[..<length].withUnsafeBytes { encoder.decode($0) } == nil, "\(key) cut to \(length)")
            }
            #expect((bytes + [0]).withUnsafeBytes { encoder.decode($0) } == nil, "\(key) and a byte more")
            var damaged = bytes
            damaged[random.number(0...damaged.count - 1)] = UInt8(random.number(0...255))
            if let other = damaged.withUnsafeBytes({ encoder.decode($0) }) { #expect(other.count == key.count) }
        }
    }
}
