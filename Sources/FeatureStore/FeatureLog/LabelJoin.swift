import Columnar
import Foundation

/// Brings labels and the reads that they are of together, and so makes examples; and makes examples of reads whose window
/// has ended without a label, where the service says so.
///
/// Labels are taken in the order of their arrival, and examples are numbered in that order; those that lack a label follow
/// in the order of the log. Each step is one commit, so that a label makes its example once, whatever crashes.
struct LabelJoin {
    private let log: LogDatabase
    private let label: ServiceLabel
    private let now: Timestamp
    private var summary: LabelSummary

    /// Labels that are joined in one commit.
    private static let stepLabels = 20_000
    /// How long after its label a read may come to the log: it waits in a queue, and for a disk.
    private static let patience = TimeSpan.seconds(60)

    init(_ log: LogDatabase, label: ServiceLabel, now: Timestamp) {
        self.log = log
        self.label = label
        self.now = now
        summary = LabelSummary(service: (log.folder as NSString).lastPathComponent)
    }

    mutating func run() throws -> LabelSummary {
        var position: Int64 = 0
        // A look first: mostly there is nothing to do, and then no lock is taken.
        while try !log.pendingLabels(of: label.type, after: position, limit: 1).isEmpty {
            try Cancellation.check()
            position = try log.database.transaction { try joinNext(after: position) } ?? .max
        }
        if case .value(let text) = label.missing, let value = label.value(parsing: text), let window = label.window {
            while try giveMissing(value, window) { try Cancellation.check() }
        }
        return summary
    }

    // MARK: - Labels

    /// Joins the next labels; the last of them, or nil if there are none.
    private mutating func joinNext(after position: Int64) throws -> Int64? {
        let labels = try log.pendingLabels(of: label.type, after: position, limit: Self.stepLabels)
        guard let last = labels.last else { return nil }
        let found = try RequestSearch(log).reads(of: labels.map { (Array($0.requestID.utf8), $0.arrived) })
        var writer = try ExampleWriter(log, label: label)
        let before = summary
        var done: [Int64] = []
        for (place, pending) in labels.enumerated() {
            guard let read = found.places[place] else {
                if now.microseconds - pending.arrived > Self.patience.microseconds {
                    summary.unknown += 1
                    done.append(pending.id)
                } else {
                    summary.waiting += 1
                }
                continue
            }
            done.append(pending.id)
            let reads = found.tables[read.table]
            if let window = label.window, isAfter(pending.arrived, window, since: reads.logged(read.row)) {
                summary.late += 1
                continue
            }
            let earlier = try writer.value(ofRow: read.number) ?? log.givenLabel(ofRow: read.number, as: label.type)
            if earlier == pending.value {
                summary.repeated += 1
                continue
            }
            summary.joined += 1
            if earlier != nil { summary.corrections += 1 }
            try writer.append(
                reads.table, row: read.row, number: read.number, pending.value, weight: pending.weight,
                kind: earlier == nil ? .label : .correction)
        }
        try writer.finish(remembering: true)
        try log.removeLabels(done)
        try log.add(Int64(summary.late - before.late), to: "late")
        try log.add(Int64(summary.unknown - before.unknown), to: "unknown")
        return last.id
    }

    private func isAfter(_ time: Int64, _ window: TimeSpan, since start: Int64) -> Bool {
        let (age, isBeyond) = time.subtractingReportingOverflow(start)
        return isBeyond ? time > start : age > window.microseconds
    }

    // MARK: - Missing labels

    /// Gives the next reads without a label theirs; false once there is none whose window has ended.
    private mutating func giveMissing(_ value: Value, _ window: TimeSpan) throws -> Bool {
        // A look before the lock.
        let through = try log.counter("missing_through")
        guard let part = try log.parts().first(where: { $0.rowNumbers.upperBound - 1 > through }),
            isAfter(now.microseconds, window, since: part.span.minimumLogged)
        else { return false }
        return try log.database.transaction {
            let through = try log.counter("missing_through")
            guard let part = try log.parts().first(where: { $0.rowNumbers.upperBound - 1 > through }) else {
                return false
            }
            var writer = try ExampleWriter(log, label: label)
            var reached = through
            for (table, first) in try log.tables(of: part) where first + Int64(table.rowCount) - 1 > through {
                let numbers = first..<first + Int64(table.rowCount)
                let given = try log.givenRows(in: numbers)
                let read = LoggedReads(table)
                var isOver = true
                for row in Int(max(0, through + 1 - first))..<table.rowCount {
                    isOver = isAfter(now.microseconds, window, since: read.logged(row))
                    guard isOver else { break }
                    reached = first + Int64(row)
                    if given.contains(reached) { continue }
                    summary.missing += 1
                    try writer.append(table, row: row, number: reached, value, weight: 1, kind: .missing)
                }
                if !isOver { break }
            }
            try writer.finish(remembering: false)
            guard reached > through else { return false }
            try log.set("missing_through", to: reached)
            return true
        }
    }
}

extension LogDatabase {
    /// A part's rows with the numbers of their first, portion by portion.
    func tables(of part: LogPart) throws -> [(table: Table, firstRow: Int64)] {
        guard let file = part.file, let fields = part.fields else {
            return [(try table(ofBatch: part.firstRow), part.firstRow)]
        }
        let segment = try LogSegmentFile(file, fields: fields, in: folder)
        var first = part.firstRow
        return try (0..<segment.rowGroupCount).map { group in
            defer { first += Int64(segment.rowCount(of: group)) }
            return (try segment.table(ofRowGroup: group), first)
        }
    }

    func givenRows(in numbers: Range<Int64>) throws -> Set<Int64> {
        Set(
            try database.rows(
                "SELECT row FROM given WHERE row >= ? AND row < ?",
                [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
            ) { $0.integer(0) })
    }
}
