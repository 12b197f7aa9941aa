import FeatureStore

/// A selection of features made ready to be served: its reader, and the parts of answers that are always the same.
final class ServedFeatures: Sendable {
    let selection: SelectionText
    /// The service's name; nil for single features.
    let service: String?
    let reader: ServiceReader
    /// What notes rows that are read under a request id; nil where nothing is remembered.
    let recorder: LogRecorder?
    /// The features' names as JSON strings, each with a comma before it.
    let names: [String]

    init(_ selection: SelectionText, in definitions: Definitions, version: Int64, source: ReaderSource) throws {
        self.selection = selection
        let asked = try selection.selection()
        service = if case .service(let name) = asked { name } else { nil }
        reader = try source.reader(
            for: asked, in: definitions, fullNames: selection.fullNames)
        recorder =
            if let service { try source.logs.recorder(of: service, for: reader, version, definitions) } else { nil }
        names = reader.service.features.map { feature in
            let buffer = ByteBuffer()
            buffer.appendJSON(feature.outputName)
            return "," + String(decoding: buffer.bytes, as: UTF8.self)
        }
    }
}

// The text's bytes are its own and never change.
extension SelectionText: @unchecked Sendable {}
