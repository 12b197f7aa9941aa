import Columnar
import Foundation

/// What a fit did.
public struct FitSummary: Hashable, Sendable, Codable {
    public var service: String
    /// The new state's version: `service@version` names it.
    public var version: Int
    public var rows: Int
    public var features: Int
    /// Numbers of a vector.
    public var width: Int
    public var seconds: Double
}

extension FeatureStore {
    /// Fits the encoders of a service on the rows of a training set and keeps them as its newest state.
    ///
    /// - Parameters:
    ///   - table: has a column a feature, as `trainingSet(for:entities:)` gives them, and the labels of `target` encoders.
    ///   - origin: what the rows are, for the record: `training set 7` or a path.
    /// - Throws: `StoreError` if the service does not encode or a column is missing; `EncodingError` if nothing can be learned.
    public func fit(
        _ service: String, on table: Table, origin: String, checksum: String? = nil
    ) throws -> FitSummary {
        let clock = ContinuousClock.now
        let definitions = try definitions()
        guard let declared = definitions.featureService(named: service) else {
            throw StoreError.unknown(
                kind: "feature service", name: service,
                suggestion: Spelling.nearest(to: service, in: definitions.featureServices.map(\.name)))
        }
        guard let encode = declared.encode else {
            throw StoreError.badRequest(
                "feature service '\(service)' has no 'encode:'; say there how its features become numbers")
        }
        let steps = Dictionary(encode.map { ($0.feature, $0.steps) }, uniquingKeysWith: { first, _ in first })
        let resolved = try ResolvedService(service: declared, in: definitions, fullNames: true)
        let fitting = EncoderFitting { name throws(EncodingError) in try Self.label(name, in: table, origin) }
        let jobs = try resolved.features.map { feature in
            let reference = FeatureReference(view: feature.view.name, feature: feature.feature.name)
            return FitJob(
                reference: reference, type: feature.feature.type,
                steps: steps[reference] ?? feature.feature.type.defaultEncoding,
                column: try Self.column(of: feature, in: table, origin))
        }
        let fitted = try Parallel.tryMap(jobs) { job throws(EncodingError) in
            try fitting.fit(job.reference, type: job.type, steps: job.steps, column: job.column)
        }
        var state = EncoderState(
            service: service, version: 0, made: .now, rows: table.rowCount, fittedOn: origin, checksum: checksum,
            features: fitted)
        let lock = try lockForWriting()
        let version = try withExtendedLifetime(lock) {
            try catalog.addEncoderState(of: service, made: state.made) { version in
                state.version = version
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                return try encoder.encode(state)
            }
        }
        return FitSummary(
            service: service, version: version, rows: table.rowCount, features: fitted.count, width: state.width,
            seconds: (ContinuousClock.now - clock).inSeconds)
    }

    private struct FitJob: Sendable {
        let reference: FeatureReference
        let type: FeatureType
        let steps: [EncodingStep]
        let column: Column
    }

    /// The fitted encoders that `name` means: `service`, the newest, or `service@version`.
    ///
    /// - Throws: `StoreError.badRequest` if there are none.
    public func encoderState(_ name: String) throws -> EncoderState {
        let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
        let version = parts.count > 1 ? Int(parts[1]) : nil
        guard !parts.isEmpty, parts.count == 1 || version != nil else {
            throw StoreError.badRequest("'\(name)' names no encoders; write service or service@version")
        }
        guard let json = try catalog.encoderState(of: parts[0], version: version) else {
            let known = try catalog.encoderVersions(of: parts[0]).map { "\(parts[0])@\($0)" }
            throw StoreError.badRequest(
                known.isEmpty
                    ? "'\(parts[0])' has no fitted encoders; run 'fstore fit \(parts[0]) --training-set …' first"
                    : "there is no \(name); there is \(known.joined(separator: ", "))")
        }
        do {
            return try JSONDecoder().decode(EncoderState.self, from: json)
        } catch {
            throw StoreError.badRequest("the encoders \(name) cannot be read (\(error)); fit them again")
        }
    }

    /// Encodes the rows of a training set: the columns that are no features, then a float32 column a slot.
    ///
    /// Rows that the state was fitted on (its `checksum` says so) get target encodings that were learned without them.
    public func encode(_ table: Table, with state: EncoderState, origin: String, checksum: String? = nil) throws
        -> Table
    {
        let definitions = try definitions()
        let resolved = try ResolvedService(references: state.references, in: definitions, fullNames: true)
        let columns = try resolved.features.map { try Self.column(of: $0, in: table, origin) }
        let isFittingSet = checksum != nil && checksum == state.checksum
        let buffer = try state.encode(columns, rows: table.rowCount) { name throws(EncodingError) in
            isFittingSet ? try Self.label(name, in: table, origin) : nil
        }
        let used = Set(resolved.features.flatMap { [$0.outputName, $0.feature.name] })
        let kept = table.fields.indices.filter { !used.contains(table.fields[$0].name) }
        let slots = state.slots
        let length = table.rowCount * 4
        let encoded = slots.indices.map {
            Column(.float32, count: table.rowCount, values: buffer.slice($0 * length..<($0 + 1) * length))
        }
        return Table(
            fields: kept.map { table.fields[$0] } + slots.map { Field($0, .float32, isNullable: false) },
            columns: kept.map { table.columns[$0] } + encoded, rowCount: table.rowCount)
    }

    /// A feature's column in a training set, by its full or its short name, in its type.
    private static func column(of feature: ResolvedFeature, in table: Table, _ origin: String) throws -> Column {
        guard let column = table.column(feature.outputName) ?? table.column(feature.feature.name) else {
            throw DataError(
                "there is no column '\(feature.feature.name)' or '\(feature.outputName)'; encoders are fitted on, and "
                    + "applied to, a training set of the service", file: origin)
        }
        guard let converted = column.converted(to: feature.feature.type.dataType), converted.unfitRows.isEmpty else {
            throw DataError(
                "values of type \(column.type) do not fit the feature's type \(feature.feature.type)", file: origin,
                column: feature.feature.name)
        }
        return converted.column
    }

    /// A column of labels as numbers, NaN where null.
    private static func label(_ name: String, in table: Table, _ origin: String) throws(EncodingError) -> [Double] {
        guard let column = table.column(name) else {
            throw EncodingError("\(origin) has no column '\(name)', the label of a target encoding")
        }
        let numbers = column.type == .bool ? column : column.converted(to: .float64)?.column
        guard let numbers else { throw EncodingError("the label '\(name)' is \(column.type), which is no number") }
        return (0..<numbers.count).map { row in
            if numbers.isNull(row) { return .nan }
            return numbers.type == .bool ? (numbers.bits[row] ? 1 : 0) : numbers.elements(as: Double.self)[row]
        }
    }
}

extension FeatureStore {
    /// A reader of vectors by the fitted encoders that `name` means: `service`, the newest, or `service@version`.
    ///
    /// - Throws: `StoreError` if there are none, or a view is not online.
    public func encodedReader(_ name: String) throws -> EncodedReader {
        let state = try encoderState(name)
        return EncodedReader(state, reader: try onlineReader(for: .features(state.references), fullNames: true))
    }
}

/// What encoding a file did.
public struct EncodingSummary: Hashable, Sendable, Codable {
    /// `service@version`.
    public var encoders: String
    public var rows: Int
    /// Numbers of a vector.
    public var width: Int
    public var bytes: Int
    public var output: String
}

extension FeatureStore {
    /// Fits the encoders of a service on a training set in a file.
    public func fit(_ service: String, onFile path: String) throws -> FitSummary {
        let checksum = try Checksum(ofFile: path).description
        return try fit(service, on: try TableFile.read(path), origin: path, checksum: checksum)
    }

    /// Encodes a training set in a file by the state that `name` means, to another file.
    public func encode(file path: String, with name: String, to output: String) throws -> EncodingSummary {
        try OutputFile.check(output)
        let state = try encoderState(name)
        let checksum = try Checksum(ofFile: path).description
        let table = try encode(try TableFile.read(path), with: state, origin: path, checksum: checksum)
        let file = try OutputFile(table, for: output)
        try file.keep()
        return EncodingSummary(
            encoders: "\(state.service)@\(state.version)", rows: table.rowCount, width: state.width, bytes: file.bytes,
            output: output)
    }
}
