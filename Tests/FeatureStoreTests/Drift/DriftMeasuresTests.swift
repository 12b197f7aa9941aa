import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct DriftMeasuresTests {
    /// By looking at every value of both sides.
    private func slowStatistic(_ a: [Double], _ b: [Double]) -> Double {
        (a + b).map { value in
            abs(
                Double(a.count { $0 <= value }) / Double(a.count) - Double(b.count { $0 <= value }) / Double(b.count))
        }.max() ?? 0
    }

    @Test(arguments: 1...40)
    func kolmogorovSmirnovIsThatOfTheSlowTwin(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func sample(_ shift: Double) -> [Double] {
            (0..<random.number(1...60)).map { _ in
                random.chance(0.5) ? Double(random.number(0...9)) + shift : Double.random(in: -1...1, using: &random)
            }.sorted()
        }
        let (a, b) = (sample(0), sample(random.chance(0.5) ? 0 : 2))
        #expect(abs(DriftMeasures.kolmogorovSmirnov(a, b) - slowStatistic(a, b)) < 1e-12, "seed \(seed)")
        #expect(DriftMeasures.kolmogorovSmirnov(a, a) == 0, "seed \(seed)")
    }

    @Test(arguments: 1...40)
    func everyValueIsInOneBin(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let a = (0..<random.number(1...500)).map { _ in Double(random.number(0...random.number(1...400))) }.sorted()
        let b = (0..<random.number(1...500)).map { _ in Double(random.number(-50...500)) }.sorted()
        let bins = ValueBins(sorted: a, count: 10)
        #expect(bins.count <= 10 && bins.edges == bins.edges.sorted() && Set(bins.edges).count == bins.edges.count)
        for values in [a, b] {
            let expected = (0..<bins.count).map { bin in
                values.count { value in
                    (bin == 0 || value > bins.edges[bin - 1]) && (bin == bins.edges.count || value <= bins.edges[bin])
                }
            }
            #expect(bins.counts(sorted: values) == expected, "seed \(seed)")
        }
        #expect(bins.counts(sorted: a).allSatisfy { $0 > 0 }, "seed \(seed)")
    }

    @Test func measuresHaveTheirEnds() {
        #expect(DriftMeasures.populationStability([5, 5], [50, 50]) == 0)
        #expect(DriftMeasures.jensenShannon([5, 5], [50, 50]) == 0)
        #expect(abs(DriftMeasures.jensenShannon([7, 0], [0, 3]) - 1) < 1e-12)
        #expect(abs(DriftMeasures.populationStability([1, 1], [3, 1]) - 0.25 * log(1.5) - 0.25 * log(2)) < 1e-12)
        #expect(DriftMeasures.populationStability([4, 0], [0, 4]).isFinite)
        #expect(DriftMeasures.kolmogorovSmirnov([1, 2], [3]) == 1)
    }

    /// What is said to happen by chance in one of a hundred comparisons does.
    @Test func whatHappensByChanceIsRare() {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        var (indices, statistics) = (0, 0)
        let rounds = 2000
        for _ in 0..<rounds {
            let a = (0..<400).map { _ in Double.random(in: 0..<1, using: &random) }.sorted()
            let b = (0..<150).map { _ in Double.random(in: 0..<1, using: &random) }.sorted()
            let bins = ValueBins(sorted: a, count: 10)
            let index = DriftMeasures.populationStability(bins.counts(sorted: a), bins.counts(sorted: b))
            if index > DriftMeasures.stabilityByChance(bins: 10, 400, 150) { indices += 1 }
            if DriftMeasures.kolmogorovSmirnov(a, b) > DriftMeasures.smirnovByChance(400, 150) { statistics += 1 }
        }
        #expect((2...70).contains(indices), "seed \(seed): \(indices) of \(rounds)")
        #expect((2...50).contains(statistics), "seed \(seed): \(statistics) of \(rounds)")
    }

    @Test func thinningKeepsAFairShareInOrder() {
        var thinning = RowThinning(limit: 1000)
        for start in stride(from: 0, to: 50_000, by: 500) {
            thinning.add(
                Table(
                    fields: [Field("n", .int64)],
                    columns: [Column(.int64, (start..<start + 500).map { .int(Int64($0)) })]))
        }
        let numbers = thinning.tables.flatMap { table in
            withExtendedLifetime(table) { Array(table.columns[0].elements(as: Int64.self).prefix(table.rowCount)) }
        }
        #expect(
            (500...1000).contains(numbers.count) && numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        let mean = Double(numbers.reduce(0, +)) / Double(numbers.count)
        #expect(abs(mean - 25_000) < 2500)
    }

    @Test func pagesHoldNoMarkupOfValues() {
        #expect(HTML.escaped("<b>&\"'\u{0}") == "&lt;b&gt;&amp;&quot;&#39;\u{fffd}")
        #expect(HTML.number(0.01234) == "0.012" && HTML.number(-1234.4) == "−1,234" && HTML.number(1e-9) == "1.00e-09")
        #expect(HTML.number(nil) == "–" && HTML.number(.infinity) == "∞" && HTML.percent(0.125) == "12.5 %")
    }
}
