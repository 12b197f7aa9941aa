import Testing

@testable import Columnar

@Suite struct ConversionTests {
    private func convert(_ type: DataType, _ values: [Value], to target: DataType) -> (values: [Value], unfit: [Int])? {
        Column(type, values).converted(to: target).map { ($0.column.allValues, $0.unfitRows) }
    }

    @Test func integersAreCheckedForRange() throws {
        let result = try #require(convert(.int64, [.int(1), .int(1 << 40), .null, .int(-5)], to: .int32))
        #expect(result.values == [.int(1), .null, .null, .int(-5)])
        #expect(result.unfit == [1])
        let unsigned = try #require(convert(.uint64, [.uint(.max), .uint(9)], to: .int64))
        #expect(unsigned.unfit == [0])
    }

    @Test func integersBecomeFloatsOnlyWhereExact() throws {
        let result = try #require(convert(.int64, [.int(16_777_216), .int(16_777_217)], to: .float32))
        #expect(result.values == [.float32(16_777_216), .null])
        #expect(result.unfit == [1])
    }

    @Test func doublesRoundToFloatsButDoNotOverflow() throws {
        let result = try #require(
            convert(.float64, [.float64(0.1), .float64(1e300), .float64(.infinity)], to: .float32))
        #expect(result.values == [.float32(0.1), .null, .float32(.infinity)])
        #expect(result.unfit == [1])
    }

    @Test func missingIntegersOfPandasBecomeNull() throws {
        let result = try #require(convert(.float64, [.float64(3), .float64(.nan), .float64(1.5)], to: .int64))
        #expect(result.values == [.int(3), .null, .null])
        #expect(result.unfit == [2])
    }

    @Test func timesOfAllUnitsBecomeMicroseconds() throws {
        let seconds = try #require(convert(.timestamp(.seconds, zone: nil), [.int(2), .int(.max)], to: .instant))
        #expect(seconds.values == [.timestamp(Timestamp(microseconds: 2_000_000)), .null])
        #expect(seconds.unfit == [1])
        let nanoseconds = try #require(
            convert(.timestamp(.nanoseconds, zone: "UTC"), [.int(3000), .int(3001)], to: .instant))
        #expect(nanoseconds.unfit == [1])
        let days = try #require(convert(.date32, [.int(1)], to: .instant))
        #expect(days.values == [.timestamp(Timestamp(microseconds: 86_400_000_000))])
        let texts = try #require(
            convert(.string, [.string("2013-01-01T00:00:00+01:00"), .string("soon")], to: .instant))
        #expect(texts.values[0].description == "2012-12-31T23:00:00Z")
        #expect(texts.unfit == [1])
    }

    @Test func listsBecomeVectorsOfTheDeclaredLength() throws {
        let lists: [Value] = [
            .list([.float64(1), .float64(2)]), .list([.float64(1)]), .null, .list([.float64(1), .null]),
            .list([.float64(3), .float64(4)]),
        ]
        let result = try #require(convert(.list(.float64), lists, to: .fixedSizeList(.float32, 2)))
        #expect(
            result.values == [
                .list([.float32(1), .float32(2)]), .null, .null, .null, .list([.float32(3), .float32(4)]),
            ])
        #expect(result.unfit == [1, 3])
    }

    @Test func aColumnOfNullsBecomesAnyType() throws {
        #expect(try #require(convert(.string, [.null, .null], to: .int64)).values == [.null, .null])
    }

    @Test func unrelatedTypesDoNotConvert() {
        #expect(convert(.string, [.string("1")], to: .int64) == nil)
        #expect(convert(.bool, [.bool(true)], to: .float32) == nil)
    }
}
