import Columnar
import Foundation

/// Which features a caller wants.
public enum FeatureSelection: Hashable, Sendable {
    case service(String)
    case features([FeatureReference])
}

/// What writing a training set did.
public struct TrainingSetSummary: Hashable, Sendable, Codable {
    /// The id under which `--again` writes it once more.
    public var id: Int64
    public var rows: Int
    /// Columns that are features.
    public var features: Int
    public var bytes: Int
    public var seconds: Double
    public var snapshot: Int64
    public var output: String
    public var coverage: [Coverage]
}

extension FeatureStore {
    /// The features of `selection` that were known at each entity row's time (DESIGN §4).
    ///
    /// - Parameter snapshot: an earlier state of the history; by default the newest.
    public func trainingSet(
        for selection: FeatureSelection, entities: EntityRows, fullNames: Bool = false, withTimes: Bool = false,
        snapshot: Int64? = nil
    ) throws -> TrainingSet {
        let definitions = try definitions()
        let snapshot = try snapshot ?? catalog.currentSnapshot()
        return try TrainingSetBuilder(
            service: try resolve(selection, in: definitions, fullNames: fullNames), definitions: definitions,
            withTimes: withTimes, history: { try self.history(of: $0, snapshot: snapshot) }
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

    private static func entityRows(
        _ path: String, _ timestamp: String?, _ service: ResolvedService, _ definitions: Definitions
    ) throws -> EntityRows {
        let keyTypes = service.joinKeys(in: definitions).map { ($0.name, $0.type.dataType) }
        return try EntityRows(
            try TableFile.read(path, declared: Dictionary(keyTypes, uniquingKeysWith: { first, _ in first })),
            timestamp: timestamp, origin: path, needsTimes: needsTimes(service, definitions))
    }

    /// Reads entity rows from a file, writes the training set to another, and keeps a record of it.
    public func writeTrainingSet(
        for selection: FeatureSelection, entities entityPath: String, to output: String, timestamp: String? = nil,
        fullNames: Bool = false, withTimes: Bool = false, progress: RowProgress? = nil
    ) throws -> TrainingSetSummary {
        let (version, definitions) = try applied()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        var name: String?
        if case .service(let asked) = selection { name = asked }
        let record = TrainingSetRecord(
            id: 0, service: name,
            features: service.features.map {
                FeatureReference(view: $0.view.name, feature: $0.feature.name).description
            },
            definitionsVersion: version, snapshot: try catalog.currentSnapshot(),
            entityFile: Self.absolutePath(entityPath),
            entityChecksum: "", timestampColumn: timestamp, fullNames: fullNames, withTimes: withTimes,
            made: Timestamp.now, rows: 0, outputFile: output)
        return try write(record, definitions: definitions, progress)
    }

    /// Writes a recorded training set once more: the same bytes.
    ///
    /// - Throws: if the entity file changed, or the snapshot's files were removed by a compaction.
    public func writeTrainingSetAgain(
        _ id: Int64, to output: String?, entities: String? = nil, progress: RowProgress? = nil
    ) throws
        -> TrainingSetSummary
    {
        guard var record = try catalog.trainingSet(id: id) else {
            throw StoreError.badRequest(
                "there is no training set \(id); the id stands in the summary of the run that made it")
        }
        guard let definitions = try catalog.definitions(version: record.definitionsVersion) else {
            throw StoreError.badRequest("training set \(id) was made with definitions that the catalog no longer has")
        }
        for view in Set(record.features.compactMap { FeatureReference($0)?.view })
        where try record.snapshot <= catalog.newestForgottenSnapshot(of: view) {
            throw StoreError.badRequest(
                "training set \(id) was made from snapshot \(record.snapshot), whose files of '\(view)' 'fstore compact' has "
                    + "removed; keep more with 'fstore compact --keep'")
        }
        if let entities { record.entityFile = Self.absolutePath(entities) }
        record.outputFile = output ?? record.outputFile
        return try write(record, definitions: definitions, progress)
    }

    private func write(
        _ asked: TrainingSetRecord, definitions: Definitions, _ progress: RowProgress?
    ) throws -> TrainingSetSummary {
        let clock = ContinuousClock.now
        var record = asked
        try OutputFile.check(record.outputFile)
        if Self.absolutePath(record.outputFile) == Self.absolutePath(record.entityFile) {
            throw StoreError.badRequest(
                "\(record.outputFile): --out would overwrite the entity rows; name another file")
        }
        let checksum = try Checksum(ofFile: record.entityFile)
        if record.id != 0, try !checksum.matches(record.entityChecksum, ofFile: record.entityFile) {
            throw StoreError.badRequest(
                "\(record.entityFile) is not the file that training set \(record.id) was made from: "
                    + "its content changed; restore it, or name it with --entities")
        }
        record.entityChecksum = checksum.description
        let references = record.features.compactMap(FeatureReference.init)
        let service = try ResolvedService(references: references, in: definitions, fullNames: record.fullNames)
        let entities = try Self.entityRows(record.entityFile, record.timestampColumn, service, definitions)
        let set = try TrainingSetBuilder(
            service: service, definitions: definitions, withTimes: record.withTimes, progress: progress,
            history: { try self.history(of: $0, snapshot: record.snapshot) }
        ).build(for: entities)
        let bytes = try OutputFile.write(set.table, to: record.outputFile)
        record.rows = set.table.rowCount
        let id = record.id != 0 ? record.id : try catalog.recordTrainingSet(record)
        return TrainingSetSummary(
            id: id, rows: record.rows, features: service.features.count, bytes: bytes,
            seconds: (ContinuousClock.now - clock).inSeconds, snapshot: record.snapshot, output: record.outputFile,
            coverage: set.coverage)
    }

    /// The path as it is found from any folder, so that a record stays good.
    private static func absolutePath(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
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
