import Testing

@testable import FeatureStore

@Suite struct FixedPointTests {
    /// Numbers of any size, of which many end in a tie or near one.
    private func digits(_ random: inout SeededGenerator) -> Int128 {
        let bits = random.number(0...126)
        var magnitude = UInt128(random.next()) << 64 | UInt128(random.next())
        magnitude >>= UInt128(128 - bits)
        if random.chance(0.3) {
            // One and a half in the last place, or next to it.
            let end = random.number(0...60)
            magnitude = (magnitude >> UInt128(end)) << UInt128(end)
            if bits > 0 { magnitude |= UInt128(1) << UInt128(min(end, bits - 1)) }
        }
        return random.chance(0.5) ? Int128(magnitude) : -Int128(magnitude)
    }

    @Test func aSumIsRoundedToTheBitsOfAnExactSum() {
        var random = SeededGenerator(seed: 7)
        for trial in 0..<20_000 {
            let digits =
                random.chance(0.3)
                ? Int128(random.number(-9_007_199_254_740_992...9_007_199_254_740_992)) : digits(&random)
            let exponent = random.chance(0.8) ? random.number(-80...20) : random.number(-1200...1000)
            let count: UInt64 =
                random.chance(0.3) ? 1 : random.chance(0.9) ? UInt64(random.number(1...1000)) : random.next() | 1
            var exact = ExactSum()
            exact.add(whole: digits, exponent: exponent)
            let rounded = FixedPointSum(digits: digits, exponent: exponent).rounded(dividingBy: count)
            let expected = exact.rounded(dividingBy: count)
            #expect(
                rounded.bitPattern == expected.bitPattern,
                "trial \(trial): \(digits) * 2^\(exponent) / \(count): \(rounded), not \(expected)")
        }
    }

    @Test func aScatterIsRoundedToTheBitsOfExactMoments() {
        var random = SeededGenerator(seed: 8)
        for trial in 0..<5000 {
            let bits = random.number(1...110)
            let exponent = random.number(-60...10)
            var (sum, squares) = (Int128(0), WideInteger())
            var moments = ExactMoments()
            let count = random.number(2...20)
            // A double has 53 bits; zeros behind them make the number a wide one.
            let shift = Int128(max(0, bits - 53))
            for _ in 0..<count {
                let word = Int64(bitPattern: random.next()) >> Int64(64 - min(bits, 53))
                let number = Int128(word) << (random.chance(0.5) ? shift : 0)
                sum += number
                squares = squares &+ WideInteger(squareOf: number)
                moments.add(Double(number) * Double(sign: .plus, exponent: exponent, significand: 1))
            }
            let scatter = FixedPointScatter.rounded(
                count: UInt64(count), sum: sum, squares: squares, exponent: exponent)
            let variance = scatter / Double(count - 1)
            #expect(
                variance.bitPattern == moments.sampleVariance?.bitPattern,
                "trial \(trial): \(variance), not \(String(describing: moments.sampleVariance))")
        }
    }
}
