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
