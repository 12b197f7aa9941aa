import Columnar
import Foundation

/// Fitted encoders of services, a version each fit; as JSON, since the catalog need not know what is in them.
extension Catalog {
    /// Keeps a state's JSON under the next version of its service, which it returns.
    func addEncoderState(of service: String, made: Timestamp, json: (_ version: Int) throws -> Data) throws -> Int {
        try database.transaction {
            let last = try database.rows(
                "SELECT coalesce(max(version), 0) FROM encoder_states WHERE service = ?", [.text(service)]
            ) { $0.integer(0) }
            let version = Int(last.first ?? 0) + 1
            try database.query(
                "INSERT INTO encoder_states (service, version, made, json) VALUES (?, ?, ?, ?)",
                [
                    .text(service), SQLiteValue(version), .integer(made.microseconds),
                    .text(String(decoding: try json(version), as: UTF8.self)),
                ])
            return version
        }
    }

    /// A state's JSON: of `version`, or the newest.
    func encoderState(of service: String, version: Int?) throws -> Data? {
        try database.rows(
            """
            SELECT json FROM encoder_states WHERE service = ? AND (? IS NULL OR version = ?)
            ORDER BY version DESC LIMIT 1
            """, [.text(service), SQLiteValue(version.map(Int64.init)), SQLiteValue(version.map(Int64.init))]
        ) { Data($0.text(0).utf8) }.first
    }

    /// The versions of a service's states, ascending.
    func encoderVersions(of service: String) throws -> [Int] {
        try database.rows(
            "SELECT version FROM encoder_states WHERE service = ? ORDER BY version", [.text(service)]
        ) { Int($0.integer(0)) }
    }
}
