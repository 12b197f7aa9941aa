import Columnar
import Foundation

/// What encoding a file did.
public struct EncodingSummary: Hashable, Sendable, Codable {
    /// `service@version`.
    public var encoders: String
    public var rows: Int
    /// Numbers of a vector.
    public var width: Int
    public var bytes: Int
    public var seconds: Double
    /// The file that was written.
    public var output: FileRecord
}

extension FeatureStore {
    /// Encodes a training set to a file.
    ///
    /// - Parameters:
    ///   - rows: the id of a recorded training set, or a Parquet or CSV file; of a set that is split, the rows to train with.
    ///   - encoders: `service`, the newest, or `service@version`.
    public func encode(
        _ rows: String, with encoders: String, to output: String, layout: EncodedLayout = .columns, areNew: Bool = false
    ) throws -> EncodingSummary {
        let clock = ContinuousClock.now
        try OutputFile.check(output)
        let state = try encoderState(encoders)
        var path = rows
        if let id = Int64(rows) {
            let record = try trainingSetRecord(id)
            guard record.encoding == nil else {
                throw StoreError.badRequest("training set \(id) is encoded already")
            }
            guard let file = record.outputs.first else {
                throw StoreError.badRequest(
                    "training set \(id) was made in memory; write it to a file, and encode that")
            }
            path = file.path
        }
        guard TableFile.absolutePath(path) != TableFile.absolutePath(output) else {
            throw StoreError.badRequest("\(output): --out would overwrite the rows; name another file")
        }
        let resolved = try ResolvedService(references: state.references, in: try definitions(), fullNames: true)
        let table = try encode(
            try TableFile.read(path, declared: Self.types(of: resolved)), with: state, origin: path, layout: layout,
            areNew: areNew)
        let file = try OutputFile(table, for: output)
        let record = try file.keep()
        return EncodingSummary(
            encoders: state.name, rows: table.rowCount, width: state.width, bytes: file.bytes,
            seconds: (ContinuousClock.now - clock).inSeconds, output: record)
    }
}
