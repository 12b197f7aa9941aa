import Columnar
import Testing

@testable import FeatureStore

@Suite struct EncodedKeysTests {
    private static func bytes(_ keys: EncodedKeys) -> [[UInt8]] {
        withExtendedLifetime(keys) { (0..<keys.count).map { Array(keys.bytes(at: $0)) } }
    }

    private static func words(_ buffer: Buffer) -> [UInt64] {
        withExtendedLifetime(buffer) { Array(buffer.elements(as: UInt64.self)) }
    }

    /// Keys with many repetitions, encoded.
    private static func randomKeys(
        _ types: [FeatureType], count: Int, distinct: Int, _ random: inout SeededGenerator
    ) -> (values: [[Value]], encoded: EncodedKeys) {
        let pool = KeyEncoderTests.randomKeys(types, count: distinct, &random)
        let keys = (0..<count).map { _ in pool[random.number(0...distinct - 1)] }
        return (keys, KeyEncoder(types).encode(KeyEncoderTests.columns(keys, types)))
    }

    @Test(arguments: KeyEncoderTests.keyTypes.indices, 1...4)
    func ranksOrderAsTheKeysDoAndAreEqualJustForEqualKeys(types: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let (keys, encoded) = Self.randomKeys(KeyEncoderTests.keyTypes[types], count: 80, distinct: 30, &random)
        let ranks = Self.words(encoded.ranks())
        for a in keys.indices {
            for b in keys.indices {
                #expect((ranks[a] == ranks[b]) == (keys[a] == keys[b]), "seed \(seed)")
                #expect(
                    (ranks[a] < ranks[b]) == KeyEncoderTests.obviouslyPrecedes(keys[a], keys[b]), "seed \(seed)")
            }
        }
    }

    @Test func ranksOfManyDifferentKeysAreTheirPlaces() {
        let texts = (0..<5000).map { "key-\($0 * 7919 % 5000)" }
        let encoded = KeyEncoder([.string]).encode([Column(.string, texts.map(Value.string))])
        let sorted = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let places = Dictionary(uniqueKeysWithValues: zip(sorted, UInt64(0)...))
        #expect(Self.words(encoded.ranks()) == texts.compactMap { places[$0] })
    }

    @Test(arguments: KeyEncoderTests.keyTypes.indices)
    func takenAndJoinedKeysAreTheSameKeys(types: Int) {
        var random = SeededGenerator(seed: 11)
        let (_, keys) = Self.randomKeys(KeyEncoderTests.keyTypes[types], count: 50, distinct: 40, &random)
        let all = Self.bytes(keys)
        let rows = (0..<90).map { _ in random.number(0...49) }
        let taken = keys.taking(rows)
        #expect(Self.bytes(taken) == rows.map { all[$0] })
        #expect(Self.words(taken.prefixes) == rows.map { Self.words(keys.prefixes)[$0] })
        let joined = EncodedKeys.concatenating([keys, taken, keys.taking([])])
        #expect(Self.bytes(joined) == all + rows.map { all[$0] })
        #expect(joined.compare(50, with: keys, rows[0]) == 0)
        withExtendedLifetime((joined, keys)) {}
    }

    @Test func takingKeepsWhichKeysAreNull() {
        let keys = KeyEncoder([.int64]).encode([Column(.int64, [.int(1), .null, .int(3)])])
        let taken = keys.taking([1, 2, 1])
        #expect((0..<3).map(taken.isNull) == [true, false, true])
    }

    @Test func noKeysJoinToNone() {
        #expect(EncodedKeys.concatenating([]).count == 0)
        #expect(KeyEncoder([.string]).encode([Column(.string, [])]).ranks().count == 0)
    }
}
