import Columnar
import Foundation

/// Removes the rows of a key from one view: first what has to be written, then what a commit changes, then what is left
/// over. Each step may be done again, from the start, after a crash in any of them.
struct ViewDeletion {
    let project: Project
    let catalog: Catalog
    let layout: ViewLayout
    let search: RowSearch

    /// What a commit changes in the view's history.
    struct Change {
        /// Segments that go: records, with their files.
        var gone: [SegmentRecord] = []
        /// The same rows without those of the key.
        var new: [SegmentRecord] = []
        /// Snapshots that held rows of the key; `last` is nil where the newest one does.
        var held: [(first: Int64, last: Int64?)] = []
        var batches: [(batch: HotBatch, payload: Buffer, rows: Int)] = []
        /// Rows of the newest snapshot.
        var historyRows = 0
        var hotRows = 0

        var isEmpty: Bool { gone.isEmpty && batches.isEmpty }
    }

    private var name: String { layout.view.name }
    private var folder: String { project.offlineFolder(of: name) }

    /// How many rows of the key there are in segments and in the hot log.
    func count() throws -> (history: Int, hot: Int) {
        var counts = (history: 0, hot: 0)
        let parts = try History(layout: layout, folder: folder).open { try catalog.listing(of: name) }
        for part in parts {
            let found = try search.count(in: [part])
            if case .rows = part { counts.hot += found } else { counts.history += found }
        }
        return counts
    }

    /// Looks for the rows, in old snapshots too, and writes the segments that are to take the place of those that hold some.
    func prepare() throws -> Change {
        var change = Change()
        do {
            for segment in try catalog.allSegments(of: name) {
                let record = segment.record
                let file = try SegmentFile(record, layout: layout, folder: folder)
                var rest: [Int: [Int32]] = [:]
                var found = 0
                for block in 0..<file.blockCount {
                    try Cancellation.check()
                    guard let (kept, count) = try search.rest(of: .segment(file), block) else { continue }
                    rest[block] = kept
                    found += count
                }
                guard found > 0 else { continue }
                change.gone.append(record)
                change.held.append((segment.first, segment.last))
                guard segment.last == nil else { continue }
                change.historyRows += found
                if let new = try rewrite(file, keeping: rest) {
                    change.new.append(new)
                }
            }
        } catch {
            abandon(change)
            throw error
        }
        return change
    }

    /// Writes a segment anew with just some rows of some blocks, and with all of the others; nil if no row stays.
    private func rewrite(_ segment: SegmentFile, keeping rest: [Int: [Int32]]) throws -> SegmentRecord? {
        let output = try SegmentOutput(
            SegmentWriter(layout: layout, folder: folder), firstSequence: segment.record.sequences.lowerBound,
            pushedSince: segment.record.pushedSince)
        for block in 0..<segment.blockCount {
            let rows = try segment.record.pushedSince == nil ? segment.table(of: block) : segment.pushedTable(of: block)
            try output.append(rest[block].map { rows.taking($0[...]) } ?? rows)
        }
        return output.rowCount == 0 ? nil : try output.finish(sequences: segment.record.sequences)
    }

    /// Finds the rows in the hot log; within the transaction that removes them, since pushes go on.
    func addBatches(to change: inout Change) throws {
        for batch in try catalog.hotBatches(of: name) {
            let table = try PushedRows.table(
                of: batch, payload: try catalog.payload(of: batch, view: name), layout: layout)
            guard let kept = search.rest(of: table, layout: layout) else { continue }
            change.batches.append((batch, PackedTable.pack(table.taking(kept[...])), kept.count))
            change.held.append((batch.snapshot, nil))
            change.hotRows += table.rowCount - kept.count
        }
    }

    /// Makes the change, within a transaction.
    func apply(_ change: Change, in snapshot: Int64, deletion: Int64) throws {
        try catalog.replace(change.gone.map(\.id), by: change.new, in: snapshot)
        for (batch, payload, rows) in change.batches { try catalog.replace(batch, by: payload, rows: rows, view: name) }
        try catalog.noteLoss(
            of: change.held.map { first, last in min(first, snapshot - 1)...max(first, last ?? snapshot - 1) },
            view: name, by: .deleted(deletion))
    }

    /// Removes files that a change has written, when it is not made.
    func abandon(_ change: Change) {
        for record in change.new { unlink(folder + "/" + record.file) }
    }

    /// Removes files that no snapshot lists any more, of this change and of one that was cut off.
    func removeFiles() throws {
        let listed = try catalog.segmentFiles(of: name)
        for ofPushes in [false, true] {
            try SegmentFolder.removeOrphans(in: folder, keeping: listed, ofPushes: ofPushes)
        }
    }

    /// The files in quarantine that may hold rows of the key: set-aside rows in which all of `texts` stand, and all damaged
    /// segments and pushes.
    func quarantineFiles(holding texts: [String]) -> [String] {
        let quarantine = (project.quarantinePath(view: name, time: .now) as NSString).deletingLastPathComponent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: quarantine)) ?? []
        return names.filter { $0.hasPrefix(name + "-") }.sorted().map { quarantine + "/" + $0 }.filter { path in
            guard path.hasSuffix(".csv") else { return true }
            guard let content = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else {
                return true
            }
            return texts.allSatisfy { content.range(of: Data($0.utf8)) != nil }
        }
    }
}
