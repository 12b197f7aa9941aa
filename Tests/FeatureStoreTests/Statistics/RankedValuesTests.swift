import Columnar
import Testing

@testable import FeatureStore

/// Quantiles and histograms of few different values, against the values one by one.
@Suite struct RankedValuesTests {
    @Test func quantilesAndCountsAreThoseOfTheSortedValues() {
        for seed in 0..<50 {
            var random = SeededGenerator(seed: UInt64(seed))
            let values = (0..<random.number(1...300)).map { _ in Int64(random.number(-20...20)) }.sorted()
            let counted = Dictionary(values.map { ($0, Int64(1)) }, uniquingKeysWith: +)
            let ranked = RankedValues(counted.map { (value: $0.key, count: $0.value) })
            #expect(ranked.total == Int64(values.count))
            for q in [0, 0.01, 0.25, 0.5, 0.77, 0.999, 1] {
                let place = Int(q * Double(values.count - 1))
                #expect(ranked.quantile(q) == values[place], "seed \(seed), q \(q)")
            }
            let edges = (0...random.number(1...9)).map { Double($0) * 5 - 22.5 }
            let expected = zip(edges, edges.dropFirst()).map { low, high in
                Int64(values.count { Double($0) > low && Double($0) <= high })
            }
            #expect(ranked.counts(between: edges) { Double($0) } == expected, "seed \(seed)")
        }
    }

    @Test func nothingHasNoQuantile() { #expect(RankedValues([]).quantile(0.5) == nil) }

    /// Whether all values are kept must not depend on how rows come in blocks, or results would.
    @Test(arguments: [1900, 2048, 2049, 2300])
    func exactnessDependsOnTheValuesAlone(different: Int) throws {
        for blockRows in [500, 3000, 50_000] {
            let values = (0..<40_000).map { Value.int(Int64($0 * 7919 % different) * 1_000_003) }
            let collector = StatisticsCollector(of: [Feature("f", .int64)])
            for start in stride(from: 0, to: values.count, by: blockRows) {
                let block = Array(values[start..<min(start + blockRows, values.count)])
                collector.add(Column(.int64, block), feature: 0, firstRow: start)
            }
            let summary = try #require(collector.finish()["f"])
            guard case .numbers(let numbers) = summary.values else {
                Issue.record("no numbers")
                return
            }
            #expect((numbers.ranked != nil) == (different <= 2048), "\(different) in blocks of \(blockRows)")
        }
    }

    @Test func theDistributionOfFewWholeNumbersHasAPartEach() throws {
        let values: [Value] = [3, 3, 3, 4, 6, 6].map { .int($0) }
        let distribution = try #require(try statistics(.int64, values).distribution)
        #expect(distribution.counts == [3, 1, 0, 2])
        #expect(distribution.from.value == .int(3) && distribution.to.value == .int(6))
    }

    /// Beyond what is kept exactly, parts are no finer than the sketch's buckets, and count what lies in them.
    @Test func theDistributionOfManyNumbersFollowsThem() throws {
        var random = SeededGenerator(seed: 5)
        let numbers = (0..<20_000).map { _ in Double.random(in: -5..<5, using: &random) }
        let distribution = try #require(try statistics(.float64, numbers.map { .float64($0) }).distribution)
        #expect(distribution.counts.count == 20)
        for count in distribution.counts { #expect(abs(Double(count) - 990) < 150) }

        let near = (0..<20_000).map { Value.float64(1e15 + Double($0) / 8) }
        let one = try #require(try statistics(.float64, near).distribution)
        #expect(one.counts == [20_000])
        #expect(one.from.value == .float64(1e15) && one.to.value == .float64(1e15 + 19_999.0 / 8))
    }

    private func statistics(_ type: FeatureType, _ values: [Value]) throws -> FeatureStatistics {
        let feature = Feature("f", type)
        let collector = StatisticsCollector(of: [feature])
        collector.add(Column(type.dataType, values), feature: 0, firstRow: 0)
        return FeatureStatistics(try #require(collector.finish()["f"]), of: feature)
    }
}
