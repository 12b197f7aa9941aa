import Testing

@testable import FeatureStore

@Suite struct RowOrderTests {
    @Test func sortsLikeAStableSortOverSeveralColumns() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = random.number(0...200)
            let widths: [UInt64] = [1, 2, 7, 300, 70_000, 1 << 33, .max]
            let columns = (0..<random.number(1...3)).map { _ in
                let width = widths.randomElement(using: &random)!
                let base = UInt64.random(in: 0...(.max - width), using: &random)
                return (0..<count).map { _ in base + UInt64.random(in: 0...width, using: &random) }
            }
            var order = RowOrder(count: count)
            for column in columns.reversed() { column.withUnsafeBufferPointer { order.sort(by: $0) } }
            let expected = (0..<count).sorted { a, b in
                for column in columns where column[a] != column[b] { return column[a] < column[b] }
                return a < b
            }
            #expect(order.rows == expected.map(Int32.init), "seed \(seed)")
        }
    }

    @Test func sortingTiesEqualsSortingByBoth() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = random.number(0...200)
            let first = (0..<count).map { _ in Int64(random.number(-5...5)) }
            let second = (0..<count).map { _ in Int64(random.number(-5...5)) }
            var order = RowOrder(count: count)
            first.map(\.sortable).withUnsafeBufferPointer { order.sort(by: $0) }
            order.sortTies {
                first[Int($0)] == first[Int($1)]
            } by: {
                second[Int($0)] < second[Int($1)]
            }
            let expected = (0..<count).sorted { (first[$0], second[$0], $0) < (first[$1], second[$1], $1) }
            #expect(order.rows == expected.map(Int32.init), "seed \(seed)")
        }
    }

    @Test func knowsThatRowsInOrderNeedNoMoves() {
        var order = RowOrder(count: 4)
        [1, 1, 2, 9].withUnsafeBufferPointer { order.sort(by: $0) }
        #expect(order.isUnchanged)
        [1, 0, 2, 9].withUnsafeBufferPointer { order.sort(by: $0) }
        #expect(!order.isUnchanged)
    }

    @Test func signedNumbersKeepTheirOrder() {
        let numbers: [Int64] = [.min, -5, -1, 0, 1, 7, .max]
        #expect(numbers.map(\.sortable) == numbers.map(\.sortable).sorted())
    }
}

@Suite struct AvailableRowTests {
    @Test func findsTheLastKnownRowAsAScanWould() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = random.number(1...9000)
            let start = random.number(0...count - 1)
            let created = (0..<count).map { _ in
                Int64(random.chance(0.001) ? random.number(0...5) : random.number(5...1000))
            }
            created.withUnsafeBufferPointer { created in
                var search = AvailableRow(created: created, rows: start..<count)
                for _ in 0..<40 {
                    let end = random.number(start...count)
                    let time = Int64(random.number(-1...8))
                    let expected = (start..<end).last { created[$0] <= time }
                    #expect(search.last(before: end, knownAt: time) == expected, "seed \(seed)")
                }
            }
        }
    }
}
