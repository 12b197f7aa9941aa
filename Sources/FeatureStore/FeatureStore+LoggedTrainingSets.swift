import Columnar
import Foundation

/// What making a training set of logged examples did.
public struct LoggedTrainingSetSummary: Hashable, Sendable, Codable {
    public var path: String
    public var rows: Int
    public var features: Int
    public var bytes: Int
    /// Examples that a later label of the same read has taken the place of.
    public var corrected: Int
    public var seconds: Double
}

/// Training sets of what was served, and what came of it.
extension FeatureStore {
    /// Writes a service's labelled examples to a Parquet or CSV file, each read once with its last label: `request_id`,
    /// `event_timestamp` (as of which it was read), the join keys, the service's features as they were served, the label,
    /// and its weight.
    ///
    /// Features that were added since are null in older rows, and those that were removed are left out.
    ///
    /// - Parameters:
    ///   - from: leave out reads as of earlier times.
    ///   - to: leave out reads as of this time or later.
    /// - Throws: `LogError.noLabel`; `DataError` if the file cannot be written.
    public func writeLoggedTrainingSet(
        for service: String, to path: String, from: Timestamp? = nil, until to: Timestamp? = nil,
        fullNames: Bool = false
    ) throws -> LoggedTrainingSetSummary {
        let begun = ContinuousClock.now
        let definitions = try definitions()
        let resolved = try resolve(.service(service), in: definitions, fullNames: fullNames)
        try settleLabels(of: service)
        let columns = LoggedColumns(
            resolved, joinKeys: resolved.joinKeys(in: definitions), label: try declaredLabel(of: service))
        let corrected = try correctedReads(of: service)
        let output = try TableOutput(path: path, fields: columns.fields)
        let span = LogTimes(from: from, to: to)
        var summary = LoggedTrainingSetSummary(
            path: path, rows: 0, features: resolved.features.count, bytes: 0, corrected: 0, seconds: 0)
        // A reading without a consumer: nothing is committed.
        let stream = try examples(of: service, for: "training-set", after: 0)
        while let batch = try stream.next(atMost: 65_536) {
            try Cancellation.check()
            let (rows, superseded) = Self.rows(of: batch, within: span, corrected: corrected)
            summary.corrected += superseded
            guard !rows.isEmpty else { continue }
            try output.write(columns.table(of: batch.table.taking(rows[...])))
            summary.rows += rows.count
        }
        summary.bytes = try output.keep()
        summary.seconds = (ContinuousClock.now - begun).inSeconds
        return summary
    }

    /// Reads that were given more than one label, by their numbers in the log, each with its last example.
    private func correctedReads(of service: String) throws -> [Int64: Int64] {
        var last: [Int64: Int64] = [:]
        let stream = try examples(of: service, for: "training-set", after: 0)
        while let batch = try stream.next(atMost: 65_536) {
            guard let kinds = batch.table.column("kind"), let reads = batch.table.column("row") else { continue }
            for row in 0..<batch.table.rowCount where kinds.value(at: row) == .string(ExampleKind.correction.rawValue) {
                last[reads.elements(as: Int64.self)[row]] = batch.first + Int64(row)
            }
        }
        return last
    }

    private static func rows(
        of batch: ExampleBatch, within span: LogTimes, corrected: [Int64: Int64]
    ) -> (rows: [Int32], superseded: Int) {
        guard let reads = batch.table.column("row") else { return ([], 0) }
        let times = LogTable(batch.table).times
        var rows: [Int32] = []
        var superseded = 0
        withExtendedLifetime((reads, times)) {
            let (numbers, instants) = (reads.elements(as: Int64.self), times.elements(as: Int64.self))
            for row in 0..<batch.table.rowCount {
                guard instants[row] >= span.from.microseconds, instants[row] < span.to.microseconds else { continue }
                if let last = corrected[numbers[row]], last != batch.first + Int64(row) {
                    superseded += 1
                } else {
                    rows.append(Int32(row))
                }
            }
        }
        return (rows, superseded)
    }
}

/// The columns of a training set of logged examples, by the definitions in force.
private struct LoggedColumns {
    let fields: [Field]
    /// What each is called among an example's columns.
    private let sources: [String]

    init(_ service: ResolvedService, joinKeys: [JoinKey], label: ServiceLabel) {
        fields =
            [Field("request_id", .string), Field("event_timestamp", .instant)]
            + joinKeys.map { Field($0.name, $0.type.dataType) }
            + service.features.map { Field($0.outputName, $0.feature.type.dataType) }
            + [Field(label.name, label.type.dataType), Field("weight", .float64)]
        sources =
            ["request_id", "time"] + joinKeys.map(\.name) + LogLayout(of: service, joinKeys: joinKeys).featureNames
            + [label.name, "weight"]
    }

    func table(of examples: Table) -> Table {
        let columns = zip(fields, sources).map { field, source in
            examples.column(source).flatMap { $0.type == field.type ? $0 : nil }
                ?? .nulls(field.type, count: examples.rowCount)
        }
        return Table(fields: fields, columns: columns, rowCount: examples.rowCount)
    }
}
