import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// A store in a folder of its own, removed when the test ends.
final class OnlineFixture {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("online-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open(isReadOnly: Bool = false, mapSize: Int = 1 << 24) throws -> OnlineStore {
        try OnlineStore(path: path, isReadOnly: isReadOnly, mapSize: mapSize)
    }
}

/// Numbers from a seed, so that a failing case can be run again (Steele 2014, SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

func keys(_ ids: [Int64]) -> EncodedKeys { KeyEncoder([.int64]).encode([Column(.int64, ids.map { .int($0) })]) }

func seconds(_ count: Int64) -> Timestamp { Timestamp(microseconds: count * 1_000_000) }

func times(_ counts: [Int64?]) -> Column {
    Column(.instant, counts.map { $0.map { .timestamp(seconds($0)) } ?? .null })
}

/// A view of one int64 key and one int64 feature, for tests of what is kept.
let scores = OnlineView(name: "scores", keyTypes: [.int64], features: [StoredFeature("score", .int64)])

func scoreBatch(_ ids: [Int64], _ events: [Int64]?, created: [Int64?]? = nil, _ values: [Int64?]) -> OnlineBatch {
    OnlineBatch(
        keys: keys(ids), events: events.map { times($0) }, created: created.map { times($0) },
        features: [Column(.int64, values.map { $0.map { .int($0) } ?? .null })])
}

extension OnlineReader {
    /// The only selection's first feature, as values.
    func firstFeature(_ ids: [Int64], now: Timestamp = seconds(0)) throws -> [Value] {
        try read([keys(ids)], now: now)[0].features[0].allValues
    }

    /// One key's vector, of all selections.
    func vector(of id: Int64, width: Int, now: Timestamp) throws -> [Float] {
        var floats = [Float](repeating: 9, count: width)
        let encoded = keys([id])
        try floats.withUnsafeMutableBufferPointer {
            try readVectors(count: 1, width: width, now: now, into: $0) { _, row, _ in encoded.wholeBytes(at: row) }
        }
        return floats
    }
}
