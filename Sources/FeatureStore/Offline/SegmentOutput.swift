import Columnar

/// A segment that is written from start to end, in memory bounded by a block.
///
/// One that is abandoned, or let go of before it is finished, leaves no file.
final class SegmentOutput {
    private let layout: ViewLayout
    private let file: SegmentOutputFile
    private let writer: ParquetWriter
    private let statistics: StatisticsCollector
    private let pushedSince: Int64?
    private(set) var rowCount = 0
    private var timeRange: ClosedRange<Int64>?

    /// - Parameter pushedSince: as in `SegmentRecord`; rows then have `PushedRows.fields`, else the layout's.
    init(_ segment: SegmentWriter, firstSequence: Int64, pushedSince: Int64? = nil) throws {
        layout = segment.layout
        self.pushedSince = pushedSince
        statistics = StatisticsCollector(of: segment.layout.features)
        file = try SegmentOutputFile(
            folder: segment.folder, firstSequence: firstSequence,
            kind: pushedSince == nil ? "" : SegmentFolder.pushedKind)
        var options = segment.options
        options.rowGroupRows = segment.rowsOfBlock
        writer = try ParquetWriter(
            path: file.temporaryPath, fields: pushedSince == nil ? layout.fields : PushedRows.fields(layout),
            options: options)
    }

    /// Appends rows that stand behind the earlier ones in the order of history.
    func append(_ rows: Table) throws(DataError) {
        guard rows.rowCount > 0 else { return }
        try Cancellation.check()
        try writer.write(rows)
        statistics.add(rows.columns[layout.featureIndices], firstRow: rowCount)
        rowCount += rows.rowCount
        guard let index = layout.eventIndex else { return }
        let times = rows.columns[index]
        withExtendedLifetime(times) {
            let values = times.elements(as: Int64.self)
            var (least, greatest) = (timeRange?.lowerBound ?? .max, timeRange?.upperBound ?? .min)
            for row in 0..<rows.rowCount {
                least = min(least, values[row])
                greatest = max(greatest, values[row])
            }
            timeRange = least...greatest
        }
    }

    /// Makes the file whole, durable and visible under its name.
    func finish(sequences: ClosedRange<Int64>) throws(DataError) -> SegmentRecord {
        let summary = try writer.close()
        try file.keep()
        return SegmentRecord(
            id: 0, view: layout.view.name, file: file.name, rows: rowCount, bytes: summary.bytes,
            timeRange: timeRange.map {
                Timestamp(microseconds: $0.lowerBound)...Timestamp(microseconds: $0.upperBound)
            }, sequences: sequences, pushedSince: pushedSince, checksum: summary.checksum.description,
            summaries: statistics.finish())
    }
}
