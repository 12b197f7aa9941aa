import Testing

@testable import Columnar

@Suite struct SpellingTests {
    private static let types = ["bool", "int32", "int64", "float32", "float64", "string", "bytes", "timestamp"]

    @Test func aWordThatGoesOnIsProposedWhereNoneIsNearer() {
        #expect(Spelling.nearest(to: "driver", in: ["label", "driver_id"]) == "driver_id")
        #expect(Spelling.nearest(to: "driver_idx", in: ["driver", "driver_id"]) == "driver_id")
        #expect(Spelling.nearest(to: "id", in: ["identity"]) == nil)
    }

    @Test(arguments: [
        ("flaot32", "float32"), ("Float32", "float32"), ("strnig", "string"), ("int46", "int64"), ("byte", "bytes"),
        ("bol", "bool"),
    ])
    func aMisspeltWordFindsTheRightOne(_ word: String, _ right: String) {
        #expect(Spelling.nearest(to: word, in: Self.types) == right)
    }

    @Test(arguments: ["", "x", "decimal", "driver_id", String(repeating: "a", count: 10_000)])
    func aWordUnlikeAllOthersFindsNone(_ word: String) {
        #expect(Spelling.nearest(to: word, in: Self.types) == nil)
    }

    @Test func ofEquallyNearWordsTheFirstWins() {
        #expect(Spelling.nearest(to: "view_c", in: ["view_a", "view_b"]) == "view_a")
        #expect(Spelling.nearest(to: "view_b", in: ["view_a", "view_b"]) == "view_b")
    }

    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
        ("tlt", "ttl", 1),
    ])
    func theDistanceCountsSingleEditsAndSwaps(_ a: String, _ b: String, _ distance: Int) {
        #expect(Spelling.distance(from: Array(a.unicodeScalars), to: Array(b.unicodeScalars)) == distance)
        #expect(Spelling.distance(from: Array(b.unicodeScalars), to: Array(a.unicodeScalars)) == distance)
    }
}
