import FeatureStore
import Testing

@Suite struct TimeSpanTests {
    @Test(arguments: ["90s", "90m", "2h", "7d", "0s", "365d"])
    func aDurationIsWrittenAsItWasRead(_ text: String) {
        #expect(TimeSpan(text)?.description == text)
    }

    @Test func weeksAreWrittenAsDays() {
        #expect(TimeSpan("4w")?.description == "28d")
    }

    @Test(arguments: [
        "", "d", "7", "7 d", "-7d", "+7d", "1.5h", "7D", "7days", "9999999999999999999d", "366001d", "٧d",
    ])
    func whatIsNoDurationIsRefused(_ text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(arguments: ["float32[1]", "float32[65536]", "bool", "timestamp"])
    func aTypeIsWrittenAsItWasRead(_ text: String) {
        #expect(FeatureType(text)?.description == text)
    }

    @Test(arguments: ["float32[]", "float32[0]", "float32[65537]", "float32[+5]", "float32[-1]", "int64[3]", "Bool"])
    func whatIsNoTypeIsRefused(_ text: String) {
        #expect(FeatureType(text) == nil)
    }
}
