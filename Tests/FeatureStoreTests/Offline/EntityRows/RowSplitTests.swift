import Columnar
import Testing

@testable import FeatureStore

@Suite struct RowSplitTests {
    private func parts(_ times: [Int64], share: Double) throws -> RowSplit.Parts {
        try times.withUnsafeBufferPointer { try RowSplit.parts(ofTimes: $0, count: times.count, share: share) }
    }

    /// All cuts are tried, and the nearest taken, the earlier of two.
    private func nearestCut(_ times: [Int64], share: Double) -> Int64? {
        let candidates = Set(times).sorted().dropFirst()
        let wanted = min(max((share * Double(times.count)).rounded(), 1), Double(times.count - 1))
        return candidates.min { a, b in
            func distance(_ cut: Int64) -> Double { abs(Double(times.count { $0 < cut }) - wanted) }
            return distance(a) < distance(b)
        }
    }

    @Test func theCutIsWhereTheShareIsNearest() throws {
        for seed in UInt64(0)..<400 {
            var random = SeededGenerator(seed: seed)
            let count = random.number(2...30)
            let times = (0..<count).map { _ in Int64(random.number(0...random.number(1...20))) }
            let share = Double(random.number(1...99)) / 100
            guard let cut = nearestCut(times, share: share) else {
                #expect(throws: StoreError.self, "seed \(seed)") { try parts(times, share: share) }
                continue
            }
            let found = try parts(times, share: share)
            let expected = times.count { $0 < cut }
            #expect(found.train.count == expected, "seed \(seed): \(times) at \(share)")
            #expect(found.cut?.microseconds == cut, "seed \(seed)")
            // Nobody of one time stands on both sides, all are there once, and in their order.
            #expect(found.train.allSatisfy { times[Int($0)] < cut } && found.test.allSatisfy { times[Int($0)] >= cut })
            #expect((found.train + found.test).sorted() == (0..<Int32(count)).map(\.self))
            #expect(found.train == found.train.sorted() && found.test == found.test.sorted())
        }
    }

    @Test func rowsOfOneTimeCannotBeSplitByTime() {
        for times: [Int64] in [[], [5], [5, 5, 5]] {
            #expect(throws: StoreError.self) { try parts(times, share: 0.5) }
        }
    }

    @Test func aKeyIsOnOneSide() {
        let hashes = (0..<1000).map {
            KeyEncoder([.int64]).encode([.int(Int64($0 % 200))])!.withUnsafeBytes(XXHash64.hash)
        }
        let parts = RowSplit.parts(ofHashes: hashes, share: 0.7)
        #expect(Set(parts.train.map { hashes[Int($0)] }).isDisjoint(with: parts.test.map { hashes[Int($0)] }))
        #expect(parts.train.count + parts.test.count == 1000 && parts.cut == nil)
        #expect((600...800).contains(parts.train.count))
    }

    @Test(arguments: [
        ("time:0.8", RowSplit.time(share: 0.8)), ("key:0.25", .key(share: 0.25)),
        ("time:2024-03-01", .cut(at: Timestamp(microseconds: 1_709_251_200_000_000))),
        ("time:2024-03-01T10:00:00Z", .cut(at: Timestamp(microseconds: 1_709_287_200_000_000))), ("time:1", nil),
        ("time:0", nil), ("key:2024-03-01", nil), ("time", nil), ("0.8", nil), ("row:0.8", nil), ("time:", nil),
    ])
    func splitsAreRead(text: String, split: RowSplit?) { #expect(RowSplit(text) == split) }
}
