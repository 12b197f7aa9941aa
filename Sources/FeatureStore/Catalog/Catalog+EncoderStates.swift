import Columnar
import Foundation

/// Fitted encoders of services, a version each fit; as JSON, since the catalog need not know what is in them.
extension Catalog {
    /// Keeps a state's JSON under the next version of its service, which it returns.
    func addEncoderState(of service: String, made: Timestamp, json: (_ version: Int) throws -> Data) throws -> Int {
        try database.transaction {
            let version = (try newestEncoderVersion(of: service) ?? 0) + 1
            try database.query(
                "INSERT INTO encoder_states (service, version, made, json) VALUES (?, ?, ?, ?)",
                [
                    .text(service), SQLiteValue(version), .integer(made.microseconds),
                    .text(String(decoding: try json(version), as: UTF8.self)),
                ])
            return version
        }
    }

    /// A state's JSON; nil if there is none of that version.
    func encoderState(of service: String, version: Int) throws -> Data? {
        try database.rows(
            "SELECT json FROM encoder_states WHERE service = ? AND version = ?",
            [.text(service), SQLiteValue(version)]
        ) { Data($0.text(0).utf8) }.first
    }

    /// The versions of a service's states, ascending.
    func encoderVersions(of service: String) throws -> [Int] {
        try database.rows(
            "SELECT version FROM encoder_states WHERE service = ? ORDER BY version", [.text(service)]
        ) { Int($0.integer(0)) }
    }

    /// The newest state's version; nil if there is none.
    func newestEncoderVersion(of service: String) throws -> Int? {
        try database.rows(
            "SELECT max(version) FROM encoder_states WHERE service = ?", [.text(service)]
        ) { $0.integerIfPresent(0) }.first.flatMap { $0 }.map { Int($0) }
    }
}
