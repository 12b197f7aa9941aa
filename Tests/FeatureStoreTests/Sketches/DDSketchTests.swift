import Testing

@testable import FeatureStore

@Suite struct DDSketchTests {
    private static let ranks = [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1]

    @Test(arguments: 0..<8)
    func quantilesLieWithinTheGuarantee(kind: Int) throws {
        for round in 0..<12 {
            let seed = UInt64(kind * 100 + round)
            var random = SeededGenerator(seed: seed)
            let numbers = random.sample(kind: kind, count: random.number(1...3000))
            var sketch = DDSketch()
            for number in numbers { sketch.add(number) }
            let sorted = numbers.sorted()
            for q in Self.ranks {
                let exact = sorted[Int(q * Double(sorted.count - 1))]
                let found = try #require(sketch.quantile(q))
                let error = abs(found - exact)
                #expect(
                    error <= exact.magnitude * DDSketch.relativeError * (1 + 1e-12) + 0x1p-1022,
                    "seed \(seed), q \(q): \(found) for \(exact)")
            }
        }
    }

    @Test func orderAndGroupingChangeNothing() throws {
        for seed in 0..<60 {
            var random = SeededGenerator(seed: UInt64(seed))
            // Some samples span so much that low buckets have to be collapsed.
            let numbers = random.doubles(count: 400)
            var whole = DDSketch()
            for number in numbers { whole.add(number) }
            var parts = [DDSketch](repeating: DDSketch(), count: 5)
            for number in numbers.shuffled(using: &random) { parts[random.number(0...4)].add(number) }
            var merged = DDSketch()
            for part in parts.shuffled(using: &random) { merged.merge(try DDSketch(decoding: part.encoded())) }
            #expect(merged == whole, "seed \(seed)")
            #expect(merged.encoded() == whole.encoded(), "seed \(seed)")
        }
    }

    @Test func whatIsTakenAwayHasNeverBeenThere() {
        var random = SeededGenerator(seed: 5)
        let (kept, taken) = (random.sample(kind: 1, count: 500), random.sample(kind: 2, count: 500))
        var expected = DDSketch()
        for number in kept { expected.add(number) }
        var sketch = expected
        var rest = DDSketch()
        for (i, number) in taken.enumerated() {
            sketch.add(number)
            if i % 2 == 0 { sketch.subtract(number) } else { rest.add(number) }
        }
        sketch.subtract(rest)
        #expect(sketch.encoded() == expected.encoded())
    }

    @Test func magnitudesFarBelowTheGreatestAreTakenForTheLeastThatIsKept() throws {
        var sketch = DDSketch()
        for _ in 0..<90 { sketch.add(1e-30) }
        for _ in 0..<10 { sketch.add(1) }
        let low = try #require(sketch.quantile(0.1))
        #expect(low > 1e-30 && low < 0x1p-63)
        #expect(try #require(sketch.quantile(0.95)) == DDSketch.representative(of: DDSketch.bucket(of: 1)))
        #expect(sketch.count == 100)
    }

    @Test func representativesLieInTheirBucketsAndAreNearToAll() {
        for bucket in stride(from: DDSketch.firstBucket, to: DDSketch.bucket(of: .infinity), by: 7) {
            let lower = DDSketch.lowerBound(of: bucket)
            let upper = DDSketch.lowerBound(of: bucket + 1).nextDown
            let representative = DDSketch.representative(of: bucket)
            #expect(lower <= representative && representative <= upper)
            for end in [lower, upper] {
                #expect(abs(representative - end) <= end * DDSketch.relativeError * (1 + 1e-12))
            }
        }
    }

    /// What `NumberSummary.quantile` relies on.
    @Test func wholeRepresentativesKeepTheGuarantee() {
        for number in (1...40_000).map(Double.init) + [1e9, 1e15 + 1, 0x1p53 - 1] {
            let whole = DDSketch.representative(of: DDSketch.bucket(of: number)).rounded(.towardZero)
            #expect(abs(whole - number) <= number * DDSketch.relativeError)
            if number < 128 { #expect(whole == number) }
        }
    }

    @Test func ranksCountWhatIsNotGreater() {
        var sketch = DDSketch()
        for number in -50...50 { sketch.add(Double(number)) }
        #expect(sketch.rank(of: -51) == 0)
        #expect(sketch.rank(of: 0) == 51)
        #expect(sketch.rank(of: 60) == 101)
        #expect(sketch.rank(of: -0.5) == 50)
        #expect(sketch.rank(below: 0) == 50)
        #expect(sketch.rank(below: 1) == 51)
        #expect(sketch.rank(below: -1) == 49)
    }
}

extension SeededGenerator {
    /// Finite numbers of one of eight distributions.
    mutating func sample(kind: Int, count: Int) -> [Double] {
        (0..<count).map { _ in
            let u = Double.random(in: 0x1p-53..<1, using: &self)
            switch kind {
            case 0: return u
            case 1: return Double(number(-20...20))
            case 2: return 1 / u - 1
            case 3: return -1 / (u * u)
            case 4: return chance(0.5) ? 0 : u * 1e-12
            case 5: return chance(0.5) ? -u * 1e12 : u * 1e9
            case 6: return Double(Float(u))
            default: return u * 0x1p-1021
            }
        }
    }
}
