import Columnar
import Testing

@testable import FeatureStore

/// Sorting by buckets against a stable sort of rows, on random batches.
@Suite struct SortedBatchTests {
    @Test(arguments: 0..<132 as Range<UInt64>)
    func sortsLikeAStableSortOfRows(seed: UInt64) throws {
        var trial = SortTrial(seed: seed)
        let sorted = try SortedBatch(trial.batch(), layout: trial.layout, bucketRows: trial.random.number(1...300))
        #expect(sorted.rowCount == trial.rows.count)
        let expected = trial.sortedRows()
        let cut = trial.random.number(0...trial.rows.count)
        for index in trial.layout.fields.indices {
            let column = try sorted.column(index)
            let values = [0..<cut, cut..<trial.rows.count].flatMap { column.rows($0).allValues.map(\.exactText) }
            #expect(values == expected.map { $0[index].exactText }, "seed \(seed), column \(index)")
        }
        let times = expected.map { row in trial.layout.eventIndex.map { row[$0] } }
        let least = times.compactMap { if case .timestamp(let time) = $0 { time } else { nil } }.min()
        #expect(sorted.timeRange?.lowerBound == least)
    }
}

/// Random rows in order of arrival.
private struct SortTrial {
    var random: SeededGenerator
    let layout: ViewLayout
    private(set) var rows: [[Value]] = []

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let choices: [[FeatureType]] = [
            [.int64], [.int64], [.int32], [.bool], [.int32, .int32], [.bool, .int32], [.string], [.bytes],
            [.int64, .int64], [.string, .string], [.int32, .string, .bool],
        ]
        let types = choices[Int(seed) % choices.count]
        let isTimeless = random.chance(0.15)
        let hasCreated = !isTimeless && random.chance(0.6)
        let features = FeatureType.allKinds.enumerated().map { Feature("f\($0)", $1) }
        let definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: types.enumerated().map { JoinKey("k\($0)", $1) })],
            sources: [
                Source(name: "s", path: "-", timestamp: isTimeless ? nil : "t", created: hasCreated ? "c" : nil)
            ],
            featureViews: [FeatureView(name: "v", entities: ["e"], source: "s", features: features)])
        layout = ViewLayout(of: definitions.featureViews[0], in: definitions)
        self.random = random
        makeRows(types)
    }

    private mutating func makeRows(_ types: [FeatureType]) {
        let count = random.number(0...900)
        let keyCount = random.number(1...400)
        let arrivesInOrder = random.chance(0.5)
        let spread = [3, 1000, Int(Int32.max)].randomElement(using: &random) ?? 3
        var time = 0
        for _ in 0..<count {
            // One key that half of the rows have, and many others.
            let number = random.chance(0.5) ? 0 : random.number(0...keyCount)
            var row = types.map { key(number, $0, spread) }
            time = arrivesInOrder ? time + random.number(0...1) : random.number(-40...40)
            if layout.eventIndex != nil { row.append(.timestamp(Timestamp(microseconds: Int64(time)))) }
            if layout.createdIndex != nil {
                row.append(.timestamp(Timestamp(microseconds: Int64(random.number(0...5)))))
            }
            row += layout.view.features.map { random.value($0.type) }
            rows.append(row)
        }
        // Rows in the order of history, and rows of which one only is out of it.
        guard random.chance(0.4) else { return }
        rows = sortedRows()
        if random.chance(0.5), count > 0 { rows.swapAt(random.number(0...count - 1), random.number(0...count - 1)) }
    }

    private func key(_ number: Int, _ type: FeatureType, _ spread: Int) -> Value {
        let signed = number % 2 == 0 ? number : -number
        switch type {
        case .int64: return .int(Int64(signed) * Int64(spread) * 3)
        case .int32: return .int(Int64(Int32(truncatingIfNeeded: signed &* spread)))
        case .bool: return .bool(number % 2 == 1)
        case .bytes: return .bytes([UInt8(number % 256), 0, UInt8(number / 256)])
        default: return .string(number % 3 == 0 ? "key\(number)" : "a longer key of number \(number / 2)")
        }
    }

    /// The rows in pieces: some in memory, some without rows.
    mutating func batch() throws -> SortBatch {
        var batch = SortBatch()
        var start = 0
        while start < rows.count {
            let end = min(rows.count, start + random.number(0...500))
            let columns = layout.fields.indices.map { index in
                Column(layout.fields[index].type, rows[start..<end].map { $0[index] })
            }
            batch.append(SourcePiece(Table(fields: layout.fields, columns: columns, rowCount: end - start)))
            start = end
        }
        return batch
    }

    func sortedRows() -> [[Value]] {
        let significant = layout.requiredIndices
        return rows.indices.sorted { a, b in
            for index in significant {
                let order = Self.order(rows[a][index], rows[b][index])
                if order != 0 { return order < 0 }
            }
            return a < b
        }.map { rows[$0] }
    }

    private static func order(_ a: Value, _ b: Value) -> Int {
        switch (a, b) {
        case (.int(let a), .int(let b)): a < b ? -1 : a > b ? 1 : 0
        case (.timestamp(let a), .timestamp(let b)): a < b ? -1 : a > b ? 1 : 0
        case (.bool(let a), .bool(let b)): (a ? 1 : 0) - (b ? 1 : 0)
        case (.bytes(let a), .bytes(let b)): order(a, b)
        case (.string(let a), .string(let b)): order(Array(a.utf8), Array(b.utf8))
        default: 0
        }
    }

    private static func order(_ a: [UInt8], _ b: [UInt8]) -> Int {
        a.lexicographicallyPrecedes(b) ? -1 : b.lexicographicallyPrecedes(a) ? 1 : 0
    }
}
