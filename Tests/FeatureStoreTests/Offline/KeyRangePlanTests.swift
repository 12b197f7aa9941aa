import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// History that is looked through range by range gives the rows that it gives as a whole.
@Suite struct KeyRangePlanTests {
    private static let definitions = """
        entities: {e: {join_keys: {id: int64, name: string}}}
        sources: {s: {path: "data/*.csv", timestamp: t, created: c}}
        feature_views: {v: {entities: [e], source: s, available: created, features: {x: int64}}}
        """

    @Test(arguments: 0..<40)
    func rangesTogetherHoldWhatTheWholeHolds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let fixture = try StoreFixture(Self.definitions)
        let layout = try fixture.store.layout(of: "v").layout
        let keys = random.number(1...60)
        var parts: [HistoryPart] = []
        for number in 0..<random.number(0...4) {
            let rows = Self.rows(random.number(0...120), keys: keys, &random)
            let sequences = Int64(number + 1)...Int64(number + 1)
            if random.chance(0.3) {
                parts.append(.rows(SortedRows(sorting: rows, sequences: sequences, layout: layout)))
                continue
            }
            // Blocks so small that runs of a key go on from one to the next, and next.
            let folder = fixture.folder.path + "/segments"
            let writer = SegmentWriter(layout: layout, folder: folder, blockRows: random.number(1...9))
            parts.append(
                .segment(try SegmentFile(try writer.write(rows, sequences: sequences), layout: layout, folder: folder)))
        }
        let bounds = LatestRows.Bounds(
            time: seconds(Int64(random.number(0...60))),
            earliest: random.chance(0.3) ? seconds(Int64(random.number(0...30))) : nil)
        let whole = try Self.found(try LatestRows(of: parts, layout: layout, bounds: bounds), parts, layout)
        let plan = try KeyRangePlan(of: parts)
        var found: [String] = []
        for range in plan.ranges {
            let latest = try LatestRows(of: parts, layout: layout, bounds: bounds, in: (plan, range))
            found += try Self.found(latest, parts, layout)
        }
        #expect(found == whole, "seed \(seed)")
    }

    private static func rows(_ count: Int, keys: Int, _ random: inout SeededGenerator) -> Table {
        var columns = [[Value]](repeating: [], count: 5)
        for _ in 0..<count {
            let key = random.number(1...keys)
            let time = Int64(random.number(0...50))
            columns[0].append(.int(Int64(key / 4)))
            columns[1].append(.string(String(repeating: "k", count: key % 4)))
            columns[2].append(.timestamp(seconds(time)))
            columns[3].append(.timestamp(seconds(time + Int64(random.number(0...20)))))
            columns[4].append(.int(Int64(random.number(0...1_000_000))))
        }
        let fields = [
            Field("id", .int64), Field("name", .string), Field("event_timestamp", .instant),
            Field("created_timestamp", .instant), Field("x", .int64),
        ]
        return Table(fields: fields, columns: zip(fields, columns).map { Column($0.type, $1) }, rowCount: count)
    }

    /// The rows as texts.
    private static func found(_ latest: LatestRows, _ parts: [HistoryPart], _ layout: ViewLayout) throws -> [String] {
        let batch = try OnlineBatch(latest, of: parts, layout: layout)
        return (0..<batch.keys.count).map { row in
            let key = batch.keys.bytes(at: row).map { String($0, radix: 16) }.joined(separator: " ")
            let times = [batch.events, batch.created].map { $0?.value(at: row).description ?? "" }
            return "\(key) \(times) \(batch.sequences?[row] ?? 0) \(batch.features[0].value(at: row))"
        }
    }
}
