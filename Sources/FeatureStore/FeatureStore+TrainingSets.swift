import Columnar
import Foundation

/// Which features a caller wants.
public enum FeatureSelection: Hashable, Sendable {
    case service(String)
    case features([FeatureReference])
}

extension FeatureStore {
    /// The features of `selection` that were known at each entity row's time (DESIGN §4).
    ///
    /// - Parameter asOf: an earlier state of the history; by default that of this moment.
    public func trainingSet(
        for selection: FeatureSelection, entities: EntityRows, fullNames: Bool = false, withTimes: Bool = false,
        asOf: AsOf? = nil
    ) throws -> TrainingSet {
        let definitions = try definitions()
        let mark = try mark(asOf)
        return try TrainingSetBuilder(
            service: try resolve(selection, in: definitions, fullNames: fullNames), definitions: definitions,
            withTimes: withTimes, history: { try self.history(of: $0, at: mark) }
        ).build(for: entities)
    }

    /// The rows of `table` as entity rows for `selection`.
    ///
    /// - Parameters:
    ///   - timestamp: the column of times; by default `event_timestamp`, else the only column of timestamps.
    ///   - origin: how messages name the table.
    public func entityRows(
        for selection: FeatureSelection, table: Table, timestamp: String? = nil, origin: String
    ) throws -> EntityRows {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: true)
        return try EntityRows(
            table, timestamp: timestamp, origin: origin, needsTimes: Self.needsTimes(service, definitions))
    }

    /// The rows of a Parquet or CSV file as entity rows for `selection`.
    public func entityRows(
        for selection: FeatureSelection, file path: String, timestamp: String? = nil
    ) throws -> EntityRows {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: true)
        return try Self.entityRows(path, timestamp, service, definitions)
    }

    private static func needsTimes(_ service: ResolvedService, _ definitions: Definitions) -> Bool {
        service.views.contains { !ViewLayout(of: $0, in: definitions).isTimeless }
    }

    /// The rows that `recipe` describes.
    func entityRows(
        _ recipe: EntityRecipe, _ timestamp: String?, _ service: ResolvedService, _ definitions: Definitions
    ) throws -> EntityRows {
        switch recipe.origin {
        case .file(let path): try Self.entityRows(path, timestamp, service, definitions)
        }
    }

    private static func entityRows(
        _ path: String, _ timestamp: String?, _ service: ResolvedService, _ definitions: Definitions
    ) throws -> EntityRows {
        let keyTypes = service.joinKeys(in: definitions).map { ($0.name, $0.type.dataType) }
        return try EntityRows(
            try TableFile.read(path, declared: Dictionary(keyTypes, uniquingKeysWith: { first, _ in first })),
            timestamp: timestamp, origin: path, needsTimes: needsTimes(service, definitions))
    }

    /// The features of `selection`, looked up and named.
    public func resolve(
        _ selection: FeatureSelection, in definitions: Definitions, fullNames: Bool
    ) throws -> ResolvedService {
        switch selection {
        case .service(let name):
            guard let service = definitions.featureService(named: name) else {
                throw StoreError.unknown(
                    kind: "feature service", name: name,
                    suggestion: Spelling.nearest(to: name, in: definitions.featureServices.map(\.name)))
            }
            return try ResolvedService(service: service, in: definitions, fullNames: fullNames)
        case .features(let references):
            return try ResolvedService(references: references, in: definitions, fullNames: fullNames)
        }
    }
}
