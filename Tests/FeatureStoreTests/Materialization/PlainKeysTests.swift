import Columnar
import Testing

@testable import FeatureStore

/// Vectors by keys in plain arrays are those by columns of keys, bit for bit.
@Suite struct PlainKeysTests {
    private static let keys = [
        JoinKey("city", .string), JoinKey("driver", .int64), JoinKey("line", .int32), JoinKey("night", .bool),
        JoinKey("code", .bytes),
    ]

    /// A view by each of these keys; the service asks for their features crosswise.
    private static let views: [(name: String, keys: [Int])] = [
        ("drivers", [1]), ("stops", [0, 2]), ("nights", [3, 1]), ("codes", [4, 0]),
    ]

    private let fixture = OnlineFixture()
    private let definitions: Definitions
    private let service: ResolvedService

    init() throws {
        let features = [Feature("x", .float32), Feature("v", .vector(count: 2)), Feature("n", .int64)]
        definitions = Definitions(
            entities: Self.keys.map { Entity(name: $0.name, joinKeys: [$0]) },
            sources: [Source(name: "s", path: "-", timestamp: nil)],
            featureViews: Self.views.map { view in
                FeatureView(
                    name: view.name, entities: view.keys.map { Self.keys[$0].name }, source: "s", ttl: nil,
                    availability: .event, features: features)
            })
        service = try ResolvedService(
            references: features.flatMap { feature in
                Self.views.map { FeatureReference(view: $0.name, feature: feature.name) }
            }, in: definitions, fullNames: true)
    }

    private func value(_ key: JoinKey, _ random: inout SeededGenerator) -> Value {
        switch key.type {
        case .string: .string(["", "Kyoto", "京都", String(repeating: "x", count: 600)][random.number(0...3)])
        case .bytes: .bytes([[], [1], [255, 254]][random.number(0...2)])
        case .bool: .bool(random.chance(0.5))
        default: .int(Int64(random.number(-3...3)))
        }
    }

    private func columns(_ count: Int, _ random: inout SeededGenerator) -> [Column] {
        Self.keys.map { key in Column(key.type.dataType, (0..<count).map { _ in value(key, &random) }) }
    }

    private func makeReader(_ random: inout SeededGenerator) throws -> ServiceReader {
        let store = try fixture.open()
        for (name, keys) in Self.views {
            guard let view = definitions.featureView(named: name) else { continue }
            // Keys of 600 bytes are read, but never stored.
            let encoded = KeyEncoder(keys.map { Self.keys[$0].type }).encode(
                columns(60, &random).enumerated().filter { keys.contains($0.offset) }.sorted {
                    (keys.firstIndex(of: $0.offset) ?? 0) < (keys.firstIndex(of: $1.offset) ?? 0)
                }.map(\.element))
            let short = encoded.taking(
                (0..<encoded.count).filter { encoded.bytes(at: $0).count <= EncodedKeys.maximumLength })
            let batch = OnlineBatch(
                keys: short,
                features: view.features.map { feature in
                    Column(feature.type.dataType, (0..<short.count).map { _ in random.value(feature.type) })
                })
            try store.write(batch, to: OnlineView(view, in: definitions), now: .now)
        }
        return try ServiceReader(service, definitions: definitions, store: store)
    }

    /// The keys as C hands them over.
    private func withPlain<Result>(_ columns: [Column], _ body: (PlainKeys) throws -> Result) rethrows -> Result {
        var numbers: [Int64] = []
        var texts: [UInt8] = []
        for column in columns {
            for value in column.allValues {
                switch value {
                case .int(let number): numbers.append(number)
                case .bool(let bool): numbers.append(bool ? 1 : 0)
                case .string(let text): texts += Array(text.utf8) + [0]
                case .bytes(let bytes): texts += bytes + [0]
                default: Issue.record("\(value) is no key")
                }
            }
        }
        return try numbers.withUnsafeBufferPointer { numbers in
            try texts.withUnsafeBytes { texts in
                try body(PlainKeys(count: columns[0].count, numbers: numbers, texts: texts))
            }
        }
    }

    @Test(arguments: 1...10)
    func vectorsAreThoseOfColumns(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let reader = try makeReader(&random)
        let width = try reader.vectorWidth()
        for count in [0, 1, 2, 100] {
            // In the order in which the views ask for them.
            let all = columns(count, &random)
            let asked = reader.joinKeys.map { key in all[Self.keys.firstIndex(of: key) ?? 0] }
            var expected = [Float](repeating: 7, count: count * width)
            var found = expected
            try expected.withUnsafeMutableBufferPointer { try reader.readVectors(asked, at: .now, into: $0) }
            try found.withUnsafeMutableBufferPointer { target in
                try withPlain(asked) { try reader.readVectors($0, at: .now, into: target) }
            }
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "seed \(seed), \(count) rows")
            #expect(count < 100 || found.contains { !$0.isNaN }, "seed \(seed)")
        }
    }

    @Test func keysThatAreMissingOrDoNotFitAreTold() throws {
        var random = SeededGenerator(seed: 1)
        let reader = try makeReader(&random)
        let width = try reader.vectorWidth()
        func sentence(numbers: [Int64], texts: String) -> String {
            var room = [Float](repeating: 0, count: 2 * width)
            do {
                try room.withUnsafeMutableBufferPointer { room in
                    try numbers.withUnsafeBufferPointer { numbers in
                        try Array(texts.utf8).withUnsafeBytes { texts in
                            try reader.readVectors(
                                PlainKeys(count: 2, numbers: numbers, texts: texts), at: .now, into: room)
                        }
                    }
                }
                return ""
            } catch { return "\(error)" }
        }
        #expect(reader.joinKeys.map(\.name) == ["driver", "city", "line", "night", "code"])
        #expect(sentence(numbers: [1, 2, 3, 4, 0, 1], texts: "a\0b\0c\0d\0") == "")
        #expect(sentence(numbers: [1, 2], texts: "a\0b\0c\0d\0") == "keys: 2 numbers, but 2 rows need 6")
        #expect(
            sentence(numbers: [1, 2, 3, 4, 0, 1], texts: "a\0b\0c\0d")
                == "keys: 3 texts that end with a zero, but there must be 4")
        #expect(
            sentence(numbers: [1, 2, 3, 1 << 31, 0, 1], texts: "a\0b\0c\0d\0")
                == "keys:2:line: 2147483648 does not fit the join key's type int32")
        #expect(
            sentence(numbers: [1, 2, 3, 4, 0, -1], texts: "a\0b\0c\0d\0")
                == "keys:2:night: -1 does not fit the join key's type bool")
    }
}
