import Columnar
import Foundation

/// What a compaction of one view did.
public struct CompactionSummary: Hashable, Sendable, Codable {
    public var view: String
    /// Pushed rows that were moved from the hot log to segments.
    public var rowsPushed = 0
    public var segmentsBefore = 0
    public var segmentsAfter = 0
    public var rows = 0
    /// Bytes of segment files written.
    public var bytes = 0
    /// Files of old snapshots that were removed.
    public var filesRemoved = 0
    public var seconds = 0.0

    public init(view: String) { self.view = view }
}

/// Merges a view's segments into one, and removes files that only old snapshots need.
struct Compaction {
    let project: Project
    let catalog: Catalog
    let layout: ViewLayout
    var progress: RowProgress?

    /// - Parameter keep: how long a snapshot stays readable after a newer one replaced it.
    func run(keeping keep: TimeSpan) throws -> CompactionSummary {
        let clock = ContinuousClock.now
        let started = Timestamp.now
        let name = layout.view.name
        let folder = project.offlineFolder(of: name)
        var summary = CompactionSummary(view: name)
        try SegmentFolder.removeOrphans(in: folder, keeping: try catalog.segmentFiles(of: name))
        let records = try catalog.segments(of: name)
        summary.segmentsBefore = records.count
        summary.segmentsAfter = records.count
        summary.rows = records.reduce(0) { $0 + $1.rows }
        if let first = records.first, let last = records.last, records.count > 1 {
            progress?.expect(summary.rows)
            let merged = try merge(records, folder: folder, first.sequences.lowerBound...last.sequences.upperBound)
            try catalog.commit(view: layout.view, adding: [merged], removing: records, reason: "compact")
            summary.segmentsAfter = 1
            summary.bytes = merged.bytes
        }
        let horizon = Timestamp(microseconds: Timestamp.now.microseconds - keep.microseconds)
        for file in try catalog.forgetSegments(of: name, removedBefore: horizon) {
            if unlink(folder + "/" + file) == 0 { summary.filesRemoved += 1 }
        }
        summary.seconds = (ContinuousClock.now - clock).inSeconds
        try catalog.recordRun(verb: "compact", target: name, started: started, rows: summary.rows, bytes: summary.bytes)
        return summary
    }

    /// All rows in order of arrival, sorted anew: the stable sort keeps that order among equal rows.
    private func merge(_ records: [SegmentRecord], folder: String, _ sequences: ClosedRange<Int64>) throws
        -> SegmentRecord
    {
        let fields = layout.fields
        var tables: [Table] = []
        for record in records {
            let segment = try SegmentFile(record, layout: layout, folder: folder)
            for block in 0..<segment.blockCount {
                try Cancellation.check()
                tables.append(try segment.table(of: block))
                progress?.advance(by: segment.rowCount(of: block))
            }
        }
        let rows = Table.concatenating(tables, fields: fields)
        tables = []
        return try SegmentWriter(layout: layout, folder: folder).write(rows, sequences: sequences)
    }
}

extension SegmentFile {
    /// All columns of a block in the view's present layout; features that the segment lacks are null.
    func table(of block: Int) throws(DataError) -> Table {
        var columns = try keyColumnsPlain(of: block)
        let count = rowCount(of: block)
        if let events = try events(of: block) { columns.append(events) }
        if layout.hasCreated { columns.append(try created(of: block) ?? .nulls(.instant, count: count)) }
        if layout.hasEnd { columns.append(try ends(of: block) ?? .nulls(.instant, count: count)) }
        for feature in layout.view.features {
            columns.append(try values(of: feature, block: block) ?? .nulls(feature.type.dataType, count: count))
        }
        return Table(fields: layout.fields, columns: columns, rowCount: count)
    }
}
