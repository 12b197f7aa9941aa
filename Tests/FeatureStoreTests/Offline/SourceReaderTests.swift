import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Parquet sources in pieces, and rows that do not fit.
@Suite struct SourceReaderTests {
    private let folder: TemporaryFolder
    private let definitions = Definitions(
        entities: [Entity(name: "e", joinKeys: [JoinKey("id", .int32)])],
        sources: [Source(name: "s", path: "-", timestamp: "at", created: "known")],
        featureViews: [
            FeatureView(
                name: "v", entities: ["e"], source: "s", features: [Feature("x", .float32), Feature("s", .string)])
        ])
    private var layout: ViewLayout { ViewLayout(of: definitions.featureViews[0], in: definitions) }
    /// Wider types than the view's: some values do not fit.
    private let fields = [
        Field("x", .float64), Field("id", .int64), Field("at", .timestamp(.milliseconds, zone: nil)),
        Field("s", .string), Field("known", .instant),
    ]

    init() throws { folder = try TemporaryFolder() }

    private func write(_ rows: [[Value]], groupRows: Int) throws {
        var options = ParquetWriterOptions()
        options.rowGroupRows = groupRows
        options.pageRows = 7
        let writer = try ParquetWriter(path: folder.path + "/rows.parquet", fields: fields, options: options)
        let columns = fields.enumerated().map { index, field in Column(field.type, rows.map { $0[index] }) }
        try writer.write(Table(fields: fields, columns: columns, rowCount: rows.count))
        _ = try writer.close()
    }

    private func rows(_ count: Int) -> [[Value]] {
        (0..<count).map { row -> [Value] in
            let known = Timestamp(microseconds: Int64(row))
            return [
                .float64(Double(row) / 3), .int(Int64(row * 7 % 50)), .int(Int64(row * 1000)), .string("text \(row)"),
                .timestamp(known),
            ]
        }
    }

    private func read(_ policy: ErrorPolicy) throws -> (rows: [[Value]], rejected: String?) {
        let rejections = RowRejections(policy: policy, path: folder.path + "/rejected.csv")
        var reader = try SourceReader(
            path: "rows.parquet", root: folder.path, source: definitions.sources[0], layout: layout,
            rejections: rejections)
        reader.pieceRows = 20
        var batch = SortBatch()
        try reader.read { batch.append($0) }
        #expect(batch.pieces.allSatisfy { $0.rowCount <= 30 })
        let checked = try batch.checked(rejecting: rejections)
        var rows: [[Value]] = []
        for piece in checked.pieces {
            let columns = try layout.fields.indices.map { try piece.column($0).allValues }
            rows += (0..<piece.rowCount).map { row in columns.map { $0[row] } }
        }
        return (rows, try rejections.finish().map { try String(contentsOfFile: $0, encoding: .utf8) })
    }

    private func expected(_ row: [Value]) -> [Value] {
        guard case .float64(let x) = row[0], case .int(let milliseconds) = row[2] else { return [] }
        let time = Value.timestamp(Timestamp(microseconds: milliseconds * 1000))
        return [row[1], time, row[4], .float32(Float(x)), row[3]]
    }

    @Test(arguments: [1, 25, 64, 100])
    func piecesHoldTheRowsInTheViewsTypes(groupRows: Int) throws {
        try write(rows(100), groupRows: groupRows)
        let (found, rejected) = try read(.stop)
        #expect(found == rows(100).map(expected))
        #expect(rejected == nil)
    }

    @Test func rowsThatDoNotFitAreSetAsideWithTheirNumbers() throws {
        var rows = rows(100)
        rows[3][1] = .int(1 << 40)
        rows[41][1] = .null
        rows[64][0] = .float64(1e300)
        rows[99][4] = .null
        try write(rows, groupRows: 64)
        let (found, rejected) = try read(.quarantine)
        #expect(found == rows.indices.filter { ![3, 41, 64, 99].contains($0) }.map { expected(rows[$0]) })
        let lines = try #require(rejected).split(separator: "\n").dropFirst().map { $0.split(separator: ",").prefix(3) }
        #expect(
            lines.map { $0.joined(separator: " ") } == [
                "\"rows.parquet\" \"4\" \"id\"", "\"rows.parquet\" \"42\" \"id\"", "\"rows.parquet\" \"65\" \"x\"",
                "\"rows.parquet\" \"100\" \"known\"",
            ])
    }

    @Test func firstRowThatDoesNotFitStopsTheReading() throws {
        var rows = rows(100)
        rows[70][0] = .float64(1e300)
        rows[41][1] = .null
        try write(rows, groupRows: 64)
        let message =
            "rows.parquet:42:id: a key is null; every row of history needs one; or set such rows aside with "
            + "--on-error quarantine"
        #expect { try read(.stop) } throws: { "\($0)" == message }
    }
}
