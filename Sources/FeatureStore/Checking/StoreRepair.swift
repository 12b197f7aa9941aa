import Columnar
import Foundation

/// Does the safe thing about what a check found. The caller holds the writer's and the hot log's lock.
///
/// No step destroys what may be of use: damaged files are set aside, and what is lost of history is noted, so that no
/// training set is made of a part of it unknowingly.
struct StoreRepair {
    let check: StoreCheck
    private var project: Project { check.project }
    private var catalog: Catalog { check.catalog }

    init(_ check: StoreCheck) { self.check = check }

    /// What was done, and which files have to be read again.
    struct Outcome {
        var text: String
        var filesToIngest: [String] = []
    }

    /// Returns nil if there is nothing that could be done without a person.
    func repair(_ finding: StoreCheck.Finding) throws -> Outcome? {
        switch finding {
        case .segment(let segment, let damage):
            guard damage.kind != .inaccessible, try catalog.lists(segment.record) else { return nil }
            return try restore(segment) ?? takeOut(segment, damage)
        case .batch(let batch, let view, _): return try takeOut(batch, of: view)
        case .orphan(let view, let file, let bytes):
            guard unlink(project.offlineFolder(of: view) + "/" + file) == 0 else { return nil }
            return Outcome(text: "removed, \(bytes) bytes")
        case .catalog, .online, .unknownHistory: return nil
        }
    }

    // MARK: - Segments

    /// Puts the segments that this one was merged of in its place, if they are still kept, whole and sound: they hold the
    /// same rows in the same order of arrival, so that no snapshot is lost.
    private func restore(_ segment: Catalog.KeptSegment) throws -> Outcome? {
        let record = segment.record
        let sources = try catalog.allSegments(of: record.view).filter { source in
            source.last.map { $0 + 1 } == segment.addedIn
                && record.sequences.lowerBound <= source.record.sequences.lowerBound
                && source.record.sequences.upperBound <= record.sequences.upperBound
        }
        guard !sources.isEmpty, sources.reduce(0, { $0 + $1.record.rows }) == record.rows else { return nil }
        let layout = try check.layout(of: record.view)
        for source in sources {
            let check = SegmentCheck(
                record: source.record, layout: layout, folder: project.offlineFolder(of: record.view), isQuick: false)
            if try check.run().damage != nil { return nil }
        }
        let path = try setAside(record)
        try catalog.database.transaction {
            try catalog.forget(record)
            try catalog.keep(sources.map(\.record.id), until: segment.last.map { $0 + 1 })
        }
        let count = sources.count
        return Outcome(
            text: "replaced by the \(count) segment\(count == 1 ? "" : "s") that it was merged of; nothing is lost"
                + (path.map { "; the damaged file is now \($0)" } ?? ""))
    }

    /// Takes a segment out of all snapshots, notes these as lost, and has the files of its rows read again.
    private func takeOut(_ segment: Catalog.KeptSegment, _ damage: SegmentDamage) throws -> Outcome {
        let record = segment.record
        // In this order: a crash in between leaves a missing file, which the next check finds.
        let path = try setAside(record)
        let files = try catalog.database.transaction { () -> [String] in
            if let last = segment.last {
                try catalog.forget(record)
                try catalog.noteLoss(of: [segment.first...max(segment.first, last)], view: record.view, by: .damaged)
                return []
            }
            let snapshot = try catalog.addSnapshot("repair")
            try catalog.replace([record.id], by: [], in: snapshot)
            try catalog.noteLoss(
                of: [segment.first...max(segment.first, snapshot - 1)], view: record.view, by: .damaged)
            return try catalog.forgetFiles(of: record.view, in: record.sequences)
        }
        var text = path.map { "set aside as \($0); " } ?? ""
        if let last = segment.last {
            text += "only snapshots \(segment.first) to \(last) are lost, the newest does not need it"
        } else {
            text +=
                "its \(record.rows) rows are no longer in history, and snapshots from \(segment.first) on until now are lost; "
            text +=
                files.isEmpty
                ? "no recorded file holds them: what was pushed, or read with --from, has to be given again"
                : "'fstore ingest \(record.view)' reads the files of them again; what was pushed, or read with --from, has to be "
                    + "given again"
        }
        return Outcome(text: text, filesToIngest: files)
    }

    /// Moves a segment's file out of the view; nil if there is none.
    private func setAside(_ record: SegmentRecord) throws -> String? {
        let source = project.offlineFolder(of: record.view) + "/" + record.file
        guard access(source, F_OK) == 0 else { return nil }
        let target = project.quarantinePath(view: record.view, segment: record.file)
        try makeQuarantine(for: target)
        guard rename(source, target) == 0 else {
            throw DataError("cannot be set aside (\(String(cString: strerror(errno))))", file: source)
        }
        return pathInProject(target)
    }

    // MARK: - Pushes

    private func takeOut(_ batch: HotBatch, of view: String) throws -> Outcome {
        let target = project.quarantinePath(view: view, segment: "push-\(batch.sequence).bin")
        try makeQuarantine(for: target)
        let payload = try catalog.payload(of: batch, view: view)
        let copied = FileManager.default.createFile(
            atPath: target, contents: Data(bytes: payload.base, count: payload.count))
        withExtendedLifetime(payload) {}
        guard copied else { throw DataError("cannot be written", file: target) }
        try catalog.database.transaction {
            let snapshot = try catalog.addSnapshot("repair")
            try catalog.removeBatches(of: view, in: batch.sequence...batch.sequence)
            try catalog.noteLoss(
                of: [batch.snapshot...max(batch.snapshot, snapshot - 1)], view: view, by: .damaged)
        }
        return Outcome(
            text:
                "set aside as \(pathInProject(target)); the \(batch.rows) rows pushed at \(batch.pushedAt) are lost, and have "
                + "to be pushed again")
    }

    private func makeQuarantine(for path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw DataError("cannot be made (\(error.localizedDescription))", file: folder)
        }
    }

    private func pathInProject(_ path: String) -> String { SourceFiles.pathInProject(path, root: project.root) }
}
