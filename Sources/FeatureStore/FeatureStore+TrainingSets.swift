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
    /// A record is kept of it, but for who may only read: see `TrainingSet.id`.
    ///
    /// - Parameters:
    ///   - asOf: an earlier state of the history; by default that of this moment.
    ///   - isRecorded: false for a set that is only looked at.
    public func trainingSet(
        for selection: FeatureSelection, entities: EntityRows, fullNames: Bool = false, withTimes: Bool = false,
        asOf: AsOf? = nil, isRecorded: Bool = true
    ) throws -> TrainingSet {
        try trainingSet(
            for: selection, entities: EntityRecipe(.given(name: entities.origin)), rows: entities.table,
            timestamp: entities.timestampColumn, fullNames: fullNames, withTimes: withTimes, asOf: asOf,
            isRecorded: isRecorded)
    }

    /// The features of `selection` for rows that are given, made by a rule, or found in a file.
    ///
    /// - Parameters:
    ///   - rows: those of a recipe whose rows, or whose keys, are given in memory.
    ///   - timestamp: of rows that are given or of a file, the column of times; by default `event_timestamp`, else the
    ///     only column of timestamps.
    ///   - asOf: an earlier state of the history; by default the newest.
    ///   - isRecorded: false for a set that is only looked at: no record is kept of it.
    public func trainingSet(
        for selection: FeatureSelection, entities recipe: EntityRecipe, rows given: Table? = nil,
        timestamp: String? = nil, fullNames: Bool = false, withTimes: Bool = false, asOf: AsOf? = nil,
        isRecorded: Bool = true, progress: RowProgress? = nil
    ) throws -> TrainingSet {
        var (record, definitions) = try newRecord(
            for: selection, entities: recipe, timestamp: timestamp, fullNames: fullNames, withTimes: withTimes,
            asOf: asOf)
        let isRecorded = isRecorded && !isReadOnly
        if isRecorded { record.inputs = try inputs(of: recipe) }
        var set = try make(&record, definitions: definitions, given: given, progress)
        if isRecorded {
            let digest = given.map { TableDigest(of: $0) }
            record.given = digest
            record.result =
                TableDigest(of: set.table, beginningWith: recipe.takesRowsAsGiven ? digest : nil).description
            set.id = try catalog.addTrainingSet(record)
        }
        return set
    }

    /// Makes a recorded training set once more, in memory.
    ///
    /// - Parameter given: the rows that were given, if it was made of rows in memory.
    /// - Throws: if its inputs changed, the snapshot can no longer be read, or other values come out.
    public func trainingSetAgain(
        _ id: Int64, entities given: Table? = nil, progress: RowProgress? = nil
    ) throws -> TrainingSet {
        let recorded = try trainingSetRecord(id)
        let definitions = try definitionsToRepeat(recorded, id, given: given)
        var record = recorded
        var set = try make(&record, definitions: definitions, given: given, progress)
        _ = try Self.compare(set.table, with: recorded, id)
        set.id = id
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
            table, timestamp: timestamp, origin: origin, needsTimes: service.needsTimes(in: definitions))
    }

    /// The rows of a Parquet or CSV file as entity rows for `selection`.
    public func entityRows(
        for selection: FeatureSelection, file path: String, timestamp: String? = nil
    ) throws -> EntityRows {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: true)
        return try EntityRows(
            file: path, timestamp, types: service.columnTypes(service.joinKeys(in: definitions)),
            needsTimes: service.needsTimes(in: definitions))
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
