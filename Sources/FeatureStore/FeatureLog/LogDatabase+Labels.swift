import Columnar
import Foundation

/// A label that has not met its read yet.
struct PendingLabel {
    let id: Int64
    let requestID: String
    let value: Value
    let weight: Double
    let arrived: Int64
}

extension LogDatabase {
    /// Takes labels in, durably; they meet their reads in `LabelJoin`.
    ///
    /// - Parameter clock: asked within the commit, so that arrivals are in the order of commits.
    func append(_ labels: [Label], clock: () -> Timestamp) throws {
        try database.transaction {
            let now = clock().microseconds
            for label in labels {
                try database.query(
                    "INSERT INTO labels (request, value, weight, arrived) VALUES (?, ?, ?, ?)",
                    [
                        .text(label.requestID), SQLiteValue(label.value), .float(label.weight), .integer(now),
                    ])
            }
        }
    }

    func pendingLabels(of type: FeatureType, after id: Int64, limit: Int) throws -> [PendingLabel] {
        try database.rows(
            "SELECT id, request, value, weight, arrived FROM labels WHERE id > ? ORDER BY id LIMIT ?",
            [.integer(id), SQLiteValue(limit)]
        ) { row in
            PendingLabel(
                id: row.integer(0), requestID: row.text(1), value: row.value(2, as: type), weight: row.float(3),
                arrived: row.integer(4))
        }
    }

    func removeLabels(_ ids: [Int64]) throws {
        for id in ids { try database.query("DELETE FROM labels WHERE id = ?", [.integer(id)]) }
    }

    /// The label that a read was last given, if it was.
    func givenLabel(ofRow row: Int64, as type: FeatureType) throws -> Value? {
        try database.rows("SELECT value FROM given WHERE row = ?", [.integer(row)]) { $0.value(0, as: type) }.first
    }

    func note(givenTo row: Int64, example: Int64, _ value: Value) throws {
        try database.query(
            "INSERT INTO given VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET example = excluded.example, value = excluded.value",
            [.integer(row), .integer(example), SQLiteValue(value)])
    }

    /// The request ids' hashes of a batch, in the order of its rows.
    func requestHashes(ofBatch firstRow: Int64) throws -> Buffer {
        try database.rows("SELECT requests FROM batches WHERE first_row = ?", [.integer(firstRow)]) { $0.blob(0) }.first
            ?? .empty
    }
}

extension SQLiteValue {
    /// A label's value; floats keep all their bits, also as SQLite's REAL.
    init(_ value: Value) {
        switch value {
        case .bool(let flag): self = .integer(flag ? 1 : 0)
        case .int(let number): self = .integer(number)
        case .float32(let number): self = .float(Double(number))
        case .float64(let number): self = .float(number)
        case .string(let text): self = .text(text)
        default: self = .null
        }
    }
}

extension SQLiteRow {
    /// A label's value as it was bound.
    func value(_ column: Int32, as type: FeatureType) -> Value {
        switch type {
        case .bool: .bool(integer(column) != 0)
        case .int32, .int64: .int(integer(column))
        case .float32: .float32(Float(float(column)))
        case .float64: .float64(float(column))
        default: .string(text(column))
        }
    }
}
