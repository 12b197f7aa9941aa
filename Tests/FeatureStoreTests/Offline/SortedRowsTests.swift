import Columnar
import Testing

@testable import FeatureStore

/// Rows in memory read as the segment that they would be.
@Suite struct SortedRowsTests {
    private static let definitions = Definitions(
        entities: [Entity(name: "e", joinKeys: [JoinKey("name", .string), JoinKey("flag", .bool)])],
        sources: [Source(name: "s", path: "-", timestamp: "t", created: "c")],
        featureViews: [
            FeatureView(
                name: "v", entities: ["e"], source: "s",
                features: FeatureType.allKinds.enumerated().map { Feature("f\($0)", $1) })
        ])
    private static let layout = ViewLayout(of: definitions.featureViews[0], in: definitions)

    private static func rows(_ count: Int, seed: UInt64) -> Table {
        var random = SeededGenerator(seed: seed)
        let columns = layout.fields.enumerated().map { place, field -> Column in
            var builder = ColumnBuilder(field.type)
            for _ in 0..<count {
                let value: Value =
                    switch place {
                    case 0: .string("key \(random.number(0...99))")
                    case 1: .bool(random.chance(0.5))
                    case 2, 3: .timestamp(Timestamp(microseconds: Int64(random.number(0...count / 20))))
                    default: random.value(layout.view.features[place - 4].type)
                    }
                let fits = builder.append(value)
                #expect(fits)
            }
            return builder.finish()
        }
        return Table(fields: layout.fields, columns: columns, rowCount: count)
    }

    @Test(arguments: [1, 700, SegmentWriter.blockRows + 3])
    func everyBlockIsThatOfTheSegment(count: Int) throws {
        let table = Self.rows(count, seed: UInt64(count))
        let folder = try TemporaryFolder()
        let record = try SegmentWriter(layout: Self.layout, folder: folder.path).write(table, sequences: 5...7)
        let file = HistoryPart.segment(try SegmentFile(record, layout: Self.layout, folder: folder.path))
        let rows = HistoryPart.rows(SortedRows(sorting: table, sequences: 5...7, layout: Self.layout))
        #expect(rows.sequences == file.sequences && rows.rowCount == file.rowCount)
        #expect(rows.eventTimes == file.eventTimes && rows.latestCreated == file.latestCreated)
        #expect(rows.blockCount == file.blockCount)
        // All rows of the last block, which begins in the middle of the columns, and those around its start.
        for block in [0, rows.blockCount - 1] {
            let count = rows.rowCount(of: block)
            #expect(count == file.rowCount(of: block))
            let (runs, expected) = (try rows.keyRuns(of: block), try file.keyRuns(of: block))
            #expect(runs.starts == expected.starts)
            #expect((0..<runs.count).allSatisfy { runs.keys.compare($0, with: expected.keys, $0) == 0 })
            let sample = Array(0..<min(count, 700))
            func expectEqual(_ a: Column?, _ b: Column?, _ name: String) {
                let texts = [a, b].map { column in sample.map { column?.value(at: $0).exactText } }
                #expect(texts[0] == texts[1], "\(name) of block \(block)")
            }
            expectEqual(try rows.events(of: block), try file.events(of: block), "event time")
            expectEqual(try rows.created(of: block), try file.created(of: block), "created")
            for feature in Self.layout.view.features {
                expectEqual(
                    try rows.values(of: feature, block: block), try file.values(of: feature, block: block), feature.name
                )
            }
        }
    }
}
