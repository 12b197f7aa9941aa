import Testing

@testable import FeatureStore

@Suite struct HeavyHittersTests {
    @Test func fewValuesAreCountedExactly() {
        var table = HeavyHitters<UInt64>(capacity: 10)
        for value in UInt64(0)..<20 { table.add(value, count: Int64(value + 1)) }
        #expect(table.isExact)
        #expect(table.top(3).map(\.item) == [19, 18, 17])
        #expect(table.top(1)[0].counter.count == 20)
    }

    /// Whatever is added and merged in whatever way: each bound that is stated holds.
    @Test func statedErrorsHold() throws {
        for seed in 0..<150 {
            var random = SeededGenerator(seed: UInt64(seed))
            let capacity = random.number(1...12)
            let values = UInt64(random.number(1...80))
            var exact: [UInt64: Int64] = [:]
            var tables: [HeavyHitters<UInt64>] = []
            for _ in 0..<random.number(1...4) {
                var table = HeavyHitters<UInt64>(capacity: capacity)
                for _ in 0..<random.number(0...400) {
                    // Small values are frequent.
                    let u = Double.random(in: 0..<1, using: &random)
                    let value = UInt64(u * u * u * Double(values))
                    table.add(value)
                    exact[value, default: 0] += 1
                }
                tables.append(table)
            }
            var merged = tables[0]
            for table in tables.dropFirst() { merged.merge(try HeavyHitters(decoding: table.encoded())) }
            let total = exact.values.reduce(0, +)
            #expect(merged.total == total, "seed \(seed)")
            #expect(merged.absentLimit <= total / Int64(capacity), "seed \(seed)")
            for (value, count) in exact {
                guard let counter = merged.counter(of: value) else {
                    #expect(count <= merged.absentLimit, "seed \(seed)")
                    continue
                }
                #expect((counter.count - counter.error...counter.count).contains(count), "seed \(seed)")
            }
        }
    }

    @Test func whatIsExactDoesNotDependOnGrouping() {
        var random = SeededGenerator(seed: 3)
        var whole = HeavyHitters<UInt64>(capacity: 50)
        var parts = [HeavyHitters<UInt64>](repeating: HeavyHitters(capacity: 50), count: 3)
        for _ in 0..<1000 {
            let value = UInt64(random.number(0...90))
            whole.add(value)
            parts[random.number(0...2)].add(value)
        }
        parts[0].merge(parts[2])
        parts[0].merge(parts[1])
        #expect(whole.isExact && parts[0].encoded() == whole.encoded())
    }
}
