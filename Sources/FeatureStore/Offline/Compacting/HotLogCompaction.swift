import Columnar
import Foundation

/// Moves a view's hot log to segments, which are read faster, and take no room in the catalog.
///
/// The caller holds the hot log's lock (`Project.hotLogLockPath`), so that nobody else does the same; pushes, ingestions
/// and readers go on. Each segment replaces its batches in one transaction of the catalog.
struct HotLogCompaction {
    let project: Project
    let catalog: Catalog
    let layout: ViewLayout
    /// Called before batches leave the log: from then on they cannot be put online from it again, so what is online of
    /// them has to be on disk.
    let syncOnline: () throws -> Void
    /// Later batches stay in the log; nil for no bound. Events that are counted online are told from others by it.
    var lastSequence: Int64?

    /// Rows and packed bytes of a segment that are sorted in memory at once.
    private static let maximumRows = 4_000_000
    private static let maximumBytes = 512 << 20
    /// Batches of which rows become available within this time stay in the log, from where the next push takes them.
    private static let patience = TimeSpan.seconds(86_400)

    /// What it did.
    struct Summary: Hashable {
        var rows = 0
        var segments = 0
        /// Of the segments' files.
        var bytes = 0
    }

    func run(now: Timestamp) throws -> Summary {
        var summary = Summary()
        let name = layout.view.name
        let folder = project.offlineFolder(of: name)
        try SegmentFolder.removeOrphans(in: folder, keeping: try catalog.segmentFiles(of: name), ofPushes: true)
        for batches in try runs(now: now) {
            let record = try write(batches, to: folder)
            CrashPoint.reach(.segmentWritten)
            do {
                try syncOnline()
                try catalog.commit(view: layout.view, pushed: [record], insteadOf: record.sequences)
            } catch {
                unlink(folder + "/" + record.file)
                throw error
            }
            CrashPoint.reach(.segmentListed)
            summary.rows += record.rows
            summary.segments += 1
            summary.bytes += record.bytes
        }
        return summary
    }

    /// The batches to move, a segment each: no ingestion came between those of one, and they fit into memory.
    private func runs(now: Timestamp) throws -> [[HotBatch]] {
        let (all, last) = try catalog.database.reading {
            (
                try catalog.hotBatches(of: layout.view.name),
                try catalog.segments(of: layout.view.name).last?.sequences.upperBound ?? 0
            )
        }
        // What lies before a segment has to go, or a compaction could not merge that with an earlier one.
        let stop = all.first { batch in
            if let lastSequence, batch.sequence > lastSequence { return true }
            guard let time = batch.waits?.upperBound, batch.sequence > last else { return false }
            return time > now && time.microseconds - now.microseconds < Self.patience.microseconds
        }
        var runs: [[HotBatch]] = []
        var (rows, bytes) = (0, 0)
        for batch in all.prefix(while: { $0.sequence != stop?.sequence }) {
            if let previous = runs.last?.last, batch.sequence == previous.sequence + 1,
                rows + batch.rows <= Self.maximumRows, bytes + batch.bytes <= Self.maximumBytes
            {
                runs[runs.count - 1].append(batch)
                rows += batch.rows
                bytes += batch.bytes
            } else {
                runs.append([batch])
                (rows, bytes) = (batch.rows, batch.bytes)
            }
        }
        return runs
    }

    private func write(_ batches: [HotBatch], to folder: String) throws -> SegmentRecord {
        let fields = PushedRows.fields(layout)
        var tables: [Table] = []
        for batch in batches {
            let payload = try catalog.payload(of: batch, view: layout.view.name)
            let rows = try PushedRows.table(of: batch, payload: payload, layout: layout)
            let columns =
                rows.columns + [
                    .repeating(batch.sequence, type: .int64, count: rows.rowCount),
                    .repeating(batch.pushedAt.microseconds, type: .instant, count: rows.rowCount),
                ]
            tables.append(Table(fields: fields, columns: columns, rowCount: rows.rowCount))
        }
        return try SegmentWriter(layout: layout, folder: folder).writePushed(
            .concatenating(tables, fields: fields),
            sequences: batches[0].sequence...batches[batches.count - 1].sequence, since: batches[0].snapshot)
    }
}

extension Column {
    /// A column of one number in every row.
    fileprivate static func repeating(_ number: Int64, type: DataType, count: Int) -> Column {
        let values = MutableBuffer(uninitialized: count * 8)
        values.elements(as: Int64.self).update(repeating: number)
        return Column(type, count: count, values: values.freeze())
    }
}
