import Columnar
import Testing

@testable import FeatureStore

/// Merging segments block by block against sorting all of their rows in memory, on random segments.
@Suite struct SegmentMergeTests {
    @Test(arguments: 0..<80 as Range<UInt64>)
    func mergesAsAStableSortOfAllRowsWould(seed: UInt64) throws {
        var trial = MergeTrial(seed: seed)
        let folder = try TemporaryFolder()
        var segments: [SegmentFile] = []
        var tables: [Table] = []
        for number in 0..<trial.random.number(1...9) {
            let rows = trial.rows()
            tables.append(rows)
            // Blocks of few rows, so that keys and merges go across their ends.
            let writer = SegmentWriter(
                layout: trial.layout, folder: folder.path, blockRows: trial.random.number(1...40))
            let record = try writer.write(rows, sequences: Int64(number + 1)...Int64(number + 1))
            segments.append(try SegmentFile(record, layout: trial.layout, folder: folder.path))
        }
        let all = Table.concatenating(tables, fields: trial.layout.fields)
        let expected = all.taking(RowOrder(sorting: all, layout: trial.layout).rows[...])

        let batchRows = trial.random.number(1...60)
        var merge = try SegmentMerge(segments, layout: trial.layout, batchRows: batchRows)
        let output = try SegmentOutput(
            SegmentWriter(layout: trial.layout, folder: folder.path, blockRows: batchRows), firstSequence: 1)
        var merged: [Table] = []
        while let batch = try merge.next() {
            #expect(batch.rowCount <= batchRows)
            merged.append(batch)
            try output.append(batch)
        }
        #expect(merged.dropLast().allSatisfy { $0.rowCount == batchRows }, "seed \(seed)")
        let found = Table.concatenating(merged, fields: trial.layout.fields)
        try expectSame(found, expected, seed)

        // The same from the file, which has to be sound.
        let record = try output.finish(sequences: 1...9)
        let check = SegmentCheck(record: record, layout: trial.layout, folder: folder.path, isQuick: false)
        #expect(try check.run().damage == nil, "seed \(seed)")
        let file = try SegmentFile(record, layout: trial.layout, folder: folder.path)
        let read = try (0..<file.blockCount).map { try file.table(of: $0) }
        try expectSame(.concatenating(read, fields: trial.layout.fields), expected, seed)
    }

    private func expectSame(_ found: Table, _ expected: Table, _ seed: UInt64) throws {
        #expect(found.rowCount == expected.rowCount, "seed \(seed)")
        for (index, column) in found.columns.enumerated() {
            #expect(
                column.allValues.map(\.exactText) == expected.columns[index].allValues.map(\.exactText),
                "seed \(seed), column \(index)")
        }
    }
}

/// Random rows of a random view.
private struct MergeTrial {
    var random: SeededGenerator
    let layout: ViewLayout
    private let types: [FeatureType]
    private let keyCount: Int
    private let times: Int
    /// Whether a segment has keys of its own, rather than those of all.
    private let keysAreApart: Bool
    private var segment = 0

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let choices: [[FeatureType]] = [
            [.int64], [.string], [.int32, .int32], [.string, .int64], [.bool], [.bytes], [.int64, .string, .bool],
        ]
        types = choices[Int(seed) % choices.count]
        let isTimeless = random.chance(0.15)
        let hasCreated = !isTimeless && random.chance(0.6)
        let hasEnd = !isTimeless && random.chance(0.3)
        let definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: types.enumerated().map { JoinKey("k\($0)", $1) })],
            sources: [
                Source(
                    name: "s", path: "-", timestamp: isTimeless ? nil : "t", validTo: hasEnd ? "u" : nil,
                    created: hasCreated ? "c" : nil)
            ],
            featureViews: [
                FeatureView(
                    name: "v", entities: ["e"], source: "s",
                    features: FeatureType.allKinds.enumerated().map { Feature("f\($0)", $1) })
            ])
        layout = ViewLayout(of: definitions.featureViews[0], in: definitions)
        keyCount = [1, 3, 40, 10_000].randomElement(using: &random) ?? 1
        times = [1, 5, 1000].randomElement(using: &random) ?? 1
        keysAreApart = random.chance(0.2)
        self.random = random
    }

    mutating func rows() -> Table {
        var values = layout.fields.map { _ in [Value]() }
        let count = random.chance(0.1) ? 0 : random.number(1...120)
        segment += 1
        for _ in 0..<count {
            let key = random.number(0...keyCount - 1) + (keysAreApart ? segment * 100_000 : 0)
            for index in layout.fields.indices {
                let value: Value =
                    switch index {
                    case layout.keyIndices: keyValue(key, types[index])
                    case layout.eventIndex, layout.createdIndex:
                        .timestamp(Timestamp(microseconds: Int64(random.number(0...times))))
                    case layout.endIndex:
                        random.chance(0.5)
                            ? .null : .timestamp(Timestamp(microseconds: Int64(random.number(0...times))))
                    default:
                        random.value(layout.view.features[index - layout.featureIndices.lowerBound].type)
                    }
                values[index].append(value)
            }
        }
        return Table(
            fields: layout.fields, columns: zip(layout.fields, values).map { Column($0.type, $1) }, rowCount: count)
    }

    private func keyValue(_ key: Int, _ type: FeatureType) -> Value {
        switch type {
        case .string: .string("key \(key % 97)\u{0}\(key)")
        case .bytes: .bytes([UInt8(key & 255), UInt8(key >> 8 & 255), UInt8(key >> 16 & 255)])
        case .bool: .bool(key & 1 == 1)
        default: .int(Int64(key % 50_000 - 20))
        }
    }
}
