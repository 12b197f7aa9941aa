import Testing

@testable import fstore

@Suite struct QuantitiesTests {
    @Test func countsHaveThousandsSeparators() {
        let counts = [0, 7, 999, 1000, 10_000_000, -1234].map { Quantities.count($0) }
        #expect(counts == ["0", "7", "999", "1,000", "10,000,000", "-1,234"])
        #expect(Quantities.count(.min) == "-9,223,372,036,854,775,808")
        #expect(Quantities.count(1, "row") == "1 row")
        #expect(Quantities.count(2, "row") == "2 rows")
    }

    @Test func sizesAreInPowersOfThousandAndNeverRoundToAThousand() {
        let sizes = [0, 999, 1000, 1_234_567, 999_949, 999_950, 10_000_000_000].map(Quantities.bytes)
        #expect(sizes == ["0 bytes", "999 bytes", "1.0 kB", "1.2 MB", "999.9 kB", "1.0 MB", "10.0 GB"])
        #expect(Quantities.short(1_200_000) == "1.2 M")
        #expect(Quantities.short(.infinity) == "–")
    }

    @Test func durationsHaveTheUnitThatFits() {
        let durations = [0, 0.000_42, 0.000_999_9, 0.35, 0.999_9, 2.34, 59.96, 200, 3599.6, 3900].map(
            Quantities.seconds)
        #expect(
            durations == [
                "0 µs", "420 µs", "1 ms", "350 ms", "1.0 s", "2.3 s", "1 min 0 s", "3 min 20 s", "1 h 0 min",
                "1 h 5 min",
            ])
        #expect([.nan, .infinity, -1].map(Quantities.seconds) == ["–", "–", "–"])
        #expect(Quantities.seconds(Duration.milliseconds(1500)) == 1.5)
    }
}
