import Columnar
import Foundation

/// Looks for damage everywhere in the store, and changes nothing.
///
/// Others may write meanwhile: what seems damaged is told only if it is still listed afterwards.
struct StoreCheck {
    let project: Project
    let catalog: Catalog
    let definitions: Definitions
    let online: OnlineStore?
    let isQuick: Bool
    var progress: RowProgress?

    /// Something that was found, as it has to be known to repair it.
    enum Finding {
        case catalog(String)
        case segment(Catalog.KeptSegment, SegmentDamage)
        case batch(HotBatch, view: String, String)
        case online(view: String?, String)
        case orphan(view: String, file: String, bytes: Int)
        /// Whole segments of a view, and a catalog that knows nothing.
        case unknownHistory(view: String, files: Int)
    }

    struct Result {
        var views: [CheckReport.View] = []
        var findings: [Finding] = []
        /// Sound segments without a checksum, with what it is.
        var checksums: [(record: SegmentRecord, checksum: String)] = []
    }

    func run(_ views: [String]) throws -> Result {
        var result = Result()
        result.findings = try catalog.problems(isQuick: isQuick).map { .catalog($0) }
        for view in views { progress?.expect(try catalog.allSegments(of: view).reduce(0) { $0 + $1.record.rows }) }
        for view in views {
            var summary = CheckReport.View(view: view)
            let layout = try layout(of: view)
            try checkSegments(of: view, layout, &summary, &result)
            try checkHotLog(of: view, layout, &summary, &result)
            try checkOnline(view, &summary, &result)
            result.views.append(summary)
        }
        return result
    }

    /// As it is defined, or was last.
    func layout(of view: String) throws -> ViewLayout? {
        if let defined = definitions.featureView(named: view) { return ViewLayout(of: defined, in: definitions) }
        guard let old = try catalog.definitions(knowing: view), let found = old.featureView(named: view) else {
            return nil
        }
        return ViewLayout(of: found, in: old)
    }

    private func checkSegments(
        of view: String, _ layout: ViewLayout?, _ summary: inout CheckReport.View, _ result: inout Result
    ) throws {
        for segment in try catalog.allSegments(of: view) {
            let found = try SegmentCheck(
                record: segment.record, layout: layout, folder: project.offlineFolder(of: view), isQuick: isQuick,
                progress: progress
            ).run()
            // A compaction may have removed it since it was listed.
            if found.damage != nil, try !catalog.lists(segment.record) { continue }
            if segment.last == nil {
                summary.segments += 1
                summary.rows += segment.record.rows
                summary.bytes += segment.record.bytes
            } else {
                summary.olderSegments += 1
            }
            if segment.record.checksum == nil {
                summary.withoutChecksum += 1
                if found.damage == nil, let checksum = found.checksum {
                    result.checksums.append((segment.record, checksum))
                }
            }
            if let damage = found.damage { result.findings.append(.segment(segment, damage)) }
        }
    }

    private func checkHotLog(
        of view: String, _ layout: ViewLayout?, _ summary: inout CheckReport.View, _ result: inout Result
    ) throws {
        guard let layout else { return }
        try catalog.database.reading {
            for batch in try catalog.hotBatches(of: view) {
                summary.rowsPushed += batch.rows
                do {
                    let payload = try catalog.payload(of: batch, view: view)
                    let rows = try PushedRows.table(of: batch, payload: payload, layout: layout)
                    guard rows.rowCount != batch.rows else { continue }
                    result.findings.append(
                        .batch(batch, view: view, "it has \(rows.rowCount) rows, and \(batch.rows) were pushed"))
                } catch let error as DataError {
                    result.findings.append(.batch(batch, view: view, error.message))
                }
            }
        }
    }

    private func checkOnline(
        _ view: String, _ summary: inout CheckReport.View, _ result: inout Result
    ) throws {
        let found: OnlineSurvey?
        do {
            found = try online?.survey(of: view, isQuick: isQuick)
        } catch let error as LMDBError {
            result.findings.append(.online(view: view, "\(error)"))
            return
        }
        guard let survey = found else { return }
        summary.rowsOnline = survey.rows
        if survey.damagedRows > 0 {
            result.findings.append(
                .online(view: view, "\(survey.damagedRows) of \(survey.rows) rows cannot be read"))
        }
        // Asked after the survey, since pushes go on.
        let last = try catalog.lastSequence(of: view)
        if survey.greatestSequence > last {
            result.findings.append(
                .online(
                    view: view,
                    "it holds rows of commit \(survey.greatestSequence), and the catalog's last is \(last): one of them is of an "
                        + "older copy"))
        }
    }

    // MARK: - Files that nobody lists

    /// Looks for them; the caller holds the writer's and the hot log's lock, so that none is being written.
    func orphans() throws -> [Finding] {
        var findings: [Finding] = []
        let isEmpty = try catalog.definitionsVersion() == 0
        for view in Self.names(in: project.offlineRoot) {
            let folder = project.offlineFolder(of: view)
            let listed = try catalog.segmentFiles(of: view)
            let files = Self.names(in: folder).filter {
                !listed.contains($0) && ($0.hasSuffix(".parquet") || $0.hasSuffix(".partial"))
            }
            if isEmpty, files.contains(where: { $0.hasSuffix(".parquet") }) {
                findings.append(.unknownHistory(view: view, files: files.count))
                continue
            }
            for file in files {
                var status = stat()
                guard stat(folder + "/" + file, &status) == 0 else { continue }
                findings.append(.orphan(view: view, file: file, bytes: Int(status.st_size)))
            }
        }
        return findings
    }

    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}
