import Testing

@testable import Columnar

@Suite struct TableDigestTests {
    private func digest(_ columns: (String, DataType, [Value])...) -> TableDigest {
        TableDigest(
            of: Table(
                fields: columns.map { Field($0.0, $0.1) }, columns: columns.map { Column($0.1, $0.2) },
                rowCount: columns.first?.2.count ?? 0))
    }

    /// The words by the table in `ValueWords`, value by value.
    private func word(_ value: Value, _ type: DataType) -> UInt64 {
        let k: UInt64 = 0x9e37_79b9_7f4a_7c15
        let m = ValueWords.mixed
        func whole(_ number: Int128) -> UInt64? {
            if let small = Int64(exactly: number) { return m(UInt64(bitPattern: small) ^ k) }
            return UInt64(exactly: number).map { m($0 ^ 2 &* k) }
        }
        func time(_ nanoseconds: Int128, _ salt: UInt64) -> UInt64 {
            let rest = ((nanoseconds % 1000) + 1000) % 1000
            let microseconds = (nanoseconds - rest) / 1000
            let low = m(UInt64(truncatingIfNeeded: microseconds) ^ salt &* k)
            let word =
                Int64(exactly: microseconds) == nil ? m(low ^ UInt64(truncatingIfNeeded: microseconds >> 64)) : low
            return rest == 0 ? word : m(word ^ UInt64(rest))
        }
        func ticks(_ unit: TimeUnit) -> Int128 { Int128(1_000_000_000 / unit.ticksPerSecond) }
        switch (value, type) {
        case (.null, _): return 0
        case (.bool(let flag), _): return m((flag ? 1 : 0) ^ 5 &* k)
        case (.int(let number), .date32): return time(Int128(number) * 86_400_000_000_000, 8)
        case (.int(let number), .time(let unit)): return time(Int128(number) * ticks(unit), 9)
        case (.int(let number), .timestamp(let unit, _)): return time(Int128(number) * ticks(unit), 8)
        case (.timestamp(let time), _): return m(UInt64(bitPattern: time.microseconds) ^ 8 &* k)
        case (.int(let number), _): return whole(Int128(number)) ?? 0
        case (.uint(let number), _): return whole(Int128(number)) ?? 0
        case (.float32(let number), let type): return word(.float64(Double(number)), type)
        case (.float64(let number), _):
            if number.isNaN { return 0 }
            if number.isFinite, number.rounded(.towardZero) == number, abs(number) < 0x1p100,
                let word = whole(Int128(number))
            {
                return word
            }
            return m(number.bitPattern ^ 3 &* k)
        case (.decimal(let number), _):
            var (digits, scale) = (number.unscaled, number.unscaled == 0 ? 0 : number.scale)
            while scale > 0, digits % 10 == 0 { (digits, scale) = (digits / 10, scale - 1) }
            if scale == 0, let word = whole(digits) { return word }
            let low = m(UInt64(truncatingIfNeeded: digits) ^ 4 &* k)
            return m(m(low ^ UInt64(truncatingIfNeeded: digits >> 64)) ^ UInt64(scale))
        case (.string(let text), _):
            return m(Array(text.utf8).withUnsafeBytes { XXHash64.hash($0) } ^ 6 &* k)
        case (.bytes(let bytes), _): return m(bytes.withUnsafeBytes { XXHash64.hash($0) } ^ 7 &* k)
        case (.list(let values), .list(let element)), (.list(let values), .fixedSizeList(let element, _)):
            return values.reduce(m(UInt64(values.count) ^ 10 &* k)) { m(($0 << 5 | $0 >> 59) ^ word($1, element)) }
        default:
            Issue.record("\(value) of \(type) has no word")
            return 0
        }
    }

    @Test func randomTablesHaveTheDigestOfTheirValuesOneByOne() {
        for seed in UInt64(1)...30 {
            var random = RandomTables(seed: seed)
            let rows = [0, 1, 7, 5000].randomElement(using: &random.random) ?? 1
            let table = random.table(RandomTables.flatTypes + RandomTables.listTypes, rows: rows)
            let digest = TableDigest(of: table)
            for (field, column) in zip(table.fields, table.columns) {
                var hash = XXHash64()
                for value in column.allValues {
                    withUnsafeBytes(of: word(value, field.type).littleEndian) { hash.update($0) }
                }
                let expected = Checksum.digits(hash.value, 16)
                #expect(
                    digest.columns.first { $0.name == field.name }?.values == expected, "seed \(seed), \(field.type)")
            }
            // What lies elsewhere in memory, with other bits before and behind, is the same.
            guard rows > 1 else { continue }
            let cut = rows / 3
            let parts = [table.slice(0..<cut), table.slice(cut..<rows)]
            #expect(TableDigest(of: .concatenating(parts, fields: table.fields)) == digest, "seed \(seed)")
            #expect(
                TableDigest(of: parts[1])
                    == TableDigest(of: .concatenating([parts[1]], fields: table.fields)), "seed \(seed)")
        }
    }

    @Test func equalValuesOfOtherTypesHaveOneDigest() {
        let numbers = digest(("n", .int64, [.int(1), .null, .int(-7)]))
        #expect(numbers == digest(("n", .int8, [.int(1), .null, .int(-7)])))
        #expect(numbers == digest(("n", .float64, [.float64(1), .float64(.nan), .float64(-7)])))
        #expect(numbers == digest(("n", .float32, [.float32(1), .null, .float32(-7)])))
        let decimals = [100, -700].map { Value.decimal(FixedPoint(unscaled: $0, scale: 2)) }
        #expect(numbers == digest(("n", .decimal(precision: 9, scale: 2), [decimals[0], .null, decimals[1]])))
        let times = digest(("t", .instant, [.timestamp(Timestamp(microseconds: 86_400_000_000))]))
        #expect(times == digest(("t", .timestamp(.nanoseconds, zone: nil), [.int(86_400_000_000_000)])))
        #expect(times == digest(("t", .timestamp(.seconds, zone: "UTC"), [.int(86_400)])))
        #expect(times == digest(("t", .date32, [.int(1)])))
        #expect(digest(("z", .float64, [.float64(-0.0)])) == digest(("z", .float64, [.float64(0)])))
    }

    @Test func whatDiffersIsTold() throws {
        let one = digest(("a", .int64, [.int(1), .int(2)]), ("b", .string, [.string("x"), .string("")]))
        func difference(_ columns: (String, DataType, [Value])...) throws -> String? {
            let other = TableDigest(
                of: Table(
                    fields: columns.map { Field($0.0, $0.1) }, columns: columns.map { Column($0.1, $0.2) },
                    rowCount: columns[0].2.count))
            #expect((one.description == other.description) == (one == other))
            return one.difference(to: other)
        }
        let (a, b): ([Value], [Value]) = ([.int(1), .int(2)], [.string("x"), .string("")])
        #expect(try difference(("a", .int32, a), ("b", .string, b)) == nil)
        #expect(try difference(("a", .int64, a + [.int(3)]), ("b", .string, b + [.null])) == "3 rows and not 2")
        #expect(try difference(("a", .int64, a)) == "the column 'b' is missing")
        #expect(try difference(("a", .int64, a), ("b", .string, b), ("c", .int64, a)) == "the column 'c' is new")
        #expect(try difference(("b", .string, b), ("a", .int64, a)) == "the columns are in another order")
        #expect(try difference(("a", .int64, a), ("b", .string, [.string("x"), .null])) == "the values of 'b' differ")
        #expect(
            try difference(("a", .int64, a.reversed()), ("b", .string, b.reversed()))
                == "the values, or their order, differ in every column")
    }

    @Test func textsAndBytesAndNumbersDiffer() {
        let digests: [TableDigest] = [
            digest(("v", .string, [.string("1")])), digest(("v", .binary, [.bytes([49])])),
            digest(("v", .int64, [.int(1)])),
            digest(("v", .bool, [.bool(true)])), digest(("v", .date32, [.int(1)])), digest(("v", .int64, [.null])),
            digest(("v", .string, [.string("")])), digest(("v", .float64, [.float64(1.5)])),
            digest(("v", .list(.int64), [.list([.int(1)])])), digest(("v", .list(.int64), [.list([])])),
        ]
        #expect(Set(digests.map(\.description)).count == digests.count)
    }
}
