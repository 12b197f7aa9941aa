import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct ExpressionTests {
    private static let names = ExpressionNames(
        [
            "i": .integer, "j": .integer, "x": .float, "y": .float, "b": .bool, "s": .string, "t": .timestamp,
            "u": .timestamp, "v": .vector(count: 3), "w": .vector(count: 2), "z": .bytes, "now": .timestamp,
        ], subject: "a name of this test")

    private static let values: [String: Value] = [
        "i": .int(7), "j": .int(-2), "x": .float64(2.5), "y": .float64(-0.5), "b": .bool(true), "s": .string("Älpha é"),
        "t": .timestamp(Timestamp(parsing: "2024-02-29T22:30:15Z")!),
        "u": .timestamp(Timestamp(parsing: "2024-03-01T00:00:00Z")!),
        "now": .timestamp(Timestamp(parsing: "2024-03-02T00:00:00Z")!),
        "v": .list([.float32(3), .float32(4), .float32(0)]), "w": .list([.float32(1), .float32(1)]),
        "z": .bytes([1, 2]),
    ]

    private func value(_ text: String) throws -> Value {
        let expression = try Expression(text, names: Self.names)
        return try #require(ExpressionRow(expression).evaluate(expression.inputs.map { Self.values[$0.name]! }))
    }

    @Test(arguments: [
        ("1 + 2 * 3", Value.int(7)), ("(1 + 2) * 3", .int(9)), ("-2 ** 2", .float64(-4)),
        ("2 ** 3 ** 2", .float64(512)),
        ("7 / 2", .float64(3.5)), ("-7 // 2", .int(-4)), ("-7 % 3", .int(2)), ("7 % -3", .int(-2)),
        ("1 // 0", .null), ("1 % 0", .null), ("1 / 0", .float64(.infinity)), ("-7.5 // 2", .float64(-4)),
        ("-7.5 % 2", .float64(0.5)), ("9223372036854775807 + 1", .null), ("i - -j", .int(5)),
        ("not b or i > 3 and x < 3", .bool(true)), ("i in (1, 7)", .bool(true)), ("i not in (1, 7)", .bool(false)),
        ("i in (1, null)", .null), ("null and false", .bool(false)), ("null or true", .bool(true)),
        ("null and true", .null),
        ("if(null, 1, 2)", .int(2)), ("if(b, 1, 2.5)", .float64(1)), ("coalesce(null, i, 3)", .int(7)),
        ("null_if(i, 7)", .null), ("null_if(s, 'x')", .string("Älpha é")), ("is_null(null)", .bool(true)),
        ("is_null(i)", .bool(false)), ("min(3, x, 4)", .float64(2.5)), ("max(i, j, null)", .null),
        ("clip(x, 0, 1)", .float64(1)), ("abs(j)", .int(2)), ("sign(y)", .float64(-1)), ("round(2.5)", .float64(3)),
        ("round(-2.5)", .float64(-3)), ("floor(y)", .float64(-1)), ("ceil(i)", .int(7)), ("trunc(y)", .float64(-0.0)),
        ("int(2.9)", .int(2)), ("int(1e30)", .null), ("int('42')", .int(42)), ("int('4x')", .null), ("int(b)", .int(1)),
        ("float('1.5')", .float64(1.5)), ("string(1.5)", .string("1.5")), ("string(b)", .string("true")),
        ("string(t)", .string("2024-02-29T22:30:15Z")), ("is_nan(sqrt(-1))", .bool(true)),
        ("is_finite(1 / 0)", .bool(false)),
        ("length(s)", .int(7)), ("length(z)", .int(2)), ("lower(s)", .string("älpha é")),
        ("upper('abc')", .string("ABC")),
        ("trim('  a b ')", .string("a b")), ("contains(s, 'lph')", .bool(true)), ("starts_with(s, 'Äl')", .bool(true)),
        ("ends_with(s, 'x')", .bool(false)), ("concat('a', 'b', s)", .string("abÄlpha é")),
        ("'it''s' + \"!\"", .string("it's!")),
        ("replace('aXbXc', 'X', '--')", .string("a--b--c")), ("substring(s, 1, 3)", .string("lph")),
        ("substring(s, -1, 3)", .null), ("substring(s, 5, 100)", .string(" é")),
        ("'b' > 'a'", .bool(true)), ("s == 'Älpha é'", .bool(true)), ("t < '2024-03-01'", .bool(true)),
        ("year(t)", .int(2024)), ("month(t)", .int(2)), ("day(t)", .int(29)), ("hour(t)", .int(22)),
        ("minute(t)", .int(30)),
        ("second(t)", .int(15)), ("weekday(t)", .int(3)), ("day_of_year(t)", .int(60)),
        ("is_weekend(now)", .bool(true)),
        ("hour(t, 'Europe/Berlin')", .int(23)), ("day(t, 'Asia/Tokyo')", .int(1)),
        ("hours(u - t)", .float64(1.4958333333333333)),
        ("days(since(u))", .float64(1)), ("u + 1d == now", .bool(true)), ("(now - u) / 2h", .float64(12)),
        ("floor_time(t, 1h)", .timestamp(Timestamp(parsing: "2024-02-29T22:00:00Z")!)),
        ("unix_seconds(timestamp('1970-01-02'))", .float64(86_400)),
        ("from_unix(1.5)", .timestamp(Timestamp(microseconds: 1_500_000))),
        ("dot(v, v)", .float64(25)), ("norm(v)", .float64(5)), ("cosine(v, v)", .float64(1)),
        ("euclidean(v, v)", .float64(0)),
        ("v[1]", .float64(4)), ("v[i]", .null), ("hash_bucket(null, 10)", .null),
        (
            "geo_distance_km(52.5200, 13.4050, 48.8566, 2.3522) > 877 and geo_distance_km(52.5200, 13.4050, 48.8566, 2.3522) < 878",
            .bool(true)
        ),
    ])
    func aValueIsWhatTheReferenceSays(text: String, expected: Value) throws { #expect(try value(text) == expected) }

    @Test(arguments: [
        ("", 0, "there is no expression"), ("1 +", 3, "a value is missing before the end"),
        ("foo + 1", 0, "'foo' is not a name of this test"),
        ("squrt(x)", 0, "there is no function 'squrt' (did you mean 'sqrt'?)"),
        ("x = 1", 2, "'=' is written '==' here"), ("x && b", 2, "'&&' is written 'and' here"),
        ("s + 1", 2, "'a + b' takes (integer, integer) or (float, float) or"),
        ("sqrt(1, 2)", 0, "sqrt() takes 1 value, not 2: sqrt(x)"),
        ("1 < 2 < 3", 6, "comparisons cannot be chained"), ("if(1, 2, 3)", 3, "if() takes a bool first, not integer"),
        ("if(b, 1, 'a')", 9, "if() takes values of one type, not integer and string"),
        ("hour(t, 'Europe/Berlim')", 8, "there is no time zone 'Europe/Berlim' (did you mean 'Europe/Berlin'?)"),
        ("dot(v, w)", 0, "dot() takes vectors of one length, not of 3 and 2"), ("v[3]", 2, "there is no element 3"),
        ("'abc", 0, "this text has no closing '"), ("1d2", 0, "'1d2' is neither a number nor a duration"),
        ("t < 'yesterday'", 4, "'yesterday' is no time like"), ("sqrt", 0, "'sqrt' is a function: write sqrt(…)"),
        ("hash_bucket(x, 8)", 12, "hash_bucket() takes an integer, text, bool or time"),
        ("x x", 2, "an operator or the end is missing before 'x'"),
        ("max(1)", 0, "max() takes two or more values, not 1"), ("99999999999999999999", 0, "does not fit 64 bits"),
        ("(1", 2, "')' is missing after what stands in brackets, before the end"),
        ("x ? 1", 2, "'?' is written 'if(condition, then, else)' here"),
    ])
    func aMistakeIsToldWithItsPlace(text: String, offset: Int, message: String) throws {
        let error = #expect(throws: ExpressionError.self) { try Expression(text, names: Self.names) }
        #expect(error?.offset == offset, "\(String(describing: error))")
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func whatIsTooLongOrTooDeepIsRefused() {
        for text in [
            String(repeating: "(", count: 200) + "1" + String(repeating: ")", count: 200),
            String(repeating: "2 ** ", count: 200) + "1", Array(repeating: "1", count: 2000).joined(separator: "+"),
            String(repeating: " ", count: 20_000),
        ] {
            #expect(throws: ExpressionError.self) { try Expression(text, names: Self.names) }
        }
    }

    @Test func aTextBeyondItsBoundIsNull() throws {
        let doubled = (0..<15).reduce("s") { text, _ in "replace(\(text), 'l', 'llllllllll')" }
        #expect(try value("is_null(\(doubled))") == .bool(true))
    }

    @Test func nowIsRefusedWhereThereIsNone() {
        let error = #expect(throws: ExpressionError.self) {
            try Expression("since(t)", names: ExpressionNames(["t": .timestamp], subject: "a column"))
        }
        #expect(error?.message.contains("must not depend on when it is computed") == true)
    }

    @Test(arguments: [
        ("x", FeatureType.int64, "take round(…), floor(…) and int(…)"), ("t - u", .float32, "take hours(…)"),
        ("b", .float32, "take float(…)"), ("i", .string, "take string(…)"), ("s", .bool, "does not fit bool"),
    ])
    func aValueThatDoesNotFitTheFeatureIsRefusedWithTheWayOut(text: String, type: FeatureType, message: String) {
        let error = #expect(throws: ExpressionError.self) { try Expression(text, names: Self.names, result: type) }
        #expect(error?.message.contains(message) == true)
    }

    @Test func narrowerResultsAreRoundedOnceOrNull() throws {
        let integers = Column(.int64, [.int(1), .int(1 << 40), .null])
        let expression = try Expression("i * 2", names: Self.names, result: .int32)
        let narrow = expression.evaluate(over: [integers], rowCount: 3, as: .int32)
        #expect((0..<3).map { narrow.value(at: $0) } == [.int(2), .null, .null])
        let floats = try Expression("x / 3", names: Self.names, result: .float32)
            .evaluate(over: [Column(.float32, [.float32(1), .float32(-0.0)])], rowCount: 2, as: .float32)
        #expect((0..<2).map { floats.value(at: $0) } == [.float32(Float(1.0 / 3)), .float32(-0.0)])
    }

    @Test func columnsOfAllTypesAreRead() throws {
        let rows = 3
        let columns: [(String, ExpressionType, Column)] = [
            ("a", .integer, Column(.int8, [.int(-1), .null, .int(3)])),
            ("b", .integer, Column(.uint32, [.uint(1), .uint(2), .uint(3)])),
            ("c", .timestamp, Column(.date32, [.int(0), .int(1), .null])),
            ("d", .bool, Column(.bool, [.bool(true), .null, .bool(false)])),
            ("e", .string, Column(.string, [.string("x"), .null, .string("")])),
            (
                "f", .vector(count: 2),
                Column(
                    .fixedSizeList(.float32, 2),
                    [.list([.float32(1), .float32(2)]), .null, .list([.float32(0), .float32(5)])])
            ),
        ]
        let names = ExpressionNames(Dictionary(uniqueKeysWithValues: columns.map { ($0.0, $0.1) }), subject: "a column")
        let text = "string(a) + string(b) + string(day(c)) + string(d) + e + string(int(f[1]))"
        let expression = try Expression("coalesce(\(text), 'none')", names: names)
        let inputs = expression.inputs.map { input in columns.first { $0.0 == input.name }!.2 }
        for (column, input) in zip(inputs, expression.inputs) {
            #expect(ExpressionType(reading: column.type) == input.type)
        }
        let result = expression.evaluate(over: inputs, rowCount: rows, as: .string)
        #expect((0..<rows).map { result.value(at: $0) } == [.string("-111truex2"), .string("none"), .string("none")])
        let vectors = try Expression("if(d, f, null)", names: names).evaluate(
            over: [columns[3].2, columns[5].2], rowCount: rows, as: .vector(count: 2))
        #expect((0..<rows).map { vectors.value(at: $0) } == [.list([.float32(1), .float32(2)]), .null, .null])
    }

    @Test func noRowsGiveNoRows() throws {
        for type in FeatureType.allKinds {
            let names = ExpressionNames(["x": ExpressionType(type)], subject: "a column")
            let result = try Expression("x", names: names, result: type)
                .evaluate(over: [Column(type.dataType, [])], rowCount: 0, as: type)
            #expect(result.count == 0 && result.type == type.dataType)
        }
    }

    @Test func zonesKnowTheirChanges() throws {
        let berlin = try #require(ExpressionZone(named: "Europe/Berlin"))
        func hours(_ text: String) -> Int64 {
            berlin.offset(at: Timestamp(parsing: text)!.microseconds) / 3_600_000_000
        }
        #expect(hours("2024-03-31T00:59:59Z") == 1 && hours("2024-03-31T01:00:00Z") == 2)
        #expect(hours("2024-10-27T00:59:59Z") == 2 && hours("2024-10-27T01:00:00Z") == 1)
        #expect(hours("1960-07-01") == 1)
        for name in ["Asia/Kolkata", "America/Sao_Paulo", "Africa/Casablanca", "Australia/Lord_Howe", "UTC"] {
            let zone = try #require(ExpressionZone(named: name))
            let foundation = try #require(TimeZone(identifier: name))
            var random = SeededGenerator(seed: 7)
            for _ in 0..<500 {
                let second = Int64.random(in: -2_000_000_000...4_000_000_000, using: &random)
                let expected = foundation.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
                #expect(zone.offset(at: second * 1_000_000) == Int64(expected) * 1_000_000, "\(name) at \(second)")
            }
        }
    }
}
