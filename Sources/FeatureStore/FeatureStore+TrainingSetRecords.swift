import Columnar
import Foundation

/// A recorded training set, and whether it can be made again.
public struct TrainingSetDescription: Hashable, Sendable, Codable {
    public var id: Int64
    /// RFC 3339.
    public var made: String
    public var seconds: Double?
    public var service: String?
    public var features: [String]
    public var definitionsVersion: Int64
    public var snapshot: Int64
    /// Where its rows came from, in words.
    public var entities: String
    public var timestampColumn: String?
    public var fullNames: Bool
    public var withTimes: Bool
    public var rows: Int
    public var coverage: [Coverage]
    public var inputs: [FileRecord]
    /// The rows that were given in memory, if some were: it is made again of the same rows.
    public var given: TableDigest?
    public var split: TrainingSetSplit?
    public var outputs: [FileRecord]
    /// The digest of what came out, of a set that was made in memory.
    public var result: String?
    /// The version of fstore that made it.
    public var version: String?
    /// Why it cannot be made again; nil if it can.
    public var obstacle: String?
}

extension FeatureStore {
    /// All recorded training sets, the newest first. Input files are compared by their sizes.
    public func trainingSets() throws -> [TrainingSetDescription] {
        let records = try catalog.trainingSets(as: TrainingSetRecord.self)
        return try records.map { try describe($0.record, $0.id, isThorough: false) }
    }

    /// One recorded training set. Input files are compared by their checksums.
    ///
    /// - Throws: `StoreError.badRequest` if there is none of this id.
    public func describeTrainingSet(_ id: Int64) throws -> TrainingSetDescription {
        try describe(try trainingSetRecord(id), id, isThorough: true)
    }

    func trainingSetRecord(_ id: Int64) throws -> TrainingSetRecord {
        guard let record = try catalog.trainingSet(id: id, as: TrainingSetRecord.self) else {
            throw StoreError.badRequest("there is no training set \(id); 'fstore training-sets' lists them")
        }
        return record
    }

    private func describe(
        _ record: TrainingSetRecord, _ id: Int64, isThorough: Bool
    ) throws -> TrainingSetDescription {
        TrainingSetDescription(
            id: id, made: record.made.description, seconds: record.seconds, service: record.service,
            features: record.features, definitionsVersion: record.definitionsVersion, snapshot: record.snapshot,
            entities: record.entities.description, timestampColumn: record.timestampColumn, fullNames: record.fullNames,
            withTimes: record.withTimes, rows: record.rows, coverage: record.coverage, inputs: record.inputs,
            given: record.given, split: record.split, outputs: record.outputs, result: record.result,
            version: record.version,
            obstacle: try obstacle(to: record, id, isThorough: isThorough))
    }

    /// Why a training set cannot be made again, in one sentence; nil if it can.
    ///
    /// - Parameter isThorough: read the input files; otherwise only their sizes are looked at.
    func obstacle(to record: TrainingSetRecord, _ id: Int64, isThorough: Bool) throws -> String? {
        guard try catalog.definitions(version: record.definitionsVersion) != nil else {
            return "training set \(id) was made with definitions that the catalog no longer has"
        }
        for view in record.viewsRead {
            guard let loss = try catalog.loss(of: view, at: record.snapshot) else { continue }
            let lost = CatalogError.snapshotLost(record.snapshot, view: view, loss: loss)
            return "training set \(id) cannot be made again: \(lost)"
        }
        for (path, recorded) in zip(record.entities.inputPaths, record.inputs) {
            if let change = Self.change(of: path, from: recorded, isThorough: isThorough) {
                return
                    "\(path) is not the file that training set \(id) was made from: \(change); restore it, or name it with "
                    + "--entities"
            }
        }
        return nil
    }

    private static func change(of path: String, from recorded: FileRecord, isThorough: Bool) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return "it cannot be read (\(String(cString: strerror(errno))))" }
        guard let checksum = recorded.checksum else { return nil }
        if isThorough {
            guard let now = try? Checksum(ofFile: path), let isSame = try? now.matches(checksum, ofFile: path) else {
                return "it cannot be read"
            }
            return isSame ? nil : "its content changed"
        }
        return checksum.hasSuffix("-\(status.st_size)") ? nil : "its content changed"
    }
}
