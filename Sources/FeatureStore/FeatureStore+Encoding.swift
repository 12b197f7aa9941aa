import Columnar
import Foundation

/// What a fit did.
public struct FitSummary: Hashable, Sendable, Codable {
    public var service: String
    /// The new state's version: `service@version` names it.
    public var version: Int
    /// What it was fitted on.
    public var rows: FittedRows
    public var features: Int
    /// Numbers of a vector.
    public var width: Int
    public var seconds: Double
}

/// Which of a file's rows encoders are fitted on.
public struct FittingChoice: Hashable, Sendable {
    /// Those for which an expression over the columns is true.
    public var condition: String?
    /// Those to train with.
    public var split: RowSplit?
    /// The column of times, for a split by time; by default as of entity rows.
    public var timestamp: String?

    public init(condition: String? = nil, split: RowSplit? = nil, timestamp: String? = nil) {
        self.condition = condition
        self.split = split
        self.timestamp = timestamp
    }

    var isAll: Bool { condition == nil && split == nil }
}

extension FeatureStore {
    /// Fits the encoders of a service on the rows of a training set and keeps them as its newest state.
    ///
    /// - Parameters:
    ///   - table: has a column a feature, as `trainingSet(for:entities:)` gives them, and the labels of `target` encoders.
    ///   - origin: what the rows are, for the record.
    /// - Throws: `StoreError` if the service does not encode; `DataError` if a column is missing; `EncodingError` if nothing
    ///   can be learned.
    public func fit(
        _ service: String, on table: Table, origin: String, choosing choice: FittingChoice = FittingChoice()
    ) throws -> FitSummary {
        let (encode, resolved) = try encoding(of: service)
        let selected = try chosenRows(of: table.fields, choice, of: resolved, origin: origin) { names in
            table.selecting(names)
        }
        return try fit(
            service, encode, resolved, on: FittingRows(table, origin: origin, selected: selected), choice, checksum: nil
        )
    }

    /// The same on a Parquet or CSV file. Parquet is read block by block.
    public func fit(
        _ service: String, onFile path: String, choosing choice: FittingChoice = FittingChoice()
    ) throws -> FitSummary {
        try fit(service, onFile: path, origin: path, choosing: choice, checksum: nil)
    }

    /// The same on a recorded training set; of one that is split, on the rows to train with.
    ///
    /// - Throws: `StoreError.badRequest` if its file is not what was written.
    public func fit(
        _ service: String, onTrainingSet id: Int64, choosing choice: FittingChoice = FittingChoice()
    ) throws -> FitSummary {
        let record = try trainingSetRecord(id)
        guard record.encoding == nil else {
            throw StoreError.badRequest("training set \(id) is encoded already; fit on one that is not")
        }
        guard let output = record.outputs.first else {
            throw StoreError.badRequest("training set \(id) was made in memory; write it to a file, and fit on that")
        }
        return try fit(
            service, onFile: output.path, origin: "training set \(id)", choosing: choice, checksum: output.checksum)
    }

    private func fit(
        _ service: String, onFile path: String, origin: String, choosing choice: FittingChoice, checksum: String?
    ) throws -> FitSummary {
        let (encode, resolved) = try encoding(of: service)
        let found = try Checksum(ofFile: path).description
        if let checksum, checksum != found {
            throw StoreError.badRequest(
                "\(path) is no longer what \(origin) wrote there; write it again with 'fstore training-set --again', or fit on "
                    + "the file by its name")
        }
        let rows: FittingRows
        if TableFile.isParquet(path) {
            let file = try ParquetFile(path: path)
            let selected = try chosenRows(of: file.fields, choice, of: resolved, origin: path) { names in
                try file.read(columns: names)
            }
            rows = FittingRows(file, selected: selected)
        } else {
            let table = try TableFile.read(path, declared: Self.types(of: resolved))
            let selected = try chosenRows(of: table.fields, choice, of: resolved, origin: path) { names in
                table.selecting(names)
            }
            rows = FittingRows(table, origin: path, selected: selected)
        }
        return try fit(service, encode, resolved, on: rows, choice, origin: origin, checksum: found)
    }

    private func fit(
        _ service: String, _ encode: ServiceEncoding, _ resolved: ResolvedService, on rows: FittingRows,
        _ choice: FittingChoice, origin: String? = nil, checksum: String?
    ) throws -> FitSummary {
        let clock = ContinuousClock.now
        guard rows.count > 0 else {
            throw EncodingError("\(rows.origin) has no row to fit encoders on; give rows, or another condition")
        }
        let jobs = try resolved.features.map { feature in
            let reference = FeatureReference(view: feature.view.name, feature: feature.feature.name)
            return FeatureFitting(
                feature: reference, type: feature.feature.type,
                steps: encode.steps(for: reference, type: feature.feature.type), rows: rows,
                column: try Self.column(of: feature, in: rows.index, origin: rows.origin))
        }
        let features = try Parallel.tryMap(jobs) { job throws(any Error) in try job.fit() }
        let fitted = FittedRows(
            origin: origin ?? rows.origin, count: rows.count, checksum: checksum, condition: choice.condition,
            split: choice.split?.description)
        let made = Timestamp.now
        var state = EncoderState(service: service, version: 0, made: made, rows: fitted, features: features)
        let lock = try lockForWriting()
        let version = try withExtendedLifetime(lock) {
            try catalog.addEncoderState(of: service, made: made) { version in
                state.version = version
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                return try encoder.encode(state)
            }
        }
        return FitSummary(
            service: service, version: version, rows: fitted, features: features.count, width: state.width,
            seconds: (ContinuousClock.now - clock).inSeconds)
    }

    /// A service's `encode:` and its features.
    private func encoding(of service: String) throws -> (ServiceEncoding, ResolvedService) {
        let definitions = try definitions()
        let resolved = try resolve(.service(service), in: definitions, fullNames: true)
        guard let encode = definitions.featureService(named: service)?.encode else {
            throw StoreError.badRequest(
                "feature service '\(service)' has no 'encode:'; say there how its features become numbers, e.g. "
                    + "encode: {float32: standardize}")
        }
        return (encode, resolved)
    }

    /// The types of features in files that do not tell them, by both of their names.
    static func types(of service: ResolvedService) -> [String: DataType] {
        Dictionary(
            service.features.flatMap {
                [($0.outputName, $0.feature.type.dataType), ($0.feature.name, $0.feature.type.dataType)]
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The place of a feature's column in a training set, by its full or its short name.
    static func column(
        of feature: ResolvedFeature, in index: ([String]) -> Int?, origin: String
    ) throws(DataError) -> Int {
        if let place = index([feature.outputName, feature.feature.name]) { return place }
        throw DataError(
            "has no column '\(feature.feature.name)' or '\(feature.outputName)'; encoders are fitted on, and applied to, a "
                + "training set of the service", file: origin)
    }
}
