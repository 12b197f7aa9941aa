import Columnar
import Foundation

/// Applied definitions, a version each.
extension Catalog {
    /// The definitions in force and their version; nil before the first `apply`.
    func appliedDefinitions() throws -> (version: Int64, definitions: Definitions)? {
        try definitions("SELECT version, json FROM definitions ORDER BY version DESC LIMIT 1", [])
    }

    /// The version of the definitions in force; 0 before the first `apply`.
    func definitionsVersion() throws -> Int64 {
        try database.rows("SELECT coalesce(max(version), 0) FROM definitions") { $0.integer(0) }.first ?? 0
    }

    func definitions(version: Int64) throws -> Definitions? {
        try definitions("SELECT version, json FROM definitions WHERE version = ?", [.integer(version)])?.definitions
    }

    private func definitions(
        _ sql: String, _ bindings: [SQLiteValue]
    ) throws -> (version: Int64, definitions: Definitions)? {
        guard let (version, json) = try database.rows(sql, bindings, { ($0.integer(0), $0.text(1)) }).first else {
            return nil
        }
        do {
            return (version, try JSONDecoder().decode(Definitions.self, from: Data(json.utf8)))
        } catch {
            throw CatalogError.unreadable(path: database.path, reason: "definitions version \(version): \(error)")
        }
    }

    /// Puts `definitions` in force under a new version.
    func apply(_ definitions: Definitions) throws -> Int64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = String(decoding: try encoder.encode(definitions), as: UTF8.self)
        return try database.transaction {
            try database.query(
                "INSERT INTO definitions (applied_at, json) VALUES (?, ?)",
                [.integer(Timestamp.now.microseconds), .text(json)])
            return database.lastInsertedRowID
        }
    }
}
