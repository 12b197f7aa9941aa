import Testing

@testable import FeatureStore

@Suite struct CompactionPolicyTests {
    @Test func levelsAreLogarithmsOfRows() {
        #expect([0, 1, 3, 4, 15, 16, 63, 64, 1 << 20].map(CompactionPolicy.level) == [0, 0, 0, 1, 1, 2, 2, 3, 10])
    }

    @Test func mergesFourOfALevelAndWhatLiesBetween() {
        #expect(CompactionPolicy.groups([]) == [])
        #expect(CompactionPolicy.groups([20, 20, 20]) == [])
        #expect(CompactionPolicy.groups([20, 20, 20, 20]) == [0..<4])
        #expect(CompactionPolicy.groups([20, 1, 20, 20, 1, 20]) == [0..<6])
        #expect(CompactionPolicy.groups([500, 20, 20, 20, 20]) == [1..<5])
        // What a merge makes is merged further at once.
        #expect(CompactionPolicy.groups([64, 64, 64, 16, 16, 16, 16]) == [0..<7])
        // A large one parts them.
        #expect(CompactionPolicy.groups([20, 20, 500, 20, 20]) == [])
    }

    /// Segments of random sizes arrive, and are compacted now and then: whatever the sizes, the stated bounds hold.
    @Test func rowsAreWrittenAnewAtMostAsOftenAsStated() {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            // Of each segment its rows, and how often the row that was written most often was.
            var segments: [(rows: Int, writes: Int)] = []
            var total = 0
            let largest = [1, 10, 1000, 1_000_000].randomElement(using: &random) ?? 1
            for _ in 0..<random.number(1...300) {
                let rows = random.number(1...largest)
                segments.append((rows, 0))
                total += rows
                if random.chance(0.3) { continue }
                for group in CompactionPolicy.groups(segments.map(\.rows)).reversed() {
                    let merged = segments[group]
                    segments.replaceSubrange(
                        group,
                        with: [(merged.reduce(0) { $0 + $1.rows }, (merged.map(\.writes).max() ?? 0) + 1)])
                }
                #expect(CompactionPolicy.groups(segments.map(\.rows)).isEmpty, "seed \(seed)")
                for segment in segments {
                    #expect(segment.writes <= CompactionPolicy.level(rows: segment.rows), "seed \(seed)")
                }
                #expect(segments.allSatisfy { $0.writes <= CompactionPolicy.level(rows: total) }, "seed \(seed)")
            }
        }
    }

    @Test func segmentsOfOneSizeLeaveFewOfALevel() {
        var segments: [Int] = []
        var (written, worst) = (0, 0)
        for _ in 0..<1000 {
            segments.append(100_000)
            for group in CompactionPolicy.groups(segments).reversed() {
                let rows = segments[group].reduce(0, +)
                segments.replaceSubrange(group, with: [rows])
                written += rows
            }
            worst = max(worst, segments.count)
        }
        // 1000 is 33220 in base 4.
        #expect(segments.count == 10 && worst <= 15)
        // On average a row is written anew less than log4(1000) = 5 times.
        #expect(Double(written) / Double(1000 * 100_000) < 5)
    }
}
