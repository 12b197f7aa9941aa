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
    /// Rows of the merged segments; one that was merged twice counts twice.
    public var rowsWritten = 0
    /// Bytes of segment files written.
    public var bytes = 0
    /// Files of old snapshots that were removed.
    public var filesRemoved = 0
    public var seconds = 0.0

    public init(view: String) { self.view = view }
}

/// Merges a view's segments by `CompactionPolicy`, and removes files that only old snapshots need.
///
/// Each merge is a commit of its own: a compaction that is cut off keeps what it has done. Others may read and push
/// meanwhile.
struct Compaction {
    let project: Project
    let catalog: Catalog
    let layout: ViewLayout
    var progress: RowProgress?
    /// Segments that reach beyond are left as they are; nil for no bound. Rows of a merged segment are not told apart, which
    /// matters where some of them are counted online already.
    var lastSequence: Int64?
    var writer: SegmentWriter

    init(project: Project, catalog: Catalog, layout: ViewLayout, progress: RowProgress? = nil) {
        self.project = project
        self.catalog = catalog
        self.layout = layout
        self.progress = progress
        writer = SegmentWriter(layout: layout, folder: project.offlineFolder(of: layout.view.name))
    }

    /// Segments that are merged at once, and bytes of their blocks that may be open: each may have two.
    private static let maximumSources = 32
    private static let openBytes = 512 << 20

    private var name: String { layout.view.name }

    /// - Parameters:
    ///   - keep: how long a snapshot stays readable after a newer one replaced it.
    ///   - isFull: merge all segments into one, whatever the policy says.
    func run(keeping keep: TimeSpan, isFull: Bool) throws -> CompactionSummary {
        let clock = ContinuousClock.now
        let started = Timestamp.now
        var summary = CompactionSummary(view: name)
        try SegmentFolder.removeOrphans(in: writer.folder, keeping: try catalog.segmentFiles(of: name))
        let records = try catalog.segments(of: name)
        summary.segmentsBefore = records.count
        summary.rows = records.reduce(0) { $0 + $1.rows }
        let mergeable = records.prefix { $0.sequences.upperBound <= lastSequence ?? .max }
        let groups =
            isFull ? (mergeable.count > 1 ? [0..<mergeable.count] : []) : CompactionPolicy.groups(mergeable.map(\.rows))
        progress?.expect(groups.reduce(0) { $0 + records[$1].reduce(0) { $0 + $1.rows } })
        for group in groups { try merge(Array(records[group]), &summary) }
        summary.segmentsAfter = try catalog.segments(of: name).count
        let horizon = Timestamp(microseconds: Timestamp.now.microseconds - keep.microseconds)
        for file in try catalog.forgetSegments(of: name, removedBefore: horizon) {
            if unlink(writer.folder + "/" + file) == 0 { summary.filesRemoved += 1 }
        }
        summary.seconds = (ContinuousClock.now - clock).inSeconds
        try catalog.recordRun(
            verb: "compact", target: name, started: started, rows: summary.rowsWritten, bytes: summary.bytes)
        return summary
    }

    /// Merges neighbours into one, in several rounds if they are too many to be open at once.
    private func merge(_ records: [SegmentRecord], _ summary: inout CompactionSummary) throws {
        var records = records
        while records.count > 1 {
            let limit = try sourcesAtOnce(records)
            var merged: [SegmentRecord] = []
            for start in stride(from: 0, to: records.count, by: limit) {
                let part = Array(records[start..<min(start + limit, records.count)])
                merged.append(part.count == 1 ? part[0] : try mergeAtOnce(part))
                guard part.count > 1 else { continue }
                summary.rowsWritten += merged[merged.count - 1].rows
                summary.bytes += merged[merged.count - 1].bytes
            }
            records = merged
        }
    }

    private func sourcesAtOnce(_ records: [SegmentRecord]) throws -> Int {
        let widest = records.map { $0.bytes / max(1, $0.rows) * min($0.rows, writer.rowsOfBlock) }.max() ?? 0
        return min(Self.maximumSources, max(2, Self.openBytes / max(1, 2 * widest)))
    }

    private func mergeAtOnce(_ records: [SegmentRecord]) throws -> SegmentRecord {
        _ = try Parallel.tryMap(records) { [folder = writer.folder] (record) throws(DataError) in
            try record.checkContent(in: folder)
        }
        let segments = try records.map { try SegmentFile($0, layout: layout, folder: writer.folder) }
        let sequences = records[0].sequences.lowerBound...records[records.count - 1].sequences.upperBound
        let output = try SegmentOutput(writer, firstSequence: sequences.lowerBound)
        var merge = try SegmentMerge(segments, layout: layout, batchRows: writer.rowsOfBlock)
        while let rows = try merge.next() {
            try output.append(rows)
            progress?.advance(by: rows.rowCount)
        }
        precondition(output.rowCount == records.reduce(0) { $0 + $1.rows }, "a merge keeps all rows")
        var merged = try output.finish(sequences: sequences)
        CrashPoint.reach(.mergeWritten)
        do {
            try catalog.commit(view: layout.view, adding: [merged], removing: records, reason: "compact")
        } catch {
            unlink(writer.folder + "/" + merged.file)
            throw error
        }
        CrashPoint.reach(.mergeListed)
        merged.id = try catalog.segments(of: name).first { $0.file == merged.file }?.id ?? 0
        return merged
    }
}

extension SegmentRecord {
    /// Reads the file whole, so that no damage is merged into a file that looks sound.
    ///
    /// - Throws: `DataError` if its content is not what was written.
    fileprivate func checkContent(in folder: String) throws(DataError) {
        guard let checksum else { return }
        let path = folder + "/" + file
        guard try Checksum(ofFile: path).description != checksum else { return }
        throw DataError(
            "is damaged, its content is not what was written; 'fstore check --repair' sees to it", file: path)
    }
}
