import Testing

@testable import FeatureStore

@Suite struct UniformSketchTests {
    @Test func quantilesLieWithinHalfABucket() throws {
        for seed in 0..<120 {
            var random = SeededGenerator(seed: UInt64(seed))
            let span = Int64(1) << Int64(random.number(0...62))
            let start = Int64.random(in: .min / 2 ... .max / 2, using: &random)
            let numbers = (0..<random.number(1...500)).map { _ in
                Int64.random(
                    in: start...(start.addingReportingOverflow(span).overflow ? .max : start + span), using: &random)
            }
            var sketch = UniformSketch()
            for number in numbers { sketch.add(number) }
            let sorted = numbers.sorted()
            for q in [0, 0.1, 0.5, 0.77, 1] {
                let exact = sorted[Int(q * Double(sorted.count - 1))]
                let found = try #require(sketch.quantile(q))
                #expect(exact.distance(to: found).magnitude <= UInt(sketch.error), "seed \(seed)")
            }
            let range = UInt64(bitPattern: sorted[sorted.count - 1] &- sorted[0])
            #expect(UInt64(sketch.error) <= range / UInt64(UniformSketch.limit / 2) + 1, "seed \(seed)")
        }
    }

    @Test func orderAndGroupingChangeNothing() throws {
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(seed))
            let bits = Int64(random.number(1...63))
            let numbers = (0..<200).map { _ in Int64.random(in: .min ... .max, using: &random) >> bits }
            var whole = UniformSketch()
            numbers.withUnsafeBufferPointer { whole.add($0, within: numbers.min()!...numbers.max()!) }
            var parts = [UniformSketch](repeating: UniformSketch(), count: 3)
            for number in numbers.shuffled(using: &random) { parts[random.number(0...2)].add(number) }
            var merged = UniformSketch()
            for part in parts { merged.merge(try UniformSketch(decoding: part.encoded())) }
            #expect(merged.encoded() == whole.encoded(), "seed \(seed)")
        }
    }
}
