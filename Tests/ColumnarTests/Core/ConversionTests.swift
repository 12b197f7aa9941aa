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

    @Test func datesBeyondTheRangeOfTimesAreUnfit() throws {
        let dates = try #require(
            convert(.date32, [.int(Int64(Int32.max)), .int(0), .int(Int64(Int32.min))], to: .instant))
        #expect(dates.unfit == [0, 2])
    }

    /// The table of docs/reference/types.md.
    @Test func whatBecomesWhatIsAsDocumented() {
        let integers: [DataType] = [.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]
        let numbers: [DataType] = [.int32, .int64, .float32, .float64]
        let targets = numbers + [.bool, .string, .binary, .instant, .fixedSizeList(.float32, 2)]
        var documented: [DataType: [DataType]] = [
            .bool: [.bool] + numbers, .string: [.string, .binary, .instant], .binary: [.binary, .string],
            .date32: [.instant], .decimal(precision: 5, scale: 1): numbers, .time(.microseconds): [],
            .list(.string): [],
        ]
        for type in integers { documented[type] = numbers + [.bool] }
        for type in [DataType.float16, .float32, .float64] { documented[type] = numbers }
        for unit in [TimeUnit.seconds, .milliseconds, .microseconds, .nanoseconds] {
            for zone in [nil, "UTC", "Europe/Rome"] { documented[.timestamp(unit, zone: zone)] = [.instant] }
        }
        for element in integers + [.float16, .float32, .float64, .decimal(precision: 5, scale: 1)] {
            documented[.list(element)] = [.fixedSizeList(.float32, 2)]
            documented[.fixedSizeList(element, 2)] = [.fixedSizeList(.float32, 2)]
        }
        var tables = RandomTables(seed: 1)
        for (type, accepted) in documented {
            let column = tables.column(type, rows: 3, nulls: .none)
            for target in targets {
                #expect((column.converted(to: target) != nil) == accepted.contains(target), "\(type) to \(target)")
            }
            #expect(Column.nulls(type, count: 3).converted(to: .instant)?.unfitRows == [])
        }
    }

    @Test func decimalsBecomeWholeNumbersAndNearestFloats() throws {
        func decimal(_ unscaled: Int128) -> Value { .decimal(FixedPoint(unscaled: unscaled, scale: 2)) }
        let type = DataType.decimal(precision: 38, scale: 2)
        let whole = try #require(convert(type, [decimal(1200), decimal(1250), .null, decimal(-100)], to: .int32))
        #expect(whole.values == [.int(12), .null, .null, .int(-1)])
        #expect(whole.unfit == [1])
        let large = try #require(convert(type, [decimal(Int128(Int64.max) * 100 + 100)], to: .int64))
        #expect(large.unfit == [0])
        let floats = try #require(convert(type, [decimal(10), decimal(-333), decimal(0)], to: .float64))
        #expect(floats.values == [.float64(0.1), .float64(-3.33), .float64(0)])
        let narrow = try #require(convert(type, [decimal(10), decimal(1 << 90)], to: .float32))
        #expect(narrow.values == [.float32(0.1), .float32(Float("\(FixedPoint(unscaled: 1 << 90, scale: 2))") ?? 0)])
        #expect(convert(type, [decimal(1)], to: .string) == nil)
    }

    @Test func decimalsAreWrittenWithAllTheirDigits() {
        func text(_ unscaled: Int128, _ scale: Int) -> String {
            FixedPoint(unscaled: unscaled, scale: scale).description
        }
        #expect(text(-5, 2) == "-0.05" && text(1250, 2) == "12.50" && text(7, 0) == "7" && text(0, 3) == "0.000")
        #expect(text(-(.max), 38) == "-1.70141183460469231731687303715884105727")
    }

    @Test func nearestFloatsAreThoseOfTheText() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let digits = Int.random(in: 0...38, using: &random)
            let number = FixedPoint(
                unscaled: .random(in: -FixedPoint.power(digits)...FixedPoint.power(digits), using: &random),
                scale: .random(in: 0...38, using: &random))
            #expect(number.nearestDouble == Double(number.description), "\(number)")
            #expect(number.nearestFloat == Float(number.description), "\(number)")
        }
    }

    @Test func boolsBecomeZeroAndOne() throws {
        let result = try #require(convert(.bool, [.bool(true), .null, .bool(false)], to: .float32))
        #expect(result.values == [.float32(1), .null, .float32(0)] && result.unfit.isEmpty)
        #expect(try #require(convert(.bool, [.bool(true)], to: .int64)).values == [.int(1)])
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
        #expect(convert(.bool, [.bool(true)], to: .string) == nil)
    }
}
