import Columnar
import Foundation

/// What compacting a service's log did.
public struct LogCompactionSummary: Hashable, Sendable, Codable {
    public var service: String
    /// Rows that went from the database to Parquet segments.
    public var rowsMoved = 0
    public var segmentsWritten = 0
    /// Rows that were older than the log is kept.
    public var rowsForgotten = 0
    public var examplesForgotten = 0
    /// Of segments and database, afterwards.
    public var bytes = 0
}

/// Moves a log's batches to Parquet segments, and forgets what is older than the service keeps.
///
/// A segment's file is whole, on disk and under its name before one commit lists it and drops the batches. One process
/// compacts a log at a time; reads and writes go on meanwhile.
struct LogCompaction {
    private let log: LogDatabase
    private let retain: TimeSpan?
    private let now: Timestamp

    /// From so many rows, or bytes, in the database on it pays.
    private static let dueRows = 262_144
    private static let dueBytes: Int64 = 64 << 20
    static let segmentRows = 262_144
    /// Few enough for a late label's row to be read quickly.
    static let rowGroupRows = 16_384
    /// How many rows a writer writes between two looks.
    static let lookEvery = 16_384

    init(_ log: LogDatabase, retain: TimeSpan?, now: Timestamp = .now) {
        self.log = log
        self.retain = retain
        self.now = now
    }

    func runIfDue() throws -> LogCompactionSummary? {
        let size =
            try log.database.rows("SELECT coalesce(sum(rows), 0), coalesce(sum(length(payload)), 0) FROM batches") {
                ($0.integer(0), $0.integer(1))
            }.first ?? (0, 0)
        guard size.0 >= Self.dueRows || size.1 >= Self.dueBytes else { return nil }
        return try run(isFull: false)
    }

    /// - Parameter isFull: whether the newest batches are moved too, to which others might just add rows.
    /// - Throws: `CatalogError.locked` if another process compacts the log.
    func run(isFull: Bool) throws -> LogCompactionSummary {
        let lock = try WriterLock(path: log.folder + "/compact.lock")
        return try withExtendedLifetime(lock) {
            var summary = LogCompactionSummary(service: (log.folder as NSString).lastPathComponent)
            try removeStrays()
            try forget(&summary)
            while case let parts = try nextParts(isFull: isFull), !parts.isEmpty {
                guard try move(parts, &summary) else { continue }
            }
            summary.bytes = try log.bytes()
            return summary
        }
    }

    /// The batches of the next segment: neighbours of one layout.
    private func nextParts(isFull: Bool) throws -> [LogPart] {
        var batches = try log.parts().filter { $0.file == nil }
        if !isFull {
            while let last = batches.last, last.rows < LogDatabase.mergedRows { batches.removeLast() }
        }
        var taken: [LogPart] = []
        var rows = 0
        for batch in batches {
            if let last = taken.last, last.definitions != batch.definitions || rows + batch.rows > Self.segmentRows {
                break
            }
            taken.append(batch)
            rows += batch.rows
        }
        return taken
    }

    /// False if rows have been added to the last of the batches meanwhile.
    private func move(_ parts: [LogPart], _ summary: inout LogCompactionSummary) throws -> Bool {
        var tables: [Table] = []
        for part in parts {
            guard let payload = try log.payload(of: part) else { return false }
            let table = try PackedTable.unpack(payload)
            if let first = tables.first, first.fields != table.fields { break }
            tables.append(table)
        }
        let moved = Array(parts.prefix(tables.count))
        let table = Table.concatenating(tables, fields: tables[0].fields)
        let name = String(format: "%012lld-%@", moved[0].firstRow, String(UUID().uuidString.prefix(8).lowercased()))
        let written = try write(table, name: name)
        let isListed = try log.database.transaction {
            for part in moved where try log.rows(ofBatch: part.firstRow) != part.rows { return false }
            let span = LogTable(table).span
            try log.database.query(
                "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    .integer(moved[0].firstRow), SQLiteValue(table.rowCount), .integer(moved[0].definitions),
                    .integer(span.minimumTime), .integer(span.maximumTime), .integer(span.minimumLogged),
                    .integer(span.maximumLogged), .text(name + ".parquet"), SQLiteValue(written.bytes),
                    .text(written.checksum.description), .text(LogSegmentFile.text(of: table.fields)),
                ])
            for part in moved {
                try log.database.query("DELETE FROM batches WHERE first_row = ?", [.integer(part.firstRow)])
            }
            return true
        }
        guard isListed else {
            LogSegmentFile.remove(name + ".parquet", in: log.folder)
            return false
        }
        summary.rowsMoved += table.rowCount
        summary.segmentsWritten += 1
        return true
    }

    private func write(_ table: Table, name: String) throws -> ParquetSummary {
        var options = ParquetWriterOptions()
        options.rowGroupRows = Self.rowGroupRows
        options.isDurable = true
        let path = "\(log.folder)/\(name).parquet"
        let index = "\(log.folder)/\(name).requests"
        do {
            let writer = try ParquetWriter(path: path + ".partial", fields: table.fields, options: options)
            try writer.write(table)
            let summary = try writer.close()
            let hashes = LogTable(table).requestHashes()
            try withExtendedLifetime(hashes) { () throws in
                try RequestIndex.write(hashes.elements(as: UInt64.self), to: index + ".partial")
            }
            guard rename(index + ".partial", index) == 0, rename(path + ".partial", path) == 0 else {
                throw DataError("cannot be renamed (\(String(cString: strerror(errno))))", file: path)
            }
            try Durability.syncFolder(log.folder)
            return summary
        } catch {
            for file in [path, index] {
                unlink(file + ".partial")
                unlink(file)
            }
            throw error
        }
    }

    /// Files that a process which was killed has left, and no commit lists.
    private func removeStrays() throws {
        let listed = Set(try log.database.rows("SELECT file FROM segments") { $0.text(0).dropLast(".parquet".count) })
        for name in (try? FileManager.default.contentsOfDirectory(atPath: log.folder)) ?? [] {
            let isOurs = name.hasSuffix(".parquet") || name.hasSuffix(".requests") || name.hasSuffix(".partial")
            let stem = name.prefix { $0 != "." }
            if isOurs, name.hasSuffix(".partial") || !listed.contains(stem) { unlink("\(log.folder)/\(name)") }
        }
    }

    private func forget(_ summary: inout LogCompactionSummary) throws {
        guard let retain else { return }
        let limit = now.microseconds.subtractingReportingOverflow(retain.microseconds).partialValue
        let files = try log.database.transaction {
            let gone = try log.database.rows(
                "SELECT rows, file FROM segments WHERE maximum_logged < ?", [.integer(limit)]
            ) { (Int($0.integer(0)), $0.text(1)) }
            let batches =
                try log.database.rows(
                    "SELECT coalesce(sum(rows), 0) FROM batches WHERE maximum_logged < ?", [.integer(limit)]
                ) { Int($0.integer(0)) }.first ?? 0
            summary.rowsForgotten = gone.reduce(batches) { $0 + $1.0 }
            for table in ["segments", "batches"] {
                try log.database.query("DELETE FROM \(table) WHERE maximum_logged < ?", [.integer(limit)])
            }
            summary.examplesForgotten =
                try log.database.rows(
                    "SELECT coalesce(sum(count), 0) FROM examples WHERE newest < ?", [.integer(limit)]
                ) {
                    Int($0.integer(0))
                }.first ?? 0
            try log.database.query("DELETE FROM examples WHERE newest < ?", [.integer(limit)])
            try log.database.query(
                """
                DELETE FROM given WHERE row < (SELECT min(first) FROM (SELECT min(first_row) AS first FROM batches
                UNION ALL SELECT min(first_row) FROM segments UNION ALL SELECT value + 1 FROM counters WHERE name = 'rows'))
                """)
            return gone.map(\.1)
        }
        for file in files { LogSegmentFile.remove(file, in: log.folder) }
    }
}

extension LogDatabase {
    /// A batch's packed rows; nil if it is not as it was listed any more.
    func payload(of part: LogPart) throws -> Buffer? {
        try database.rows(
            "SELECT payload FROM batches WHERE first_row = ? AND rows = ?",
            [.integer(part.firstRow), SQLiteValue(part.rows)]
        ) { $0.blob(0) }.first
    }

    func rows(ofBatch firstRow: Int64) throws -> Int? {
        try database.rows("SELECT rows FROM batches WHERE first_row = ?", [.integer(firstRow)]) { Int($0.integer(0)) }
            .first
    }

    /// Of segments and database.
    func bytes() throws -> Int {
        let segments =
            try database.rows("SELECT coalesce(sum(bytes), 0) FROM segments") { Int($0.integer(0)) }.first ?? 0
        return ["log.sqlite", "log.sqlite-wal"].reduce(segments) { sum, name in
            var status = stat()
            return stat("\(folder)/\(name)", &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }
}
