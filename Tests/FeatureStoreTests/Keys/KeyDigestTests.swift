import Columnar
import Testing

@testable import FeatureStore

@Suite struct KeyDigestTests {
    /// The first of the reference implementation's vectors (vectors.h, siphash-2-4-128): key 00…0f, input 00, 01, ….
    @Test(arguments: [(0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45")])
    func digestsAreThoseOfTheReference(length: Int, expected: String) {
        let digest = KeyDigest(secret: (0..<16).map { UInt8($0) })
        let input = (0..<length).map { UInt8($0) }
        #expect(input.withUnsafeBytes { digest.digest(of: $0) }.description == expected)
    }

    @Test func aDigestIsReadAsItWasWritten() {
        let digest = KeyDigest(secret: [UInt8](repeating: 7, count: 16))
        for length in 0..<40 {
            let value = [UInt8](repeating: 3, count: length).withUnsafeBytes { digest.digest(of: $0) }
            #expect(KeyDigest.Value(value.description) == value)
        }
        #expect(KeyDigest.Value("12") == nil && KeyDigest.Value(String(repeating: "g", count: 32)) == nil)
    }

    @Test func equalValuesOfOtherNamesAreToldApart() {
        let digest = KeyDigest(secret: [UInt8](repeating: 7, count: 16))
        func value(_ names: [String]) -> KeyDigest.Value {
            [UInt8(1)].withUnsafeBytes { digest.forKeys(named: names).digest(of: $0) }
        }
        #expect(Set([value(["a"]), value(["b"]), value(["a", "b"]), value(["ab"])]).count == 4)
    }
}

@Suite struct KeyPatternTests {
    /// Against a comparison of the values themselves.
    @Test func aPatternMatchesJustTheKeysThatHaveItsValues() throws {
        for seed in UInt64(0)..<300 {
            var random = SeededGenerator(seed: seed)
            let kinds: [FeatureType] = [.int64, .string, .int32, .bool, .bytes]
            let types = (0..<random.number(1...3)).map { _ in kinds[random.number(0...4)] }
            func value(_ type: FeatureType) -> Value {
                let digit = random.number(0...4)
                switch type {
                case .string: return .string(["", "a", "aa", "\u{0}", "a\u{0}b"][digit])
                case .bytes: return .bytes([[], [0], [0, 1], [0, 255], [1]][digit])
                case .bool: return .bool(digit > 2)
                default: return .int([-1, 0, 1, 256, 257][digit])
                }
            }
            let wanted = types.map { random.chance(0.6) ? value($0) : nil }
            let pattern = try #require(KeyPattern(wanted, types: types))
            for _ in 0..<40 {
                let key = types.map { value($0) }
                let bytes = try #require(KeyEncoder(types).encode(key))
                let expected = zip(wanted, key).allSatisfy { $0 == nil || $0 == $1 }
                #expect(bytes.withUnsafeBytes(pattern.matches) == expected, "seed \(seed): \(wanted) and \(key)")
            }
        }
    }

    @Test func bytesThatAreNoKeyMatchNothing() throws {
        let pattern = try #require(KeyPattern([nil, nil], types: [.string, .int64]))
        for bytes: [UInt8] in [[], [0], [97, 0], [97, 0, 1], [97, 0, 1, 1, 2, 3], [97, 98, 99]] {
            #expect(!bytes.withUnsafeBytes(pattern.matches))
        }
        #expect(KeyPattern([.string("x"), nil], types: [.int64, .int64]) == nil)
    }
}
