import Columnar
import Testing

@testable import FeatureStore

@Suite struct RowSampleTests {
    private func hashes(_ ids: [Int64], seed: UInt64 = 0) -> [UInt64] {
        KeyEncoder([.int64]).encode([Column(.int64, ids.map { .int($0) })]).hashes(seed: seed)
    }

    @Test func aNumberOfKeysIsTakenWithAllTheirRows() {
        let ids = (0..<1000).map { Int64($0 % 50) }
        for count in [1, 7, 49] {
            let rows = RowSample.keys(count: count).rows(of: hashes(ids)).map { Int($0) }
            let taken = Set(rows.map { ids[$0] })
            #expect(taken.count == count)
            #expect(rows == ids.indices.filter { taken.contains(ids[$0]) })
        }
        #expect(RowSample.keys(count: 50).rows(of: hashes(ids)).count == 1000)
        #expect(RowSample.keys(count: 5000).rows(of: hashes(ids)).count == 1000)
        #expect(RowSample.keys(count: 5).rows(of: []).isEmpty)
    }

    @Test func aShareOfKeysIsAboutThatShare() {
        let ids = (0..<20_000).map { Int64($0) }
        for share in [0.01, 0.1, 0.5, 0.9] {
            let count = Double(RowSample.share(of: share).rows(of: hashes(ids)).count)
            #expect(abs(count - 20_000 * share) < 4 * (20_000 * share * (1 - share)).squareRoot(), "\(share): \(count)")
        }
        #expect(RowSample.share(of: 1).rows(of: hashes(ids)).count == 20_000)
    }

    @Test func whichKeysAreTakenDependsOnNothingButKeyAndSeed() {
        let ids = (0..<3000).map { Int64($0) }
        let other = (1500..<6000).map { Int64($0) }.reversed() as [Int64]
        for sample in [RowSample.share(of: 0.2), .share(of: 0.7)] {
            let here = Set(sample.rows(of: hashes(ids)).map { ids[Int($0)] })
            let there = Set(sample.rows(of: hashes(other)).map { other[Int($0)] })
            #expect(here.intersection(1500..<3000) == there.intersection(1500..<3000))
            #expect(here != Set(sample.rows(of: hashes(ids, seed: 1)).map { ids[Int($0)] }))
        }
        let few = Set(RowSample.keys(count: 100).rows(of: hashes(ids)))
        #expect(few.isSubset(of: Set(RowSample.keys(count: 200).rows(of: hashes(ids)))))
    }

    /// What a recorded training set was made by must stay what it is. The numbers are those of an implementation of XXH64
    /// and SplitMix64 in Python.
    @Test func hashesAreTheSameForEver() {
        #expect(
            hashes([1, 2, -1]) == [7_788_530_164_383_257_725, 5_461_982_477_112_991_797, 14_499_826_559_169_761_856])
        #expect(hashes([1], seed: 7) == [1_635_217_013_724_792_464])
    }

    @Test(arguments: [
        ("1000", RowSample.keys(count: 1000)), ("2.5%", .share(of: 0.025)), ("100%", .share(of: 1)), ("0%", nil),
        ("101%", nil), ("0", nil), ("-3", nil), ("x", nil), ("nan%", nil), ("", nil), ("%", nil), ("1.5", nil),
    ])
    func samplesAreRead(text: String, sample: RowSample?) { #expect(RowSample(text) == sample) }
}
