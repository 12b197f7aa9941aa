import Testing

@testable import FeatureStore

@Suite struct ExactMomentsTests {
    @Test func aMeanThatIsLargeAgainstTheSpreadCostsNoDigits() {
        var moments = ExactMoments()
        for number in [1e15 + 1, 1e15 + 2, 1e15 + 3, 1e15 + 4] { moments.add(number) }
        #expect(moments.mean == 1e15 + 2.5)
        #expect(moments.populationVariance == 1.25)
        #expect(moments.sampleVariance == 5.0 / 3)
        #expect(moments.standardDeviation == (5.0 / 3).squareRoot())
    }

    @Test func fewNumbersHaveNoSpread() {
        var moments = ExactMoments()
        #expect(moments.mean == nil && moments.populationVariance == nil && moments.sampleVariance == nil)
        moments.add(-7)
        #expect(moments.mean == -7 && moments.populationVariance == 0 && moments.sampleVariance == nil)
    }

    @Test func hugeAndTinyNumbersDoNotOverflow() {
        var moments = ExactMoments()
        for number in [1e308, -1e308, 1e-300] { moments.add(number) }
        #expect(moments.mean == 1e-300 / 3)
        #expect(moments.populationVariance == .infinity)
        moments.subtract(1e308)
        moments.subtract(-1e308)
        #expect(moments.populationVariance == 0)
        moments.add(3e-300)
        #expect(moments.mean == 2e-300)
        #expect(moments.populationVariance == 0)
    }

    /// Against the definition, in whole numbers that do not overflow.
    @Test func varianceIsThatOfTheDefinition() {
        for seed in 0..<300 {
            var random = SeededGenerator(seed: UInt64(seed))
            let count = random.number(2...50)
            let numbers = (0..<count).map { _ in Int128(random.number(-1_000_000...1_000_000)) + 1 << 40 }
            var moments = ExactMoments()
            for number in numbers { moments.add(Double(number)) }
            let sum = numbers.reduce(0, +)
            let scatter = numbers.map { ($0 * Int128(count) - sum) * ($0 * Int128(count) - sum) }.reduce(0, +)
            let expected = Double(scatter) / Double(count * count * count)
            let found = moments.populationVariance ?? .nan
            #expect(abs(found - expected) <= expected.ulp * 2, "seed \(seed)")
        }
    }
}
