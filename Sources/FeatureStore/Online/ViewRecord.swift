import Columnar
import Foundation

/// What the online store knows of a view, so that it can be read without the project that wrote it.
struct ViewRecord: Hashable, Sendable, Codable {
    /// Empty when the view has been removed: only `nextSchemaID` is kept then, so that no id ever means two things.
    var keyTypes: [FeatureType] = []
    /// All schemas that a stored row may have; the last one is the newest.
    var schemas: [StoredSchema] = []
    var nextSchemaID: UInt16 = 1
    var state: ViewState?

    struct StoredSchema: Hashable, Sendable, Codable {
        var id: UInt16
        var features: [StoredFeature]
    }

    func schema(id: UInt16) -> RowSchema? {
        schemas.first { $0.id == id }.map { RowSchema(id: $0.id, features: $0.features) }
    }

    /// Makes the record fit `view` and returns the schema to write rows with: a known one, or a new one.
    mutating func adopt(_ view: OnlineView, mode: WriteMode) throws -> RowSchema {
        switch mode {
        case .replacing:
            keyTypes = view.keyTypes
            schemas.removeAll { $0.features != view.features }
        case .merging:
            if keyTypes.isEmpty { keyTypes = view.keyTypes }
            try checkCompatibility(with: view)
        }
        if let known = schemas.first(where: { $0.features == view.features }) {
            return RowSchema(id: known.id, features: known.features)
        }
        guard nextSchemaID < .max else {
            throw OnlineError("its schema has changed too often; define it under a new name", view: view.name)
        }
        let added = StoredSchema(id: nextSchemaID, features: view.features)
        nextSchemaID += 1
        schemas.append(added)
        return RowSchema(id: added.id, features: added.features)
    }

    private func checkCompatibility(with view: OnlineView) throws {
        guard keyTypes == view.keyTypes else {
            let stored = keyTypes.map(\.description).joined(separator: ", ")
            let wanted = view.keyTypes.map(\.description).joined(separator: ", ")
            throw OnlineError(
                "its stored keys are (\(stored)), not (\(wanted)); materialize it again with --full", view: view.name)
        }
        for schema in schemas {
            for feature in schema.features {
                guard let clash = view.features.first(where: { $0.name == feature.name && $0.type != feature.type })
                else { continue }
                throw OnlineError(
                    "'\(feature.name)' is stored as \(feature.type), not \(clash.type); "
                        + "define a new view, or materialize this one again with --full", view: view.name)
            }
        }
    }
}

/// The store's own database: its format, and a record of each view, as JSON.
struct OnlineRecords: Sendable {
    static let databaseName = "meta"
    /// What this version writes, and the newest that it reads.
    static let format = 1

    let database: LMDBDatabase

    private struct Format: Codable {
        var format: Int
    }

    /// - Throws: `OnlineError` if a newer version wrote the store.
    static func checkFormat(_ snapshot: LMDBSnapshot, _ database: LMDBDatabase) throws {
        guard let stored: Format = try read("format", snapshot, database), stored.format != format else { return }
        throw OnlineError(
            "the online store at \(snapshot.path) has format \(stored.format), this version reads \(format); "
                + "use a newer fstore")
    }

    static func writeFormat(_ transaction: LMDBWriteTransaction, _ database: LMDBDatabase) throws {
        try write(Format(format: format), "format", transaction, database)
    }

    func record(of view: String, _ snapshot: LMDBSnapshot) throws -> ViewRecord? {
        try Self.read("view:" + view, snapshot, database)
    }

    func set(_ record: ViewRecord, of view: String, _ transaction: LMDBWriteTransaction) throws {
        try Self.write(record, "view:" + view, transaction, database)
    }

    /// The names of all views that hold rows, in order.
    func views(_ snapshot: LMDBSnapshot) throws -> [String] {
        var names: [String] = []
        try snapshot.forEach(in: database) { key, _ in
            let name = String(decoding: key, as: UTF8.self)
            if name.hasPrefix("view:") { names.append(String(name.dropFirst("view:".count))) }
        }
        return try names.filter { try record(of: $0, snapshot)?.keyTypes.isEmpty == false }
    }

    private static func read<Record: Decodable>(
        _ name: String, _ snapshot: LMDBSnapshot, _ database: LMDBDatabase
    ) throws -> Record? {
        let json = try Array(name.utf8).withUnsafeBytes { key in
            try snapshot.value(for: key, in: database).map { Data($0) }
        }
        guard let json else { return nil }
        do {
            return try JSONDecoder().decode(Record.self, from: json)
        } catch {
            throw OnlineError(
                "the record '\(name)' of the online store at \(snapshot.path) is unreadable; "
                    + "move the store away and materialize again with --full")
        }
    }

    private static func write(
        _ record: some Encodable, _ name: String, _ transaction: LMDBWriteTransaction,
        _ database: LMDBDatabase
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(record)
        try json.withUnsafeBytes { value in
            try Array(name.utf8).withUnsafeBytes { key in try transaction.put(value, for: key, in: database) }
        }
    }
}
