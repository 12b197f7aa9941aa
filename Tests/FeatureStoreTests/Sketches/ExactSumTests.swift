import Testing

@testable import FeatureStore

/// The exact sum against Shewchuk's growing expansions, which Python's `math.fsum` uses: another algorithm altogether.
@Suite struct ExactSumTests {
    @Test func cancellationLosesNothing() {
        var sum = ExactSum()
        for number in [1e16, 1, -1e16, 2.5e-300] { sum.add(number) }
        #expect(sum.rounded == 1)
        sum.subtract(1)
        #expect(sum.rounded == 2.5e-300)
    }

    @Test(arguments: 0..<40)
    func sumsAreThoseOfExpansions(part: Int) {
        for i in 0..<25 {
            let seed = UInt64(part * 100 + i)
            var random = SeededGenerator(seed: seed)
            let numbers = random.doubles(count: random.number(0...200))
            var sum = ExactSum()
            for number in numbers { sum.add(number) }
            // Expansions cannot sum what overflows on the way.
            guard numbers.allSatisfy({ $0.magnitude < 1e300 }) else { continue }
            #expect(sum.rounded == expansionSum(numbers), "seed \(seed)")
        }
    }

    @Test func orderAndGroupingChangeNoBit() throws {
        for seed in 0..<200 {
            var random = SeededGenerator(seed: UInt64(seed))
            let numbers = random.doubles(count: 60)
            var whole = ExactSum()
            for number in numbers { whole.add(number) }
            var grouped = ExactSum()
            var rest = numbers.shuffled(using: &random)[...]
            while !rest.isEmpty {
                var group = ExactSum()
                for number in rest.prefix(random.number(1...20)) {
                    group.add(number)
                    rest.removeFirst()
                }
                grouped.merge(try ExactSum(decoding: group.encoded()))
            }
            #expect(grouped == whole, "seed \(seed)")
            #expect(grouped.encoded() == whole.encoded(), "seed \(seed)")
        }
    }

    @Test func whatIsTakenAwayHasNeverBeenThere() {
        for seed in 0..<200 {
            var random = SeededGenerator(seed: UInt64(seed))
            let (kept, taken) = (random.doubles(count: 30), random.doubles(count: 30))
            var expected = ExactMoments()
            for number in kept { expected.add(number) }
            var moments = ExactMoments()
            for number in (kept + taken).shuffled(using: &random) { moments.add(number) }
            for number in taken.prefix(10) { moments.subtract(number) }
            var rest = ExactMoments()
            for number in taken.dropFirst(10) { rest.add(number) }
            moments.subtract(rest)
            #expect(moments == expected, "seed \(seed)")
            #expect(moments.encoded() == expected.encoded(), "seed \(seed)")
        }
    }

    @Test func infinitiesAndNaNsCanBeTakenAwayToo() {
        var sum = ExactSum()
        sum.add(3)
        sum.add(.infinity)
        #expect(sum.rounded == .infinity)
        sum.add(-.infinity)
        #expect(sum.rounded.isNaN)
        sum.subtract(.infinity)
        #expect(sum.rounded == -.infinity)
        sum.subtract(-.infinity)
        sum.add(.nan)
        #expect(sum.rounded.isNaN)
        sum.subtract(.nan)
        #expect(sum.rounded == 3)
    }

    @Test func sumsBeyondADoubleAreInfiniteAndComeBack() {
        var sum = ExactSum()
        for _ in 0..<10 { sum.add(.greatestFiniteMagnitude) }
        #expect(sum.rounded == .infinity)
        #expect(sum.rounded(dividingBy: 10) == .greatestFiniteMagnitude)
        for _ in 0..<9 { sum.subtract(.greatestFiniteMagnitude) }
        #expect(sum.rounded == .greatestFiniteMagnitude)
    }

    @Test func halvesRoundToEven() {
        var sum = ExactSum()
        sum.add(1)
        sum.add(0x1p-53)
        #expect(sum.rounded == 1)
        sum.add(0x1p-1074)
        #expect(sum.rounded == 1.nextUp)
        sum.subtract(0x1p-1074)
        sum.add(0x1p-52)
        #expect(sum.rounded == 1.nextUp.nextUp)
    }

    @Test func subnormalSumsAreExact() {
        var sum = ExactSum()
        for _ in 0..<3 { sum.add(.leastNonzeroMagnitude) }
        #expect(sum.rounded == 3 * Double.leastNonzeroMagnitude)
        #expect(sum.rounded(dividingBy: 2) == 2 * Double.leastNonzeroMagnitude)
        sum.add(-.leastNormalMagnitude)
        #expect(sum.rounded == 3 * Double.leastNonzeroMagnitude - .leastNormalMagnitude)
    }

    @Test func aWholeMillionOfCarriesIsExact() {
        var sum = ExactSum()
        for i in 0..<1_000_000 { sum.add(i % 2 == 0 ? 1e308 : -1e308) }
        #expect(sum.rounded == 0)
        sum.add(whole: Int128(Int64.max) * 5, exponent: -3)
        #expect(sum.rounded == Double(Int64.max) * 5 / 8)
    }
}

/// Shewchuk 1997, "Adaptive precision floating-point arithmetic", grow-expansion; rounded as `math.fsum` rounds.
func expansionSum(_ numbers: [Double]) -> Double {
    var partials: [Double] = []
    for number in numbers {
        var x = number
        var kept: [Double] = []
        for partial in partials {
            var y = partial
            if x.magnitude < y.magnitude { swap(&x, &y) }
            let high = x + y
            let low = y - (high - x)
            if low != 0 { kept.append(low) }
            x = high
        }
        partials = kept + [x]
    }
    guard var sum = partials.popLast() else { return 0 }
    while let partial = partials.popLast() {
        let before = sum
        sum = before + partial
        let low = partial - (sum - before)
        guard low != 0 else { continue }
        // A half is decided by what comes below it.
        if let next = partials.last, (low < 0) == (next < 0) {
            let twice = low * 2
            if twice == (sum + twice) - sum { sum += twice }
        }
        break
    }
    return sum
}

extension SeededGenerator {
    /// Finite doubles of one of many kinds: near each other, of all exponents, whole, cancelling, subnormal.
    mutating func doubles(count: Int) -> [Double] {
        let kind = number(0...5)
        var numbers: [Double] = []
        for i in 0..<count {
            switch kind {
            case 0: numbers.append(Double.random(in: -1...1, using: &self))
            case 1:
                let bits = UInt64.random(in: .min ... .max, using: &self)
                let value = Double(bitPattern: bits)
                numbers.append(value.isFinite ? value : 1)
            case 2: numbers.append(Double(Int64.random(in: -1000...1000, using: &self)))
            case 3:
                numbers.append(i > 0 && chance(0.4) ? -numbers[self.number(0...i - 1)] : random(exponents: -40...40))
            case 4: numbers.append(Double(bitPattern: UInt64.random(in: 0..<1 << 54, using: &self)))
            default: numbers.append(random(exponents: -200...200))
            }
        }
        return numbers
    }

    private mutating func random(exponents: ClosedRange<Int>) -> Double {
        Double(
            sign: chance(0.5) ? .plus : .minus, exponent: number(exponents),
            significand: .random(in: 1..<2, using: &self))
    }
}

/// Rounding in words against rounding digit by digit.
@Suite struct NearestDoubleTests {
    @Test func aQuotientIsThatOfWholeNumbers() {
        for seed in 0..<2000 {
            var random = SeededGenerator(seed: UInt64(seed))
            let whole =
                Int128(bitPattern: UInt128(random.next()) << 64 | UInt128(random.next()))
                >> Int128(random.number(0...127))
            let count = max(1, random.next() >> UInt64(random.number(0...63)))
            let exponent = random.number(-10...10) * 32
            var sum = ExactSum()
            sum.add(whole: whole, exponent: exponent)
            let expected = sum.exact.rounded(dividingBy: count)
            #expect(
                Double(nearestTo: whole, scaledBy: exponent, dividedBy: count) == expected,
                "seed \(seed): \(whole) · 2^\(exponent) / \(count)")
            #expect(sum.rounded(dividingBy: count) == expected, "seed \(seed)")
        }
    }

    @Test func halvesGoToTheEvenNeighbour() {
        for (whole, nearest) in [((1 << 53) + 1, 0x1p53), ((1 << 53) + 3, 0x1p53 + 4)] as [(Int128, Double)] {
            #expect(Double(nearestTo: whole, scaledBy: 0, dividedBy: 1) == nearest)
            #expect(Double(nearestTo: whole * 2, scaledBy: 0, dividedBy: 2) == nearest)
            #expect(Double(nearestTo: -whole, scaledBy: 32, dividedBy: 1) == -nearest * 0x1p32)
        }
    }
}
