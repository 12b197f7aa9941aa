import Foundation

/// Records of training sets.
extension Catalog {
    /// Keeps a training set's record and returns its id.
    func recordTrainingSet(_ record: TrainingSetRecord) throws -> Int64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = String(decoding: try encoder.encode(record), as: UTF8.self)
        try database.query("INSERT INTO training_sets (json) VALUES (?)", [.text(json)])
        return database.lastInsertedRowID
    }

    func trainingSet(id: Int64) throws -> TrainingSetRecord? {
        guard
            let json = try database.rows("SELECT json FROM training_sets WHERE id = ?", [.integer(id)], { $0.text(0) })
                .first
        else { return nil }
        do {
            var record = try JSONDecoder().decode(TrainingSetRecord.self, from: Data(json.utf8))
            record.id = id
            return record
        } catch {
            throw CatalogError.unreadable(path: database.path, reason: "training set \(id): \(error)")
        }
    }
}
