import Foundation

/// Records of training sets, as JSON: the catalog knows their ids only.
extension Catalog {
    /// Keeps a training set's record and returns its id.
    func addTrainingSet(_ record: some Encodable) throws -> Int64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(record), as: UTF8.self)
        try database.query("INSERT INTO training_sets (json) VALUES (?)", [.text(json)])
        return database.lastInsertedRowID
    }

    func trainingSet<Record: Decodable>(id: Int64, as type: Record.Type = Record.self) throws -> Record? {
        try database.rows("SELECT json FROM training_sets WHERE id = ?", [.integer(id)]) { $0.text(0) }
            .first.map { try decode($0, id) }
    }

    /// All records with their ids, the newest first.
    func trainingSets<Record: Decodable>(as type: Record.Type = Record.self) throws -> [(id: Int64, record: Record)] {
        try database.rows("SELECT id, json FROM training_sets ORDER BY id DESC") { ($0.integer(0), $0.text(1)) }
            .map { (id: $0.0, record: try decode($0.1, $0.0)) }
    }

    private func decode<Record: Decodable>(_ json: String, _ id: Int64) throws -> Record {
        do {
            return try JSONDecoder().decode(Record.self, from: Data(json.utf8))
        } catch {
            throw CatalogError.unreadable(path: database.path, reason: "training set \(id): \(error)")
        }
    }
}
