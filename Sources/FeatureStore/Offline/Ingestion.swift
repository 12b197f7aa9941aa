import Columnar
import Foundation

/// What an ingestion into one view did.
public struct IngestionSummary: Hashable, Sendable, Codable {
    public var view: String
    public var files = 0
    /// Files that the view held already, unchanged.
    public var filesUnchanged = 0
    public var rows = 0
    /// Rows set aside because they do not fit.
    public var rowsRejected = 0
    /// Rows left out because their keys were deleted, and may not come back.
    public var rowsBarred = 0
    /// The file that holds the rejected rows.
    public var rejectedFile: String?
    /// Size of the new segments.
    public var bytes = 0
    public var seconds = 0.0

    public init(view: String) { self.view = view }
}

/// Reads a view's new source files into sorted segments and commits them, all or nothing.
struct Ingestion {
    let project: Project
    let catalog: Catalog
    let layout: ViewLayout
    let source: Source
    let errorPolicy: ErrorPolicy
    /// Rows read so far and, where known, rows in all; called from time to time.
    let progress: (_ rows: Int, _ total: Int?) -> Void

    /// Reads the files of the view's source that it does not hold yet; `files` instead, if given, whatever is held.
    func run(files: [String]? = nil) throws -> IngestionSummary {
        let clock = ContinuousClock.now
        var summary = IngestionSummary(view: layout.view.name)
        let root = project.root
        let known = try catalog.ingestedFiles(of: layout.view.name)
        let paths =
            try files.map { $0.map { SourceFiles.pathInProject($0, root: root) } }
            ?? SourceFiles.matching(source.path, root: root)
        let candidates = try SourceFiles.unread(paths, root: root, known: files == nil ? known : [:]) {
            try catalog.record([$0], of: layout.view.name)
        }
        summary.filesUnchanged = paths.count - candidates.count
        summary.files = candidates.count
        guard !candidates.isEmpty else { return summary }
        let total = Self.rowCount(of: candidates, root: root)
        return try write(
            summary, since: clock, files: files == nil ? candidates.map(\.record) : [], rowsExpected: total
        ) { rejections, append in
            for candidate in candidates {
                try SourceReader(
                    path: candidate.path, root: root, source: source, layout: layout, rejections: rejections
                ).read(append)
            }
        }
    }

    /// Takes the rows of a table as those of a file; `origin` is how messages name it.
    func run(table: Table, origin: String) throws -> IngestionSummary {
        let summary = IngestionSummary(view: layout.view.name)
        return try write(summary, since: ContinuousClock.now, files: [], rowsExpected: table.rowCount) {
            rejections, append in
            try SourceReader(
                table: table, origin: origin, source: source, layout: layout, rejections: rejections
            ).read(append)
        }
    }

    /// Writes the pieces that `read` appends as segments, and commits them together with what is known of their files.
    private func write(
        _ planned: IngestionSummary, since clock: ContinuousClock.Instant, files: [IngestedFile], rowsExpected: Int?,
        reading read: (RowRejections, _ append: (SourcePiece) throws -> Void) throws -> Void
    ) throws -> IngestionSummary {
        let started = Timestamp.now
        var summary = planned
        let rejections = RowRejections(
            policy: errorPolicy, path: project.quarantinePath(view: layout.view.name, time: started))
        let folder = project.offlineFolder(of: layout.view.name)
        try SegmentFolder.removeOrphans(in: folder, keeping: try catalog.segmentFiles(of: layout.view.name))
        var segments = PendingSegments(
            writer: SegmentWriter(layout: layout, folder: folder), rejections: rejections,
            barred: try catalog.barredKeys(of: layout),
            firstSequence: try catalog.lastSequence(of: layout.view.name) + 1)
        let report: (Int) -> Void = { rows in progress(rows, rowsExpected) }
        do {
            try read(rejections) { try segments.append($0, report) }
            let written = try segments.finish(report)
            summary.rows = written.reduce(0) { $0 + $1.rows }
            summary.rejectedFile = try rejections.finish()
            summary.rowsRejected = rejections.count
            summary.rowsBarred = segments.rowsBarred
            summary.bytes = written.reduce(0) { $0 + $1.bytes }
            try catalog.commit(view: layout.view, adding: written, files: files, reason: "ingest")
        } catch {
            segments.abandon()
            rejections.abandon()
            throw error
        }
        summary.seconds = (ContinuousClock.now - clock).inSeconds
        try catalog.recordRun(
            verb: "ingest", target: layout.view.name, started: started, rows: summary.rows, bytes: summary.bytes)
        return summary
    }
}

extension Ingestion {
    /// The rows of all files, where their footers tell; nil if some file has none. Damaged files are told when read.
    private static func rowCount(of candidates: [SourceFiles.Candidate], root: String) -> Int? {
        var total = 0
        for candidate in candidates {
            guard TableFile.isParquet(candidate.path),
                let file = try? ParquetFile(path: SourceFiles.absolutePath(candidate.path, root: root))
            else { return nil }
            total += file.rowCount
        }
        return total
    }
}

/// Collects rows until they are as many as are sorted at once, and knows the segments written so far.
private struct PendingSegments {
    private let writer: SegmentWriter
    private let rejections: RowRejections
    private let barred: BarredKeys
    private(set) var rowsBarred = 0
    private var sequence: Int64
    private var batch = SortBatch()
    private var written: [SegmentRecord] = []

    init(writer: SegmentWriter, rejections: RowRejections, barred: BarredKeys, firstSequence: Int64) {
        self.writer = writer
        self.rejections = rejections
        self.barred = barred
        sequence = firstSequence
    }

    mutating func append(_ piece: SourcePiece, _ progress: (_ rows: Int) -> Void) throws {
        if batch.isFull(for: piece, SortBatch.Limit()) { try flush(progress) }
        batch.append(piece)
    }

    mutating func finish(_ progress: (_ rows: Int) -> Void) throws -> [SegmentRecord] {
        if !batch.isEmpty { try flush(progress) }
        return written
    }

    func abandon() {
        for segment in written { unlink(writer.folder + "/" + segment.file) }
    }

    private mutating func flush(_ progress: (_ rows: Int) -> Void) throws {
        let checked = try batch.checked(rejecting: rejections)
        batch = SortBatch()
        let rows = try checked.without(barred, fields: writer.layout.fields)
        rowsBarred += checked.rowCount - rows.rowCount
        guard !rows.isEmpty else { return }
        let before = written.reduce(0) { $0 + $1.rows }
        written.append(
            try writer.write(SortedBatch(rows, layout: writer.layout), sequences: sequence...sequence) { part in
                progress(before + Int(Double(rows.rowCount) * part))
            })
        sequence += 1
    }
}

extension Duration {
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
