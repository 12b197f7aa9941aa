import Columnar
import Foundation
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("1970-01-01T00:00:00Z", 0), ("1970-01-01 00:00", 0),
        ("1970-01-01T00:00:00.000001Z", 1), ("1970-01-01T00:00:00.1234560000z", 123_456),
        ("1969-12-31T23:59:59.5Z", -500_000), ("1970-01-01T01:00:00+01:00", 0), ("1970-01-01T01:00+0100", 0),
        ("1969-12-31T19:00:00-05", 0), ("1970-01-01 00:00:01 UTC", 1_000_000),
        ("2000-02-29t00:00:00Z", 951_782_400_000_000), ("0000-03-01", -62_162_035_200_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func isoTextReadsToTheMicrosecond(text: String, microseconds: Int64) {
        #expect(Timestamp(parsing: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2013", "2013-1-1", "2013-02-29", "1900-02-29", "2013-13-01", "2013-00-10", "2013-01-32", "2013-04-31",
        "2013-01-01T", "2013-01-01T10", "2013-01-01T24:00", "2013-01-01T10:60", "2013-01-01T10:00:60Z",
        "2013-01-01T10:00:00.", "2013-01-01T10:00:00.1234567Z", "2013-01-01T10:00:00+1", "2013-01-01T10:00:00+24:00",
        "2013-01-01T10:00:00+01:60", "2013-01-01T10:00:00ZZ", "2013-01-01T10:00:00 CET", " 2013-01-01", "1356998400",
        "2013/01/01", "2013-01-01T10:00:00+",
    ])
    func otherTextIsRefused(text: String) {
        #expect(Timestamp(parsing: text) == nil)
    }

    @Test func textHasAsManyDigitsAsItNeeds() {
        #expect(Timestamp(microseconds: 0).description == "1970-01-01T00:00:00Z")
        #expect(Timestamp(microseconds: 1_000).description == "1970-01-01T00:00:00.001Z")
        #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
    }

    @Test func timesOfOtherYearsHaveTextToo() {
        #expect(Timestamp.distantPast.description == "-290308-12-21T19:59:05.224192Z")
        #expect(Timestamp.distantFuture.description == "294247-01-10T04:00:54.775807Z")
        #expect(Timestamp(microseconds: 253_402_300_800_000_000).description == "10000-01-01T00:00:00Z")
        #expect(Timestamp(microseconds: -62_167_219_200_000_001).description == "-001-12-31T23:59:59.999999Z")
    }

    @Test func everyInstantOfFourDigitYearsComesBackFromItsText() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let time = Timestamp(
                microseconds: Int64.random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random))
            #expect(Timestamp(parsing: time.description) == time)
        }
    }

    @Test func daysAgreeWithFoundationsCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: -10_000_000_000...200_000_000_000, using: &random)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second], from: Date(timeIntervalSince1970: Double(seconds)))
            let text = String(
                format: "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0,
                parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
            #expect(Timestamp(microseconds: seconds * 1_000_000).description == text)
        }
    }
}
