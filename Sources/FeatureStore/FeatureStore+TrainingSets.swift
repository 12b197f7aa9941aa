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

    /// The features of `selection` for rows that are made by a rule, or found in a file.
    ///
    /// - Parameters:
    ///   - rows: the rows of the file that the recipe names, if they are at hand: then it is not read.
    ///   - timestamp: of a file, the column of times; by default `event_timestamp`, else the only column of timestamps.
    ///   - asOf: an earlier state of the history; by default the newest.
    public func trainingSet(
        for selection: FeatureSelection, entities recipe: EntityRecipe, rows given: Table? = nil,
        timestamp: String? = nil,
        fullNames: Bool = false, withTimes: Bool = false, asOf: AsOf? = nil, progress: RowProgress? = nil
    ) throws -> TrainingSet {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        let mark = try mark(asOf)
        let rows = try RecipeRows(
            recipe, service: service, definitions: definitions, timestamp: timestamp, given: given,
            history: { try self.history(of: $0, at: mark) }
        ).rows()
        var set = try TrainingSetBuilder(
            service: service, definitions: definitions, withTimes: withTimes, progress: progress,
            history: { try self.history(of: $0, at: mark) }
        ).build(for: rows.entities)
        set.split = rows.split
        return set
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
        return try EntityRows(
            file: path, timestamp, service.joinKeys(in: definitions), needsTimes: Self.needsTimes(service, definitions))
    }

    private static func needsTimes(_ service: ResolvedService, _ definitions: Definitions) -> Bool {
        service.views.contains { !ViewLayout(of: $0, in: definitions).isTimeless }
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
