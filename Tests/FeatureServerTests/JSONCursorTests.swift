import Columnar
import FeatureStore
import Foundation
import Testing

@testable import FeatureServer

@Suite struct JSONCursorTests {
    /// Runs `body` on a cursor over `text`.
    private func reading<Result>(
        _ text: String, _ body: (inout JSONCursor) throws -> Result
    ) throws -> Result {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            let result = try body(&cursor)
            try cursor.expectEnd()
            return result
        }
    }

    @Test(arguments: [
        "{}", "[]", "[1,2.5,-3e8]", " { \"a\" : [ null , true , false ] } ", "\"\\u00e9\\n\"", "0", "-0.0", "[[[[]]]]",
    ])
    func validTextIsSkippedWhole(_ text: String) throws {
        _ = try reading(text) { try $0.skipValue() }
    }

    @Test(arguments: [
        "", "{", "[", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "01", "1.", ".5", "1e", "+1", "nul", "tru", "\"",
        "\"\\x\"",
        "\"\\u12g4\"", "\"a\nb\"", "[1 2]", "{} {}", "NaN", "-", "'a'", "\u{feff}1", "[\"\\",
    ])
    func invalidTextIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try reading(text) { try $0.skipValue() } }
    }

    @Test func deepNestingIsRefusedAndNotFollowed() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try reading(text) { try $0.skipValue() } }
    }

    @Test func escapesAreDecodedAsFoundationDoes() throws {
        for text in [#""a\"\\\/\b\f\n\r\té""#, #""😀!""#, #""x""#, #""\u00e9 é 日本""#, "\"\""] {
            let expected = try JSONDecoder().decode(String.self, from: Data(text.utf8))
            #expect(try reading(text) { try $0.string().string } == expected)
        }
    }

    @Test func halfASurrogatePairIsReplaced() throws {
        #expect(try reading(#""\ud83dx""#) { try $0.string().string } == "\u{fffd}x")
        #expect(try reading(#""\ude00""#) { try $0.string().string } == "\u{fffd}")
    }

    @Test func aValueThatIsReadLaterIsPassedOverByItsBrackets() throws {
        for text in ["{}", "[]", #"[{"a": "]}\\"}, [2]]"#, #"{"a\"[": [1, {"b": null}]}"#, "17", "\"]\"", " [ ] "] {
            let whole = try reading(text) { String(decoding: try $0.skipValue(), as: UTF8.self) }
            #expect(try reading(text) { String(decoding: try $0.passValue(), as: UTF8.self) } == whole)
        }
        for text in ["[", "{\"a\": [1, 2]", "[\"]", "[[]"] {
            #expect(throws: JSONError.self) { try reading(text) { try $0.passValue() } }
        }
    }

    @Test func numbersAreTheNearestDouble() throws {
        var random = SystemRandomNumberGenerator()
        var texts = [
            "-0.0", "0.1", "9007199254740991", "9007199254740993", "0.9007199254740993",
            "123456789012345678901234567890", "1e22", "1e-5", "0.0000000000000000000001", "0.00000000000000000000001",
            "179769313486231580000", "5e-324",
        ]
        for _ in 0..<20_000 {
            let digits = (0..<Int.random(in: 1...20)).map { _ in String(Int.random(in: 0...9)) }.joined()
            let whole = Int.random(in: 0...999_999, using: &random)
            texts.append((Bool.random() ? "-" : "") + "\(whole).\(digits)")
        }
        for text in texts {
            let read = try reading(text) { try $0.number().double }
            #expect(read?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test func wholeNumbersKeepAllTheirDigits() throws {
        for number in [Int64.min, -1, 0, 9_007_199_254_740_993, .max] {
            #expect(try reading("\(number)") { try $0.number().int64 } == number)
        }
        #expect(try reading("9223372036854775808") { try $0.number().int64 } == nil)
        #expect(try reading("3.0") { try $0.number().int64 } == 3)
        #expect(try reading("3.5") { try $0.number().int64 } == nil)
        #expect(try reading("1e400") { try $0.number().double } == nil)
        #expect(try reading("-0") { try $0.number().double?.sign } == .minus)
    }

    @Test func columnsAreReadByTheirDeclaredType() throws {
        let numbers = try reading(#"[1, "2", null, 3.0]"#) { try $0.column(of: .int64, maximumRows: 9) }
        #expect((0..<4).map(numbers.value) == [.int(1), .int(2), .null, .int(3)])
        let floats = try reading(#"["NaN", "-Infinity", 0.1]"#) { try $0.column(of: .float32, maximumRows: 9) }
        #expect(floats.value(at: 1) == .float32(-.infinity) && floats.value(at: 2) == .float32(0.1))
        let times = try reading(#"["2026-01-01T01:00:00", 5, "2026-01-01T01:00:00+01:00"]"#) {
            try $0.column(of: .timestamp, maximumRows: 9)
        }
        #expect(times.value(at: 1) == .timestamp(Timestamp(microseconds: 5_000_000)))
        #expect(times.value(at: 2) == .timestamp(Timestamp(parsing: "2026-01-01T00:00:00Z")!))
        let vectors = try reading("[[1,2],[3,4]]") { try $0.column(of: .vector(count: 2), maximumRows: 9) }
        #expect(vectors.value(at: 1) == .list([.float32(3), .float32(4)]))
    }

    @Test(arguments: [
        ("[1.5]", FeatureType.int64), ("[\"x\"]", .int64), ("[3000000000]", .int32), ("[1]", .string), ("[1]", .bool),
        ("[\"*\"]", .bytes), ("[\"noon\"]", .timestamp), ("[[1]]", .vector(count: 2)), ("[[1,2,3]]", .vector(count: 2)),
        ("[[1,null]]", .vector(count: 2)), ("[1,2,3]", .float64), ("[[1]]", .int64), ("[{}]", .string),
        ("[1e39]", .float32), ("[[1e39,0]]", .vector(count: 2)), ("[1706695200000]", .timestamp),
    ])
    func whatDoesNotFitAColumnIsRefused(_ text: String, _ type: FeatureType) {
        #expect(throws: JSONError.self) { try reading(text) { try $0.column(of: type, maximumRows: 2) } }
    }

    @Test func aColumnOfStringsIsUTF8() {
        let bytes: [UInt8] = Array("[\"".utf8) + [0xc3, 0x28] + Array("\"]".utf8)
        _ = bytes.withUnsafeBytes { bytes in
            #expect(throws: JSONError.self) {
                var cursor = JSONCursor(bytes)
                _ = try cursor.column(of: .string, maximumRows: 2)
            }
        }
    }

    @Test func errorsCountPlacesInTheWholeBody() throws {
        let text = Array(#"{"entities": {"k": [1, x]}}"#.utf8)
        text.withUnsafeBytes { bytes in
            var inner = JSONCursor(UnsafeRawBufferPointer(rebasing: bytes[13..<26]), within: bytes)
            do throws(JSONError) {
                try inner.object { (_, cursor) throws(JSONError) in
                    _ = try cursor.column(of: .int64, maximumRows: 9)
                }
                Issue.record("the mistake was not seen")
            } catch {
                #expect(error.offset == 23)
            }
        }
    }

    /// Random edits of valid requests: refused or read, and never beyond the bytes.
    @Test func mutatedTextNeverReadsBeyondItsEnd() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededRandom(seed: seed)
        let original = Array(
            #"{"entities":{"a":["xé\n",null],"b":[1,-2.5e3]},"features":["v:f"],"at":"2026-01-01"}"#.utf8)
        for _ in 0..<20_000 {
            var text = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: text[place] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: text.remove(at: place)
                default: text.insert(text[Int.random(in: 0..<text.count, using: &generator)], at: place)
                }
                if text.isEmpty { text = [0x20] }
            }
            // Memory of the exact size, so that a sanitizer sees a read behind it.
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
            defer { bytes.deallocate() }
            bytes.copyBytes(from: text)
            var cursor = JSONCursor(UnsafeRawBufferPointer(bytes))
            let isRead = (try? cursor.skipValue()) != nil && (try? cursor.expectEnd()) != nil
            let isValid = (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
            let asString = String(decoding: text, as: UTF8.self)
            // Bytes that are no UTF-8 are passed through here and repaired on output; Foundation refuses them.
            if isRead, Array(asString.utf8) == text { #expect(isValid, "seed \(seed): \(asString)") }
            // Foundation takes a comma behind the last element, which JSON has not.
            let hasLooseComma = asString.contains(/,\s*[\]}]/)
            if isValid, !hasLooseComma { #expect(isRead, "seed \(seed): \(asString)") }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a seed repeats a run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
