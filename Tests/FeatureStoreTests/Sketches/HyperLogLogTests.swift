import Testing

@testable import FeatureStore

@Suite struct HyperLogLogTests {
    @Test func fewValuesAreCounted() {
        var sketch = HyperLogLog()
        for round in 0..<3 {
            for value in 0..<UInt64(HyperLogLog.exactLimit) { sketch.add(hash: StableHash.word(value)) }
            #expect(sketch.isExact && sketch.estimate == Double(HyperLogLog.exactLimit), "round \(round)")
        }
        sketch.add(hash: StableHash.word(1 << 60))
        #expect(!sketch.isExact)
    }

    /// The published standard error, over many trials: the root of the mean squared error lies within its own spread.
    @Test(arguments: [300, 1000, 3000, 10_000, 20_000, 100_000])
    func errorIsAsPublished(distinct: Int) {
        let trials = distinct > 20_000 ? 60 : 150
        var squares = 0.0
        var bias = 0.0
        for trial in 0..<trials {
            var sketch = HyperLogLog()
            for i in 0..<distinct { sketch.add(hash: StableHash.word(UInt64(trial) << 40 | UInt64(i))) }
            let error = sketch.estimate / Double(distinct) - 1
            squares += error * error
            bias += error
        }
        let standardError = 1.04 / Double(1 << HyperLogLog.defaultPrecision).squareRoot()
        let found = (squares / Double(trials)).squareRoot()
        // A standard deviation of n trials has itself one of 1 / sqrt(2 n), in proportion; 4 of those are allowed for.
        #expect(found < standardError * (1 + 4 / (2 * Double(trials)).squareRoot()))
        #expect(abs(bias / Double(trials)) < 4 * standardError / Double(trials).squareRoot())
    }

    @Test func orderAndGroupingChangeNothing() throws {
        for seed in 0..<30 {
            var random = SeededGenerator(seed: UInt64(seed))
            let hashes = (0..<random.number(1...3000)).map { _ in StableHash.word(UInt64(random.number(0...2000))) }
            var whole = HyperLogLog()
            for hash in hashes { whole.add(hash: hash) }
            var parts = [HyperLogLog](repeating: HyperLogLog(), count: 4)
            for hash in hashes.shuffled(using: &random) { parts[random.number(0...3)].add(hash: hash) }
            var merged = HyperLogLog()
            for part in parts { merged.merge(try HyperLogLog(decoding: part.encoded())) }
            #expect(merged == whole, "seed \(seed)")
        }
    }

    @Test func structuredValuesAreNoWorse() {
        let patterns: [(String, (UInt64) -> UInt64)] = [
            ("whole doubles", { Double($0).bitPattern }), ("whole floats", { UInt64(Float($0).bitPattern) }),
            ("high bits", { $0 << 44 }), ("multiples of 1000", { $0 * 1000 }),
            ("days in microseconds", { $0 * 86_400_000_000 }),
        ]
        for (name, pattern) in patterns {
            var sketch = HyperLogLog()
            for i in 0..<UInt64(50_000) { sketch.add(hash: StableHash.word(pattern(i))) }
            #expect(abs(sketch.estimate / 50_000 - 1) < 4 * sketch.standardError, "\(name): \(sketch.estimate)")
        }
    }

    /// Values of the reference implementation (`xxhash.xxh64_intdigest`).
    @Test func textHashesAreXXH64() {
        func hash(_ text: String) -> UInt64 { Array(text.utf8).withUnsafeBytes { StableHash.bytes($0) } }
        #expect(hash("") == 0xef46_db37_51d8_e999)
        #expect(hash("a") == 0xd24e_c4f1_a98c_6e5b)
        #expect(hash("abc") == 0x44bc_2cf5_ad77_0999)
        #expect(hash("Nobody inspects the spammish repetition") == 0xfbce_a83c_8a37_8bf1)
    }
}
