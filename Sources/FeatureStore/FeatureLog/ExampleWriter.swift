import Columnar
import Foundation

/// How an example came to its label.
public enum ExampleKind: String, Hashable, Sendable, Codable {
    /// A label came.
    case label
    /// A label came that differs from the one which the read had.
    case correction
    /// No label came within the window.
    case missing
}

/// Collects examples in order, and adds them to the log's examples, numbered from the last on; within a transaction.
///
/// An example's columns are those of its logged row, then `label` under its own name, `weight`, `kind` and `row`, the read's
/// number in the log.
struct ExampleWriter {
    private let log: LogDatabase
    private let label: ServiceLabel
    private var next: Int64
    private var runs: [Run] = []
    private var values: [Int64: (example: Int64, value: Value)] = [:]

    /// Examples of one layout, one after the other.
    private struct Run {
        let fields: [Field]
        let first: Int64
        var sources: [Table] = []
        /// Which rows of which source.
        var rows: [(source: Int, row: Int32)] = []
        var labels: ColumnBuilder
        var weights = ColumnBuilder(.float64)
        var kinds = ColumnBuilder(.string)
        var numbers = ColumnBuilder(.int64)
    }

    /// The most examples that small batches of them are merged to.
    private static let mergedRows = 8192

    init(_ log: LogDatabase, label: ServiceLabel) throws {
        self.log = log
        self.label = label
        next = try log.counter("examples") + 1
    }

    /// The label that was appended for a read, of those that were not finished yet.
    func value(ofRow number: Int64) -> Value? { values[number]?.value }

    mutating func append(
        _ table: Table, row: Int, number: Int64, _ value: Value, weight: Double, kind: ExampleKind
    ) throws {
        if runs.last?.fields != table.fields || (runs.last?.rows.count ?? 0) >= Self.mergedRows {
            runs.append(Run(fields: table.fields, first: next, labels: ColumnBuilder(label.type.dataType)))
        }
        let run = runs.count - 1
        // A table is known by its first column's memory.
        if runs[run].sources.last?.columns.first?.values.base != table.columns.first?.values.base {
            runs[run].sources.append(table)
        }
        runs[run].rows.append((runs[run].sources.count - 1, Int32(row)))
        _ = runs[run].labels.append(value)
        runs[run].weights.append(fixed: weight)
        _ = runs[run].kinds.append(.string(kind.rawValue))
        runs[run].numbers.append(fixed: number)
        values[number] = (next, value)
        next += 1
    }

    /// - Parameter remembering: whether a later label of these reads is a correction.
    mutating func finish(remembering: Bool) throws {
        for var run in runs {
            let starts = run.sources.reduce(into: [Int32(0)]) { $0.append($0[$0.count - 1] + Int32($1.rowCount)) }
            let all = Table.concatenating(run.sources, fields: run.fields)
            let rows = all.taking(run.rows.map { starts[$0.source] + $0.row }[...])
            let own = [
                Field(label.name, label.type.dataType), Field("weight", .float64), Field("kind", .string),
                Field("row", .int64),
            ]
            let table = Table(
                fields: run.fields + own,
                columns: rows.columns + [
                    run.labels.finish(), run.weights.finish(), run.kinds.finish(), run.numbers.finish(),
                ], rowCount: rows.rowCount)
            try insert(table, first: run.first)
        }
        if remembering {
            for (row, given) in values { try log.note(givenTo: row, example: given.example, given.value) }
        }
        try log.set("examples", to: next - 1)
        runs = []
    }

    /// Inserts a batch, together with those before it that are no larger, as the log does with its own.
    private func insert(_ table: Table, first: Int64) throws {
        var (merged, start) = (table, first)
        while merged.rowCount < Self.mergedRows {
            let last = try log.database.rows(
                """
                SELECT first, payload FROM examples WHERE first = (SELECT max(first) FROM examples)
                AND count <= ? AND count <= ? AND first + count = ?
                """, [SQLiteValue(merged.rowCount), SQLiteValue(Self.mergedRows - merged.rowCount), .integer(start)]
            ) { ($0.integer(0), $0.blob(1)) }.first
            guard let (before, payload) = last, case let earlier = try PackedTable.unpack(payload),
                earlier.fields == merged.fields
            else { break }
            try log.database.query("DELETE FROM examples WHERE first = ?", [.integer(before)])
            merged = .concatenating([earlier, merged], fields: merged.fields)
            start = before
        }
        try log.database.query(
            "INSERT INTO examples VALUES (?, ?, ?, ?)",
            [
                .integer(start), SQLiteValue(merged.rowCount), .integer(LogTable(merged).span.maximumLogged),
                .blob(PackedTable.pack(merged)),
            ])
    }
}
