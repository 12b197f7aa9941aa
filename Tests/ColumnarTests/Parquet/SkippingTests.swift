import Testing

@testable import Columnar

/// What is skipped holds nothing that was asked for.
@Suite struct SkippingTests {
    @Test(arguments: 1...5)
    func nothingThatMeetsAConditionIsSkipped(seed: UInt64) throws {
        var tables = RandomTables(seed: seed)
        for type in RandomTables.flatTypes {
            let sorted = Bool.random(using: &tables.random)
            var column = tables.column(type, rows: 300, nulls: .few, distinct: 100)
            if sorted, let ascending = column.sorted { column = ascending }
            let table = Table(fields: [Field("c", type)], columns: [column])
            var options = ParquetLayoutTests.options(.none, .automatic, rowGroupRows: 120, fields: table.fields)
            options.pageRows = 16
            if Bool.random(using: &tables.random) { options.bloomFilters = ["c"] }
            let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
            let present = column.allValues.filter { $0 != .null }
            for _ in 0..<10 {
                let ends = [present.randomElement(using: &tables.random), tables.value(type)].compactMap(\.self)
                    .shuffled(
                        using: &tables.random)
                let conditions: [ValueCondition] = [
                    .between(ends.first, ends.last), .between(ends.first, nil), .between(nil, ends.first),
                    .anyOf(ends), .anyOf([]), .isNull, .isNotNull,
                ]
                for condition in conditions {
                    try expectNothingMissed(file, column, condition, "seed \(seed), \(type), \(condition)")
                }
            }
        }
    }

    private func expectNothingMissed(
        _ file: ParquetFile, _ column: Column, _ condition: ValueCondition, _ comment: Comment
    ) throws {
        let groups = try file.rowGroups(where: 0, condition)
        var first = 0
        for group in file.rowGroups.indices {
            let rows = first..<first + file.rowGroups[group].rowCount
            let ranges = try file.rowRanges(in: group, where: 0, condition)
            if !groups.contains(group) { #expect(ranges.isEmpty, comment) }
            for row in rows where condition.isMet(by: column.value(at: row)) {
                #expect(ranges.contains { $0.contains(row - first) }, comment)
            }
            #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }, comment)
            first = rows.upperBound
        }
    }

    @Test func aKeyOfASortedColumnIsFoundInOnePage() throws {
        let table = Table(
            fields: [Field("key", .string), Field("n", .int64)],
            columns: [
                Column(.string, (0..<1000).map { .string("key\(1000 + $0)") }),
                Column(.int64, (0..<1000).map { .int($0 * 2) }),
            ])
        var options = ParquetLayoutTests.options(.none, .plain, rowGroupRows: 500, fields: table.fields)
        options.pageRows = 50
        let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
        let condition = ValueCondition.anyOf([.string("key1777")])
        #expect(try file.rowGroups(where: 0, condition) == [1])
        #expect(try file.rowRanges(in: 1, where: 0, condition) == [250..<300])
        #expect(try file.rowRanges(in: 0, where: 1, .between(.int(100), .int(299))) == [50..<150])
        #expect(try file.rowRanges(in: 0, where: 1, .between(.int(-5), .int(-1))) == [])
        let rows = try file.read(rowGroup: 1, columns: [1, 0], rows: 277..<278)
        #expect(rows.columns.map(\.allValues) == [[.int(1554)], [.string("key1777")]])
        #expect(try file.pageBounds(of: 0, rowGroup: 0)?[3].maximum == .string("key1199"))
    }

    @Test func aBloomFilterTellsWhatIsNotThere() throws {
        var tables = RandomTables(seed: 3)
        for type in [DataType.int64, .int32, .uint16, .string, .binary, .instant] {
            let table = Table(fields: [Field("c", type)], columns: [tables.column(type, rows: 3000, nulls: .few)])
            var options = ParquetWriterOptions()
            options.bloomFilters = ["c"]
            let file = try ParquetLayoutTests.write(table, to: TemporaryFile("x.parquet"), options)
            let filter = try #require(
                try file.chunk(of: 0, rowGroup: 0).readBloomFilter(in: file.bytes, dataEnd: file.dataEnd))
            let present = Set(table.columns[0].allValues)
            #expect(present.allSatisfy { $0 == .null || filter.mayHold($0, in: type) })
            let absent = (0..<2000).map { _ in tables.value(type) }.filter { !present.contains($0) }
            let mistaken = absent.count { filter.mayHold($0, in: type) }
            #expect(mistaken * 20 < max(200, absent.count), "\(type): \(mistaken) of \(absent.count)")
        }
    }

    /// From xxHash's own test vectors and other implementations.
    @Test func hashesAreThoseOfXXHash() {
        func hash(_ text: String) -> UInt64 { Array(text.utf8).withUnsafeBytes { XXHash64.hash($0) } }
        #expect(hash("") == 0xef46_db37_51d8_e999)
        #expect(hash("a") == 0xd24e_c4f1_a98c_6e5b)
        #expect(hash("abc") == 0x44bc_2cf5_ad77_0999)
        #expect(hash("Nobody inspects the spammish repetition") == 0xfbce_a83c_8a37_8bf1)
    }
}

extension ValueCondition {
    /// The slow, obvious meaning.
    fileprivate func isMet(by value: Value) -> Bool {
        switch self {
        case .isNull: value == .null
        case .isNotNull: value != .null
        case .anyOf(let values): values.contains { $0.compare(to: value) == 0 }
        case .between(let lower, let upper):
            value != .null && (lower.map { $0.compare(to: value).map { $0 <= 0 } ?? false } ?? true)
                && (upper.map { $0.compare(to: value).map { $0 >= 0 } ?? false } ?? true)
        }
    }
}

extension Column {
    /// The same values in ascending order, nulls first; nil if some have no order.
    fileprivate var sorted: Column? {
        let values = allValues.filter { $0 != .null }
        guard values.allSatisfy({ $0.compare(to: $0) == 0 }) else { return nil }
        let ascending = values.sorted { ($0.compare(to: $1) ?? 0) < 0 }
        return Column(type, [Value](repeating: .null, count: count - values.count) + ascending)
    }
}
