import Testing

@testable import FeatureStore

/// Sketches lie in files that anything may have written.
@Suite struct SketchBytesTests {
    @Test func damagedBytesAreRefusedOrReadNeverTrusted() {
        for seed in 0..<400 {
            var random = SeededGenerator(seed: UInt64(seed))
            check(&random, SampleSketches.moments(&random))
            check(&random, SampleSketches.quantiles(&random))
            check(&random, SampleSketches.distinct(&random))
            check(&random, SampleSketches.frequent(&random))
            check(&random, SampleSketches.uniform(&random))
        }
    }

    private func check<S: Sketch & Equatable>(_ random: inout SeededGenerator, _ sketch: S) {
        let bytes = sketch.encoded()
        #expect((try? S(decoding: bytes)) == sketch)
        for cut in [0, bytes.count / 2, max(0, bytes.count - 1)] {
            #expect((try? S(decoding: Array(bytes[..<cut]))) == nil)
        }
        #expect((try? S(decoding: bytes + [0])) == nil)
        var damaged = bytes
        for _ in 0..<random.number(1...3) {
            damaged[random.number(0...damaged.count - 1)] = UInt8.random(in: 0...255, using: &random)
        }
        // It may happen to be a sketch; then it must be one that can be merged and asked.
        guard var other = try? S(decoding: damaged) else { return }
        other.merge(other)
        SampleSketches.ask(other)
    }
}

enum SampleSketches {
    static func moments(_ random: inout SeededGenerator) -> ExactMoments {
        var sketch = ExactMoments()
        for number in random.doubles(count: random.number(0...20)) { sketch.add(number) }
        return sketch
    }

    static func quantiles(_ random: inout SeededGenerator) -> DDSketch {
        var sketch = DDSketch()
        for number in random.doubles(count: random.number(0...20)) { sketch.add(number) }
        return sketch
    }

    static func distinct(_ random: inout SeededGenerator) -> HyperLogLog {
        var sketch = HyperLogLog(precision: random.number(4...8))
        for _ in 0..<random.number(0...400) { sketch.add(hash: .random(in: .min ... .max, using: &random)) }
        return sketch
    }

    static func frequent(_ random: inout SeededGenerator) -> HeavyHitters<UInt64> {
        var sketch = HeavyHitters<UInt64>(capacity: random.number(1...5))
        for _ in 0..<random.number(0...40) { sketch.add(UInt64(random.number(0...20))) }
        return sketch
    }

    static func uniform(_ random: inout SeededGenerator) -> UniformSketch {
        var sketch = UniformSketch()
        for _ in 0..<random.number(0...20) { sketch.add(.random(in: -5000...5000, using: &random)) }
        return sketch
    }

    static func ask(_ sketch: some Sketch) {
        switch sketch {
        case let sketch as ExactMoments: _ = (sketch.mean, sketch.sampleVariance)
        case let sketch as DDSketch: _ = (sketch.count > 0 ? sketch.quantile(0.5) : nil, sketch.rank(of: 1))
        case let sketch as HyperLogLog: _ = sketch.estimate
        case let sketch as HeavyHitters<UInt64>: _ = sketch.top(3)
        case let sketch as UniformSketch: _ = sketch.quantile(1)
        default: Issue.record("no question for this sketch")
        }
    }
}
