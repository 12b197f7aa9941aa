import Columnar
import Foundation

/// Which logged rows are asked for.
public struct LogFilter: Sendable {
    /// The time at which rows were read: from the first on, and before the second.
    public var from: Timestamp?
    public var to: Timestamp?
    public var requestID: String?
    /// Values of some of the join keys.
    public var keys: [String: Value]

    public init(
        from: Timestamp? = nil, to: Timestamp? = nil, requestID: String? = nil, keys: [String: Value] = [:]
    ) {
        self.from = from
        self.to = to
        self.requestID = requestID
        self.keys = keys
    }

    var times: LogTimes { LogTimes(from: from, to: to) }
}

/// How much a service's log holds.
public struct LogSummary: Hashable, Sendable, Codable {
    public var service: String
    public var rows: Int
    public var segments: Int
    public var bytes: Int
    /// Times of the oldest and the newest read, RFC 3339.
    public var from: String?
    public var to: String?
    /// Rows that were not kept, since the queue of a process was full or its disk failed.
    public var dropped: Int
    public var labelsWaiting: Int
    /// Labels that came after the window, and those whose read is not known.
    public var labelsLate: Int
    public var labelsUnknown: Int
    public var examples: Int
    public var consumers: [ConsumerPosition]
}

/// How far a consumer of examples is.
public struct ConsumerPosition: Hashable, Sendable, Codable {
    public var name: String
    /// The last example that it has committed.
    public var position: Int64
    public var committed: String
}

/// Reads what a service remembers.
///
/// Rows come in the order in which they were written, portion by portion, each with the columns of its `LogLayout`: those
/// of reads by older definitions may have other features.
package struct FeatureLog {
    let database: LogDatabase
    let service: String

    /// Rows as they were served.
    package struct Portion {
        /// The version of the definitions that its rows were read by.
        package let definitions: Int64
        package let table: Table
    }

    /// Hands over all rows that `filter` asks for.
    ///
    /// - Parameter body: false ends the reading.
    /// - Throws: what `body` throws; `DataError` or `LogError` if a part is damaged.
    package func read(_ filter: LogFilter = LogFilter(), newestFirst: Bool = false, _ body: (Portion) throws -> Bool)
        throws
    {
        var parts = try database.parts(within: filter.times)
        if newestFirst { parts.reverse() }
        let hash = filter.requestID.map { id in Array(id.utf8).withUnsafeBytes { StableHash.bytes($0) } }
        for part in parts {
            try Cancellation.check()
            var goesOn = true
            try tables(of: part, hash: hash, newestFirst: newestFirst) { table, _ in
                guard goesOn else { return }
                let rows = matching(filter, table)
                guard !rows.isEmpty else { return }
                let chosen = rows.count == table.rowCount ? table : table.taking(rows[...])
                goesOn = try body(Portion(definitions: part.definitions, table: chosen))
            }
            if !goesOn { return }
        }
    }

    /// The rows of a part, or those of them that may have a request id of this hash.
    private func tables(
        of part: LogPart, hash: UInt64?, newestFirst: Bool, _ body: (Table, _ firstRow: Int64) throws -> Void
    ) throws {
        guard let file = part.file, let fields = part.fields else {
            guard let payload = try database.payload(of: part) else {
                // It has got more rows, or has gone to a segment, since it was listed.
                return try moved(part, hash: hash, newestFirst: newestFirst, body)
            }
            return try body(try PackedTable.unpack(payload), part.firstRow)
        }
        let segment = try LogSegmentFile(file, fields: fields, in: database.folder)
        if let hash {
            let places = try segment.requestIndex().rows(of: hash)
            if !places.isEmpty { try body(try segment.rows(at: places), part.firstRow) }
            return
        }
        var starts: [Int64] = [part.firstRow]
        for group in 0..<segment.rowGroupCount { starts.append(starts[group] + Int64(segment.rowCount(of: group))) }
        let groups = newestFirst ? Array((0..<segment.rowGroupCount).reversed()) : Array(0..<segment.rowGroupCount)
        for group in groups {
            try Cancellation.check()
            try body(try segment.table(ofRowGroup: group), starts[group])
        }
    }

    /// The rows of a batch from where they are now.
    private func moved(
        _ part: LogPart, hash: UInt64?, newestFirst: Bool, _ body: (Table, _ firstRow: Int64) throws -> Void
    ) throws {
        for now in try database.parts() where now.rowNumbers.overlaps(part.rowNumbers) && now != part {
            try tables(of: now, hash: hash, newestFirst: newestFirst) { table, first in
                // Of an index' hits the numbers are not known, but all of them have the request id.
                if hash != nil, now.file != nil { return try body(table, first) }
                let low = max(0, Int(part.firstRow - first))
                let high = min(table.rowCount, Int(part.rowNumbers.upperBound - first))
                if low < high { try body(table.slice(low..<high), first + Int64(low)) }
            }
        }
    }

    /// The rows that fit, in order.
    private func matching(_ filter: LogFilter, _ table: Table) -> [Int32] {
        let times = LogTable(table).times.elements(as: Int64.self)
        let bounds = filter.times
        let wanted = filter.requestID.map { Array($0.utf8) }
        let ids = LogTable(table).requestIDs
        let keys = filter.keys.compactMap { name, value in table.column(name).map { ($0, value) } }
        return withExtendedLifetime(table) {
            (0..<Int32(table.rowCount)).filter { row in
                let row = Int(row)
                guard times[row] >= bounds.from.microseconds, times[row] < bounds.to.microseconds else { return false }
                if let wanted, !ids.bytes(at: row).elementsEqual(wanted) { return false }
                return keys.allSatisfy { $0.0.value(at: row) == $0.1 }
            }
        }
    }

    /// How much it holds.
    package func summary() throws -> LogSummary {
        try database.database.reading {
            let parts = try database.parts()
            func number(_ sql: String) throws -> Int {
                try database.database.rows(sql) { Int($0.integer(0)) }.first ?? 0
            }
            return LogSummary(
                service: service, rows: parts.reduce(0) { $0 + $1.rows }, segments: parts.count { $0.file != nil },
                bytes: try database.bytes(),
                from: parts.map(\.span.minimumTime).min().map { Timestamp(microseconds: $0).description },
                to: parts.map(\.span.maximumTime).max().map { Timestamp(microseconds: $0).description },
                dropped: Int(try database.counter("dropped")), labelsWaiting: try number("SELECT count(*) FROM labels"),
                labelsLate: Int(try database.counter("late")), labelsUnknown: Int(try database.counter("unknown")),
                examples: try number("SELECT coalesce(sum(count), 0) FROM examples"), consumers: try consumers())
        }
    }

    private func consumers() throws -> [ConsumerPosition] {
        try database.database.rows("SELECT name, position, committed_at FROM consumers ORDER BY name") {
            ConsumerPosition(
                name: $0.text(0), position: $0.integer(1),
                committed: Timestamp(microseconds: $0.integer(2)).description)
        }
    }
}
